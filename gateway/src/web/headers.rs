//! What goes with a file.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, VARY,
};

use super::Found;

/// What is at a name with a hash stays as it is.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Anything else is asked for at every visit, and sent only when it is new.
const REVALIDATED: &str = "no-cache";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// A page asks for none of these; nothing that gets into it may either.
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), \
    hid=(), midi=(), display-capture=()";

/// Adds the headers that a file has whether its content is sent or known. A stored answer may only serve who names the same
/// origin: another's lacks the permission that the middleware gives to listed ones.
pub(super) fn describe(answer: &mut HttpResponseBuilder, found: &Found, request: &HeaderMap) {
    let is_shared = found.file.path.starts_with("/gochat.") || found.file.path.starts_with("/gochat/");
    answer
        .insert_header((CACHE_CONTROL, if found.is_hashed { FOREVER } else { REVALIDATED }))
        .insert_header((VARY, "Accept-Encoding, Origin"))
        .insert_header((RESOURCE_POLICY, if is_shared { "cross-origin" } else { "same-origin" }));
    if found.file.content_type.starts_with("text/html") {
        answer
            .insert_header((CONTENT_SECURITY_POLICY, policy(request.get(HOST))))
            .insert_header((OPENER_POLICY, "same-origin"))
            .insert_header((PERMISSIONS_POLICY, PERMISSIONS));
    }
}

/// Everything comes from the gateway but pictures, which users name; nothing is inline, and no script makes markup of text.
fn policy(host: Option<&HeaderValue>) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; \
         connect-src 'self'{}; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        sockets(host)
    )
}

/// The gateway's WebSocket by its whole name, for browsers in which `'self'` has only the page's own scheme (Safari before 16).
fn sockets(host: Option<&HeaderValue>) -> String {
    let host = host.and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default()
}

/// True for a name or an address with or without a port. Nothing else gets into the policy: a space or a `;` would be more than
/// a host there. (It has no notation for IPv6 addresses.)
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "80"));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 260 && name.split('.').all(is_label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_into_the_policy_and_nothing_else_does() {
        for host in ["chat.example", "localhost:5106", "127.0.0.1:8080", "xn--bcher-kva.example"] {
            let policy = policy(Some(&HeaderValue::from_static(host)));
            assert!(policy.contains(&format!("connect-src 'self' ws://{host} wss://{host};")), "{policy}");
        }
        let others = [
            "",
            "a b",
            "a;script-src",
            "a:b",
            "a:",
            "a:0",
            "a:99999",
            "a,b",
            "'none'",
            "*",
            "*.example",
            "a/b",
            ".",
            "a..b",
            "[::1]:80",
            "a:80:80",
        ];
        for host in others {
            let policy = policy(Some(&HeaderValue::from_static(host)));
            assert!(policy.contains("connect-src 'self';"), "{host}: {policy}");
        }
        assert!(policy(None).contains("connect-src 'self';"));
    }
}
