//! Between the wire and the sign-ins' queries.

use std::collections::HashMap;

use protos::convert::text;
use protos::ids::{SignInId, UserId};
use protos::model::limits::{CLIENT_INFO_MAX_BYTES, CONNECTS_AT_ONCE};
use protos::model::{SignIn, User};
use protos::pb::repo as pb;
use protos::{Error, Result};

use super::rotation::Rotation;
use crate::user::password_hash;

/// Longer than any hash in hex.
const HASH_MAX_BYTES: usize = 128;

/// A sign-in to be stored.
#[derive(Debug)]
pub(super) struct NewSignIn {
    pub(super) id: SignInId,
    pub(super) user_id: UserId,
    pub(super) client_info: String,
    pub(super) token_hash: String,
    pub(super) expires_at: i64,
}

/// A refresh token to be spent.
#[derive(Debug)]
pub(super) struct Spending {
    pub(super) id: SignInId,
    pub(super) presented_hash: String,
    pub(super) successor_hash: String,
    pub(super) successor_expires_at: i64,
    pub(super) grace_seconds: i64,
}

/// A new password.
#[derive(Debug)]
pub(super) struct PasswordChange {
    pub(super) user_id: UserId,
    pub(super) password_hash: String,
    /// This sign-in lives on.
    pub(super) keep: Option<SignInId>,
}

pub(super) fn password_change(request: pb::ChangePasswordRequest) -> Result<PasswordChange> {
    let keep = request.keep_sign_in_id;
    if request.password_hash.is_empty() {
        return Err(Error::invalid("password_hash is missing"));
    }
    Ok(PasswordChange {
        user_id: UserId::parse("user_id", request.user_id)?,
        password_hash: password_hash(request.password_hash)?,
        keep: if keep.is_empty() { None } else { Some(SignInId::parse("keep_sign_in_id", keep)?) },
    })
}

pub(super) fn new_sign_in(request: pb::CreateSignInRequest) -> Result<NewSignIn> {
    Ok(NewSignIn {
        id: SignInId::parse("sign_in_id", request.sign_in_id)?,
        user_id: UserId::parse("user_id", request.user_id)?,
        client_info: client_info(text("client_info", request.client_info)?),
        token_hash: hash("refresh_token_hash", request.refresh_token_hash)?,
        expires_at: request.expires_at,
    })
}

pub(super) fn spending(request: pb::RotateRefreshTokenRequest) -> Result<Spending> {
    if request.grace_seconds < 0 {
        return Err(Error::invalid("grace_seconds must not be negative"));
    }
    Ok(Spending {
        id: SignInId::parse("sign_in_id", request.sign_in_id)?,
        presented_hash: hash("presented_hash", request.presented_hash)?,
        successor_hash: hash("successor_hash", request.successor_hash)?,
        successor_expires_at: request.successor_expires_at,
        grace_seconds: i64::from(request.grace_seconds),
    })
}

pub(super) fn sign_in((sign_in, user): (SignIn, User)) -> pb::SignInResponse {
    pb::SignInResponse { sign_in: Some(sign_in.into()), user: Some(user.into()), in_world: false }
}

/// The sign-in with its user, who has joined WORLD or not.
pub(super) fn found((found, in_world): ((SignIn, User), bool)) -> pb::SignInResponse {
    pb::SignInResponse { in_world, ..sign_in(found) }
}

/// Sign-ins that are asked for together, one perhaps more than once.
pub(super) fn sign_in_ids(request: pb::FindSignInsRequest) -> Result<Vec<SignInId>> {
    if request.sign_in_ids.len() > CONNECTS_AT_ONCE {
        return Err(Error::invalid(format!("at most {CONNECTS_AT_ONCE} sign_in_ids in one call")));
    }
    request.sign_in_ids.into_iter().map(|id| SignInId::parse("sign_in_ids", id)).collect()
}

/// An answer for each id, in their order.
pub(super) fn all_found(ids: &[SignInId], all: Vec<((SignIn, User), bool)>) -> pb::FindSignInsResponse {
    let all: HashMap<SignInId, pb::SignInResponse> =
        all.into_iter().map(|one| (one.0.0.id.clone(), found(one))).collect();
    let sign_ins = ids.iter().map(|id| all.get(id).cloned().unwrap_or_default()).collect();
    pb::FindSignInsResponse { sign_ins }
}

pub(super) fn rotated(
    (rotation, found): (Rotation, Option<(SignIn, User)>),
) -> pb::RotateRefreshTokenResponse {
    let outcome = match rotation {
        Rotation::Rotate { .. } => pb::RotationOutcome::Rotated,
        Rotation::Reused => pb::RotationOutcome::Reused,
        Rotation::Ended => pb::RotationOutcome::Ended,
    };
    let (sign_in, user) = found.unzip();
    pb::RotateRefreshTokenResponse {
        outcome: outcome.into(),
        sign_in: sign_in.map(Into::into),
        user: user.map(Into::into),
    }
}

fn hash(field: &str, value: String) -> Result<String> {
    let is_hash = (1..=HASH_MAX_BYTES).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    if !is_hash {
        return Err(Error::invalid(format!("{field} is not a hash")));
    }
    Ok(value)
}

/// What is too long is cut off between two characters.
fn client_info(value: String) -> String {
    value[..value.floor_char_boundary(CLIENT_INFO_MAX_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_client_info_is_cut_between_characters() {
        assert_eq!(client_info("short".into()), "short");
        assert_eq!(client_info("€".repeat(100)).len(), 255);
    }
}
