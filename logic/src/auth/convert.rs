//! Between `im.logic.v1.AuthService` and the domain.

use protos::convert::text;
use protos::ids::{SignInId, UserId};
use protos::model::SignIn;
use protos::model::limits::{CLIENT_INFO_MAX_BYTES, CONNECTS_AT_ONCE};
use protos::pb::logic::{
    self as pb, ChangePasswordRequest, EndSignInRequest, GetSignInsResponse, GuestLoginRequest, LoginRequest,
    LoginResponse, LogoutRequest, RefreshTokenResponse, RegisterRequest, ValidateTokenResponse,
    ValidateTokensRequest, ValidateTokensResponse,
};
use protos::{Error, Reason, Result};

use super::sign_in::{PasswordLogin, Registration, SignedIn, Validated};
use super::sign_ins::PasswordChange;
use super::tokens::TokenPair;
use crate::user::check_avatar_url;

pub(super) fn registration(request: RegisterRequest) -> Result<Registration> {
    check_avatar_url(&request.avatar_url)?;
    Ok(Registration {
        username: text("username", request.username)?,
        password: text("password", request.password)?,
        avatar_url: request.avatar_url,
    })
}

pub(super) fn password_login(request: LoginRequest) -> Result<PasswordLogin> {
    Ok(PasswordLogin {
        username: text("username", request.username)?,
        password: text("password", request.password)?,
        client_info: client_info(request.client_info)?,
    })
}

pub(super) fn guest_client_info(request: GuestLoginRequest) -> Result<String> {
    client_info(request.client_info)
}

pub(super) fn logout(request: LogoutRequest) -> Result<(UserId, String)> {
    Ok((UserId::parse("user_id", request.user_id)?, request.access_token))
}

pub(super) fn ending(request: EndSignInRequest) -> Result<(UserId, SignInId)> {
    Ok((UserId::parse("user_id", request.user_id)?, SignInId::parse("sign_in_id", request.sign_in_id)?))
}

pub(super) fn password_change(request: ChangePasswordRequest) -> Result<PasswordChange> {
    let keep = request.keep_sign_in_id;
    Ok(PasswordChange {
        user_id: UserId::parse("user_id", request.user_id)?,
        old_password: text("old_password", request.old_password)?,
        new_password: text("new_password", request.new_password)?,
        keep: if keep.is_empty() { None } else { Some(SignInId::parse("keep_sign_in_id", keep)?) },
    })
}

pub(super) fn sign_ins_response(sign_ins: Vec<SignIn>) -> GetSignInsResponse {
    let shown = |sign_in: SignIn| pb::SignIn {
        id: sign_in.id.into(),
        client_info: sign_in.client_info,
        created_at: sign_in.created_at,
        last_used_at: sign_in.last_used_at,
        expires_at: sign_in.expires_at,
    };
    GetSignInsResponse { sign_ins: sign_ins.into_iter().map(shown).collect() }
}

/// What a client says it is, cut to what is kept.
fn client_info(said: String) -> Result<String> {
    let mut said = text("client_info", said)?;
    said.truncate(said.floor_char_boundary(CLIENT_INFO_MAX_BYTES));
    Ok(said)
}

pub(super) fn login_response(signed_in: SignedIn) -> LoginResponse {
    LoginResponse {
        access_token: signed_in.tokens.access_token,
        refresh_token: signed_in.tokens.refresh_token,
        expires_in: signed_in.tokens.access_expires_at,
        user: Some(signed_in.user.into()),
    }
}

pub(super) fn refresh_response(tokens: TokenPair) -> RefreshTokenResponse {
    RefreshTokenResponse {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        expires_in: tokens.access_expires_at,
    }
}

pub(super) fn access_tokens(request: ValidateTokensRequest) -> Result<Vec<String>> {
    if request.access_tokens.len() > CONNECTS_AT_ONCE {
        return Err(Error::invalid(format!("at most {CONNECTS_AT_ONCE} access_tokens in one call")));
    }
    Ok(request.access_tokens)
}

/// A token that is worth nothing is an answer; a check that could not be made is an error.
pub(super) fn validation_response(outcome: Result<Validated>) -> Result<ValidateTokenResponse> {
    match outcome {
        Err(error) if !is_about_the_token(error.reason()) => Err(error),
        outcome => Ok(validation(outcome)),
    }
}

/// The same for each of many, of which one that could not be checked must not fail the others: it has the reason of that.
pub(super) fn validations_response(outcomes: Vec<Result<Validated>>) -> ValidateTokensResponse {
    ValidateTokensResponse { outcomes: outcomes.into_iter().map(validation).collect() }
}

fn validation(outcome: Result<Validated>) -> ValidateTokenResponse {
    match outcome {
        Ok(validated) => ValidateTokenResponse {
            valid: true,
            user: Some(validated.user.into()),
            expires_at: validated.expires_at,
            sign_in_id: validated.sign_in_id.into(),
            reason: String::new(),
            in_world: validated.in_world,
        },
        Err(error) => ValidateTokenResponse { reason: error.reason().to_string(), ..Default::default() },
    }
}

fn is_about_the_token(reason: Reason) -> bool {
    matches!(reason, Reason::InvalidToken | Reason::TokenExpired | Reason::UserDisabled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_info_is_cut_between_characters() {
        let said = client_info("ж".repeat(200)).unwrap();
        assert_eq!(said, "ж".repeat(128));
        assert_eq!(client_info("a\0".into()).unwrap_err().reason(), Reason::InvalidParameter);
    }

    #[test]
    fn a_bad_token_is_an_answer_and_an_outage_is_not() {
        for reason in [Reason::InvalidToken, Reason::TokenExpired, Reason::UserDisabled] {
            let answer = validation_response(Err(Error::new(reason, "x"))).unwrap();
            assert!(!answer.valid);
            assert_eq!(answer.reason, reason.as_str());
        }
        assert!(validation_response(Err(Error::unavailable("x"))).is_err());
        let many = validations_response(vec![Err(Error::unavailable("x")), Err(Error::internal("x"))]);
        let reasons: Vec<&str> = many.outcomes.iter().map(|outcome| outcome.reason.as_str()).collect();
        assert_eq!(reasons, ["SERVICE_UNAVAILABLE", "INTERNAL_ERROR"]);
    }
}
