//! Between `im.logic.v1.AuthService` and the domain.

use protos::convert::text;
use protos::ids::UserId;
use protos::model::limits::{AVATAR_URL_MAX_BYTES, CLIENT_INFO_MAX_BYTES};
use protos::pb::logic::{
    GuestLoginRequest, LoginRequest, LoginResponse, LogoutRequest, RefreshTokenResponse, RegisterRequest,
    ValidateTokenResponse,
};
use protos::{Error, Reason, Result};

use super::sign_in::{PasswordLogin, Registration, SignedIn, Validated};
use super::tokens::TokenPair;

pub(super) fn registration(request: RegisterRequest) -> Result<Registration> {
    if request.avatar_url.len() > AVATAR_URL_MAX_BYTES {
        return Err(Error::invalid("avatar_url is too long"));
    }
    Ok(Registration {
        username: text("username", request.username)?,
        password: text("password", request.password)?,
        avatar_url: text("avatar_url", request.avatar_url)?,
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

/// A token that is worth nothing is an answer; a check that could not be made is an error.
pub(super) fn validation_response(outcome: Result<Validated>) -> Result<ValidateTokenResponse> {
    match outcome {
        Ok(validated) => Ok(ValidateTokenResponse {
            valid: true,
            user: Some(validated.user.into()),
            expires_at: validated.expires_at,
            sign_in_id: validated.sign_in_id.into(),
            reason: String::new(),
            in_world: validated.in_world,
        }),
        Err(error) => match error.reason() {
            Reason::InvalidToken | Reason::TokenExpired | Reason::UserDisabled => {
                Ok(ValidateTokenResponse { reason: error.reason().to_string(), ..Default::default() })
            }
            _ => Err(error),
        },
    }
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
    }
}
