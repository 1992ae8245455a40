//! What users may do and be: pure functions.

use protos::model::limits::AVATAR_URL_MAX_BYTES;
use protos::{Error, Reason, Result};
use url::Url;

/// Refuses guests; `what` says what they cannot do.
///
/// # Errors
/// `GUEST_NOT_ALLOWED`.
pub(crate) fn not_for_guests(is_guest: bool, what: &str) -> Result<()> {
    if is_guest {
        return Err(Error::new(Reason::GuestNotAllowed, format!("guests cannot {what}")));
    }
    Ok(())
}

/// Is this where a picture of somebody can be found? Empty means none.
///
/// # Errors
/// `INVALID_PARAMETER` for what is no http or https URL, or longer than 2,048 bytes: browsers of others load it.
pub(crate) fn check_avatar_url(avatar_url: &str) -> Result<()> {
    if avatar_url.is_empty() {
        return Ok(());
    }
    if avatar_url.len() > AVATAR_URL_MAX_BYTES {
        return Err(Error::invalid(format!("avatar_url has at most {AVATAR_URL_MAX_BYTES} bytes")));
    }
    // The parser takes spaces and line breaks away; what is stored would keep them.
    let is_clean = !avatar_url.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = Url::parse(avatar_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if !is_clean || url.is_none_or(|url| !url.has_host()) {
        return Err(Error::invalid("avatar_url is not an http or https URL"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_refused() {
        assert!(not_for_guests(false, "dance").is_ok());
        assert_eq!(not_for_guests(true, "dance").unwrap_err().reason(), Reason::GuestNotAllowed);
    }

    #[test]
    fn a_picture_is_found_by_http() {
        let longest = format!("https://example.org/{}", "x".repeat(2_048 - 20));
        for good in [
            "",
            "http://example.org/a.png",
            "https://example.org:8443/ü?x=1#y",
            "HTTPS://EXAMPLE.ORG",
            &longest,
        ] {
            assert!(check_avatar_url(good).is_ok(), "{good}");
        }
        let too_long = format!("{longest}x");
        for bad in [
            "a.png",
            "/a.png",
            "//example.org/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "ftp://example.org/a.png",
            "https://",
            "https:// example.org",
            " https://example.org",
            "https://example.org/a\nb",
            "https://example.org/\0",
            &too_long,
        ] {
            assert_eq!(check_avatar_url(bad).unwrap_err().reason(), Reason::InvalidParameter, "{bad:?}");
        }
    }
}
