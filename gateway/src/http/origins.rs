//! Which web pages of other origins may use the gateway.

use std::sync::Arc;

use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use url::Url;

/// `ALLOWED_ORIGINS`: compared whole, never by prefix or pattern.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedOrigins(Arc<[String]>);

impl FromIterator<String> for AllowedOrigins {
    fn from_iter<I: IntoIterator<Item = String>>(origins: I) -> Self {
        Self(origins.into_iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase()).collect())
    }
}

impl AllowedOrigins {
    /// True for an origin of the list.
    pub(crate) fn lists(&self, origin: &str) -> bool {
        self.0.iter().any(|listed| *listed == origin.to_ascii_lowercase())
    }

    /// True for a request that names no origin, the gateway's own, or a listed one. `null` is none of them.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        origin.to_str().is_ok_and(|origin| self.lists(origin) || is_own(origin, host))
    }
}

/// Browsers write the page's host and port into both headers, without the scheme's default port.
fn is_own(origin: &str, host: Option<&str>) -> bool {
    let authority = Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    authority.is_some() && origin.split_once("://").map(|(_, authority)| authority) == host
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn admits(origin: Option<&'static str>) -> bool {
        let origins: AllowedOrigins = ["https://Chat.example".to_owned()].into_iter().collect();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        origins.admit(&headers)
    }

    #[test]
    fn none_the_own_and_the_listed_are_admitted() {
        for origin in [None, Some("http://127.0.0.1:8080"), Some("https://chat.example")] {
            assert!(admits(origin), "{origin:?}");
        }
    }

    #[test]
    fn every_other_origin_is_not() {
        let foreign = [
            "null",
            "",
            "https://evil.example",
            "https://chat.example.evil.example",
            "https://chat.example:444",
            "http://chat.example",
            "http://127.0.0.1",
            "http://127.0.0.1:8080.evil.example",
            "127.0.0.1:8080",
            "file://127.0.0.1:8080",
        ];
        for origin in foreign {
            assert!(!admits(Some(origin)), "{origin}");
        }
    }
}
