//! Names and tokens as strangers send them.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kit::{ManualClock, Secret, SharedClock};
use serde_json::{Map, Value};

use super::tokens::{Purpose, Tokens};
use super::username;

const SECRET: &str = "a secret of more than thirty-two bytes";
const NOW: i64 = 1_800_000_000;
/// What the clocks of two machines may differ by, in seconds, and a bit.
const NEARLY: i64 = 60;

/// Maps bytes as a username. What it becomes stays as it is when it is mapped again, so that one name is one account.
///
/// # Panics
/// When that does not hold.
pub fn usernames(bytes: &[u8]) {
    let Ok(name) = std::str::from_utf8(bytes) else { return };
    let mapped = username::map(name);
    if let Ok(mapped) = &mapped {
        assert_eq!(username::map(mapped).as_ref(), Ok(mapped), "mapped twice");
    }
    assert!(username::map_new(name).is_err() || mapped.is_ok(), "only a name can be had");
    username::map_query(name);
}

/// Checks bytes as a token, which they never are, then as the claims of one that is signed with our own key, which is good only if
/// they say so.
///
/// # Panics
/// When that does not hold.
pub fn tokens(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let clock: SharedClock = Arc::new(ManualClock::at_ms(NOW * 1_000));
    let Ok(tokens) = Secret::new("fuzz", SECRET)
        .map_err(|_| ())
        .and_then(|secret| Tokens::new(&secret, clock).map_err(|_| ()))
    else {
        panic!("no tokens can be made");
    };
    for purpose in [Purpose::Access, Purpose::Refresh] {
        assert!(tokens.check(text, purpose).is_err(), "what we did not sign is good");
    }
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let Ok(signed) = encode(&Header::new(Algorithm::HS256), &claims, &key) else { return };
    if tokens.check(&signed, Purpose::Access).is_ok() {
        let is = |claim: &str, value: &str| claims.get(claim).and_then(Value::as_str) == Some(value);
        let at = |claim: &str| claims.get(claim).and_then(Value::as_i64);
        let good = is("iss", "gochat")
            && is("typ", "access")
            && at("exp").is_some_and(|exp| exp > NOW - NEARLY)
            && at("nbf").is_some_and(|nbf| nbf < NOW + NEARLY)
            && ["sub", "sid"]
                .iter()
                .all(|id| claims.get(*id).and_then(Value::as_str).is_some_and(|id| !id.is_empty()));
        assert!(good, "these claims are good: {text}");
    }
}
