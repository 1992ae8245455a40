use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kit::{Clock, ManualClock, Secret};
use protos::Reason;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "a secret of more than thirty-two bytes";
const NOW: i64 = 1_800_000_000;

fn tokens_at(clock: &Arc<ManualClock>) -> Tokens {
    Tokens::new(&Secret::new("test", SECRET).unwrap(), Arc::clone(clock) as SharedClock).unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_ms(NOW * 1_000))
}

fn claims() -> Value {
    json!({
        "iss": "gochat", "aud": "gochat", "sub": "u1", "exp": NOW + 900, "nbf": NOW, "iat": NOW,
        "sid": "s1", "typ": "access", "jti": "j1",
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn without(key: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(key);
    claims
}

fn signed(header: &Header, claims: &Value, secret: &str) -> String {
    encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn hs256(claims: &Value) -> String {
    signed(&Header::new(Algorithm::HS256), claims, SECRET)
}

/// A token whose header is any text at all, signed rightly by HS256 all the same.
fn with_header(header: &str) -> String {
    use jsonwebtoken::crypto::sign;
    let message = format!("{}.{}", base64url(header), base64url(claims().to_string()));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = bytes.as_ref().iter().map(|byte| format!("{byte:08b}")).collect();
    bits.as_bytes()
        .chunks(6)
        .map(|six| {
            let six = format!("{:0<6}", std::str::from_utf8(six).unwrap());
            char::from(DIGITS[usize::from_str_radix(&six, 2).unwrap()])
        })
        .collect()
}

#[test]
fn the_sample_that_the_mutants_come_from_is_good() {
    let tokens = tokens_at(&clock());
    let expected = Token { user_id: "u1".into(), sign_in_id: "s1".into(), expires_at: NOW + 900 };
    assert_eq!(tokens.check(&hs256(&claims()), Purpose::Access), Ok(expected.clone()));
    assert_eq!(tokens.check(&with_header(r#"{"typ":"JWT","alg":"HS256"}"#), Purpose::Access), Ok(expected));
}

#[test]
fn claims_that_are_not_ours_are_refused() {
    let tokens = tokens_at(&clock());
    let required = ["iss", "aud", "sub", "exp", "nbf", "iat", "sid", "typ", "jti"];
    let mutants = required.map(without).into_iter().chain([
        with("iss", json!("other")),
        with("iss", json!(["gochat"])),
        with("aud", json!("other")),
        with("aud", json!(["other"])),
        with("aud", json!(null)),
        with("sub", json!("")),
        with("sub", json!(7)),
        with("sid", json!("")),
        with("sid", json!("s\0")),
        with("sid", json!("s".repeat(129))),
        with("typ", json!("refresh")),
        with("typ", json!("Access")),
        with("exp", json!((NOW + 900).to_string())),
        with("exp", json!(NOW as f64 + 900.5)),
        with("exp", json!(1e300)),
        with("exp", json!(u64::MAX)),
        with("exp", json!(i64::MAX)),
        with("exp", json!(NOW + 901)),
        with("exp", json!(null)),
        with("nbf", json!(NOW.to_string())),
        with("nbf", json!(NOW + 6)),
        with("nbf", json!(i64::MAX)),
        with("iat", json!("now")),
        with("iat", json!(i64::MIN)),
        json!([]),
        json!("gochat"),
    ]);
    let mut count = 0;
    for mutant in mutants {
        let error = tokens.check(&hs256(&mutant), Purpose::Access).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidToken, "{mutant}");
        count += 1;
    }
    assert!(count >= 30, "{count}");
}

#[test]
fn headers_that_are_not_ours_are_refused() {
    let tokens = tokens_at(&clock());
    for header in [
        r#"{"typ":"JWT","alg":"none"}"#,
        r#"{"typ":"JWT","alg":"None"}"#,
        r#"{"typ":"JWT","alg":"RS256"}"#,
        r#"{"typ":"JWT","alg":"ES256"}"#,
        r#"{"typ":"JWT","alg":"HS384"}"#,
        r#"{"typ":"JWT","alg":"HS999"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"typ":"at+jwt","alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"HS256","kid":"../../dev/null"}"#,
        r#"{"typ":"JWT","alg":"HS256","jku":"http://127.0.0.1:1/keys"}"#,
        r#"{"typ":"JWT","alg":"HS256","x5u":"http://127.0.0.1:1/cert"}"#,
        r#"{"typ":"JWT","alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#,
        r#"{"typ":"JWT","alg":"HS256","crit":["exp"]}"#,
        r#"[]"#,
    ] {
        let error = tokens.check(&with_header(header), Purpose::Access).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidToken, "{header}");
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = signed(&Header::new(algorithm), &claims(), SECRET);
        assert!(tokens.check(&token, Purpose::Access).is_err(), "{algorithm:?}");
    }
}

#[test]
fn signatures_and_shapes_that_are_not_ours_are_refused() {
    let tokens = tokens_at(&clock());
    let good = hs256(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let other = base64url(with("sub", json!("root")).to_string());
    for mutant in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{other}.{signature}"),
        format!("{header}.{payload}.{}", signature.to_lowercase()),
        format!("{header}.{payload}.{}", &signature[..40]),
        format!("{header}..{signature}"),
        format!("{good}."),
        format!("{good}.x"),
        format!(" {good}"),
        format!("{good}="),
        format!("{good}\n"),
        format!("Bearer {good}"),
        signed(&Header::new(Algorithm::HS256), &claims(), "another secret of more than 32 bytes"),
        signed(&Header::new(Algorithm::HS256), &claims(), ""),
        hs256(&with("jti", json!("x".repeat(3_000)))),
    ] {
        let error = tokens.check(&mutant, Purpose::Access).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidToken, "{mutant}");
    }
}

#[test]
fn a_pair_is_good_for_its_purpose_and_its_time() {
    let clock = clock();
    let tokens = tokens_at(&clock);
    let pair = tokens.issue(&"u1".into(), &"s1".into()).unwrap();
    assert_eq!(pair.access_expires_at, NOW + 15 * 60);
    assert_eq!(tokens.check(&pair.access_token, Purpose::Access).unwrap().expires_at, NOW + 15 * 60);
    assert!(tokens.check(&pair.refresh_token, Purpose::Refresh).is_ok());
    let reason = |token, purpose| tokens.check(token, purpose).map(drop).map_err(|error| error.reason());
    assert_eq!(reason(&pair.refresh_token, Purpose::Access), Err(Reason::InvalidToken));
    assert_eq!(reason(&pair.access_token, Purpose::Refresh), Err(Reason::InvalidToken));

    clock.advance(Duration::from_secs(15 * 60 + 4));
    assert_eq!(reason(&pair.access_token, Purpose::Access), Ok(()), "clocks differ a little");
    clock.advance(Duration::from_secs(1));
    assert_eq!(reason(&pair.access_token, Purpose::Access), Err(Reason::TokenExpired));
    assert_eq!(reason(&pair.refresh_token, Purpose::Refresh), Ok(()));
    clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(reason(&pair.refresh_token, Purpose::Refresh), Err(Reason::TokenExpired));
    assert!(clock.now() > NOW);
}

#[test]
fn tokens_of_one_instant_differ_and_so_do_their_fingerprints() {
    let tokens = tokens_at(&clock());
    let issue = || tokens.issue(&"u1".into(), &"s1".into()).unwrap().refresh_token;
    let (first, second) = (issue(), issue());
    assert_ne!(first, second);
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
