//! `Accept-Encoding` (RFC 9110 §12.5.3).

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};

/// A coding in which contents are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// As the headers have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The codings that a client takes no less gladly than none at all, the best first: by its own order, and the smaller content
/// where it has none.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let named = headers.get_all(ACCEPT_ENCODING).filter_map(|codings| codings.to_str().ok());
    let wishes: Vec<(String, u16)> = named.flat_map(|codings| codings.split(',')).filter_map(wish).collect();
    let quality = |name: &str| {
        let is_meant = |wanted: &&str| wishes.iter().any(|(wish, _)| wish == wanted);
        let name = [name, "*"].into_iter().find(is_meant)?;
        wishes.iter().filter(|(wish, _)| wish == name).map(|(_, quality)| *quality).max()
    };
    // Sent as it is unless the client says how much it wants that: then only a coding that it wants at least as much is better.
    let unchanged =
        wishes.iter().find(|(wish, _)| wish == "identity").map_or(1, |(_, quality)| (*quality).max(1));
    let mut accepted: Vec<(Coding, u16)> = [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .filter_map(|coding| Some((coding, quality(coding.name())?)))
        .filter(|(_, quality)| *quality >= unchanged)
        .collect();
    accepted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    accepted.into_iter().map(|(coding, _)| coding).collect()
}

/// A coding and how much it is wanted, in thousandths. What cannot be read is not wanted.
fn wish(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let name = if name == "x-gzip" { "gzip".to_owned() } else { name };
    let quality = match parts.next() {
        None => 1.0,
        Some(weight) => {
            let (_, value) =
                weight.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"))?;
            value.trim().parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value))?
        }
    };
    Some((name, (quality * 1000.0).round() as u16))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::Coding::{Brotli, Gzip};
    use super::*;

    fn accepted(value: &'static str) -> Vec<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        super::accepted(&headers)
    }

    #[test]
    fn the_smaller_coding_comes_first_unless_the_client_orders_otherwise() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), [Brotli, Gzip]);
        assert_eq!(accepted("GZIP;Q=1.0 , br ; q=0.5"), [Gzip, Brotli]);
        assert_eq!(accepted("x-gzip"), [Gzip]);
        assert_eq!(accepted("*"), [Brotli, Gzip]);
        assert_eq!(accepted("br;q=0, *;q=0.1"), [Gzip]);
    }

    #[test]
    fn what_is_refused_or_wanted_less_than_nothing_is_not_taken() {
        for value in ["", "identity", "deflate", "br;q=0", "*;q=0", "br;q=0.3, identity", "br;q=0.0004"] {
            assert_eq!(accepted(value), [], "{value}");
        }
        assert_eq!(super::accepted(&HeaderMap::new()), []);
        assert_eq!(accepted("identity;q=0, gzip;q=0.2"), [Gzip]);
    }

    #[test]
    fn what_cannot_be_read_is_not_wanted() {
        for value in ["br;q=", "br;q=x", "br;q=2", "br;q=-1", "br;level=3", "br;q=NaN", ";q=1", ";", ","] {
            assert_eq!(accepted(value), [], "{value}");
        }
        assert_eq!(accepted("br;q=oops, gzip"), [Gzip]);
    }

    #[test]
    fn several_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(super::accepted(&headers), [Brotli, Gzip]);
    }
}
