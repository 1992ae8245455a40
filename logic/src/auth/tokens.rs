//! Access and refresh tokens: JWTs (RFC 7519) of one algorithm, one issuer and one audience.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use kit::{Secret, SharedClock};
use protos::ids::{SignInId, UserId};
use protos::{Error, Reason, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `iss` and `aud` of every token.
const GOCHAT: &str = "gochat";
/// Who made and who checks a token may differ this much in time, in seconds.
const LEEWAY: i64 = 5;
/// How long an access token lives, in seconds.
pub(crate) const ACCESS_LIFETIME: i64 = 15 * 60;
/// How long a refresh token lives, in seconds.
pub(crate) const REFRESH_LIFETIME: i64 = 30 * 24 * 60 * 60;
/// No token of ours comes near this many bytes.
const MAX_BYTES: usize = 2_048;

/// What a token is good for. One never stands for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    Access,
    Refresh,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    nbf: i64,
    iat: i64,
    sid: String,
    typ: Purpose,
    jti: String,
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) user_id: UserId,
    pub(crate) sign_in_id: SignInId,
    /// Unix seconds.
    pub(crate) expires_at: i64,
}

/// The two tokens of a sign-in.
#[derive(Clone)]
pub(crate) struct TokenPair {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// Unix seconds.
    pub(crate) access_expires_at: i64,
    /// Unix seconds.
    pub(crate) refresh_expires_at: i64,
}

/// Makes and checks tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    /// The first part of every token that we made, and so of every token that we accept: no other algorithm, no key of the
    /// token's own choice (`kid`, `jku`, `jwk`, `x5u`).
    header: String,
    clock: SharedClock,
}

impl Tokens {
    pub(crate) fn new(secret: &Secret, clock: SharedClock) -> Result<Self> {
        let encoding = EncodingKey::from_secret(secret.expose().as_bytes());
        let sample = encode(&Header::new(Algorithm::HS256), &(), &encoding).map_err(not_made)?;
        let header = sample.split('.').next().unwrap_or_default().to_owned();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[GOCHAT]);
        validation.set_audience(&[GOCHAT]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Times are checked below, against a clock that a test can set.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let decoding = DecodingKey::from_secret(secret.expose().as_bytes());
        Ok(Self { encoding, decoding, validation, header, clock })
    }

    /// A new pair for a sign-in.
    pub(crate) fn issue(&self, user_id: &UserId, sign_in_id: &SignInId) -> Result<TokenPair> {
        let now = self.clock.now();
        let sign = |typ, lifetime| {
            let claims = Claims {
                iss: GOCHAT.to_owned(),
                aud: GOCHAT.to_owned(),
                sub: user_id.to_string(),
                exp: now + lifetime,
                nbf: now,
                iat: now,
                sid: sign_in_id.to_string(),
                typ,
                jti: uuid::Uuid::new_v4().simple().to_string(),
            };
            encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(not_made)
        };
        Ok(TokenPair {
            access_token: sign(Purpose::Access, ACCESS_LIFETIME)?,
            refresh_token: sign(Purpose::Refresh, REFRESH_LIFETIME)?,
            access_expires_at: now + ACCESS_LIFETIME,
            refresh_expires_at: now + REFRESH_LIFETIME,
        })
    }

    /// What a token says, if we made it for this purpose and its time has come and not gone. Whether its sign-in still lives
    /// is another question.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, or `INVALID_TOKEN` for everything else.
    pub(crate) fn check(&self, token: &str, purpose: Purpose) -> Result<Token> {
        let ours = token.len() <= MAX_BYTES && token.split('.').next() == Some(self.header.as_str());
        if !ours {
            return Err(invalid_token());
        }
        let claims =
            decode::<Claims>(token, &self.decoding, &self.validation).map_err(|_| invalid_token())?.claims;
        let (now, lifetime) = (self.clock.now(), claims.exp.saturating_sub(claims.iat));
        let longest = if purpose == Purpose::Access { ACCESS_LIFETIME } else { REFRESH_LIFETIME };
        let fits = claims.typ == purpose && claims.nbf <= now + LEEWAY && lifetime <= longest;
        let user_id = UserId::parse("sub", claims.sub).map_err(|_| invalid_token())?;
        let sign_in_id = SignInId::parse("sid", claims.sid).map_err(|_| invalid_token())?;
        if !fits {
            return Err(invalid_token());
        }
        if claims.exp.saturating_add(LEEWAY) <= now {
            return Err(Error::new(Reason::TokenExpired, "the token has expired"));
        }
        Ok(Token { user_id, sign_in_id, expires_at: claims.exp })
    }
}

/// What is stored of a refresh token: SHA-256 in hex. The token holds enough chance that a plain hash cannot be guessed back.
pub(crate) fn fingerprint(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// `INVALID_TOKEN`.
pub(crate) fn invalid_token() -> Error {
    Error::new(Reason::InvalidToken, "the token is not valid")
}

fn not_made(error: jsonwebtoken::errors::Error) -> Error {
    tracing::error!(%error, "a token could not be signed");
    Error::internal("the token could not be made")
}

#[cfg(test)]
#[path = "tokens_test.rs"]
mod tests;
