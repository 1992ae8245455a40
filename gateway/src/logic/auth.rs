//! Signing up, in and out.

use kit::batch::Flush;
use kit::grpc::Pool;
use protos::ids::{SignInId, UserId};
use protos::model::User;
use protos::pb::logic as pb;
use protos::pb::logic::auth_service_client::AuthServiceClient;
use protos::{Error, Result};

use super::{LogicClient, call, convert};

/// Who a valid access token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authenticated {
    /// The user.
    pub(crate) user: User,
    /// The sign-in that the token descends from: it ends, the token ends.
    pub(crate) sign_in: SignInId,
    /// Unix seconds.
    pub(crate) expires_at: i64,
    /// The user has joined WORLD.
    pub(crate) in_world: bool,
}

/// A pair of tokens. No `Debug`, so that none is ever logged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// For every call.
    pub(crate) access: String,
    /// For a new pair, once.
    pub(crate) refresh: String,
    /// When the access token ends, in Unix seconds.
    pub(crate) expires_at: i64,
}

/// What a sign-in gives.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// Its tokens.
    pub(crate) tokens: Tokens,
    /// Who signed in.
    pub(crate) user: User,
}

/// One place where a user is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// Which.
    pub(crate) id: SignInId,
    /// What the client said it was.
    pub(crate) client_info: String,
    /// Unix seconds.
    pub(crate) created_at: i64,
    /// Unix seconds of the last refresh, or of the sign-in.
    pub(crate) last_used_at: i64,
    /// Unix seconds.
    pub(crate) expires_at: i64,
}

/// A new password. No `Debug`, so that none is ever logged.
#[derive(Clone)]
pub(crate) struct PasswordChange {
    /// The one until now.
    pub(crate) old: String,
    /// The one from now on.
    pub(crate) new: String,
}

impl LogicClient {
    /// Who the access token speaks for, as it is after this is asked. Tokens of many callers share a call.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `TOKEN_EXPIRED` or `USER_DISABLED`; transient ones when logic does not answer or too many wait.
    pub(crate) async fn validate_token(&self, token: &str) -> Result<Authenticated> {
        self.connects.tokens.submit(token.to_owned()).await
    }

    /// A new user.
    ///
    /// # Errors
    /// `INVALID_USERNAME`, `WEAK_PASSWORD`, `USER_ALREADY_EXISTS`, `RATE_LIMITED`.
    pub(crate) async fn register(
        &self,
        username: String,
        password: String,
        avatar_url: String,
    ) -> Result<User> {
        let request = pb::RegisterRequest { username, password, avatar_url };
        convert::user(call!(self.pool, once(), AuthServiceClient, register, request)?.user)
    }

    /// A new sign-in of a registered user.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, `USER_DISABLED`, `RATE_LIMITED`.
    pub(crate) async fn login(
        &self,
        username: String,
        password: String,
        client_info: String,
    ) -> Result<SignedIn> {
        let request = pb::LoginRequest { username, password, client_info };
        call!(self.pool, once(), AuthServiceClient, login, request)?.try_into()
    }

    /// A new guest, signed in.
    ///
    /// # Errors
    /// `RATE_LIMITED`, and transient ones.
    pub(crate) async fn guest_login(&self, client_info: String) -> Result<SignedIn> {
        let request = pb::GuestLoginRequest { client_info };
        call!(self.pool, once(), AuthServiceClient, guest_login, request)?.try_into()
    }

    /// A new pair of tokens for a refresh token, which is spent, and whose they are.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `TOKEN_EXPIRED`, `USER_DISABLED`. After a transient one the same token still works for 30 s.
    pub(crate) async fn refresh(&self, refresh_token: String) -> Result<SignedIn> {
        let request = pb::RefreshTokenRequest { refresh_token };
        let tokens = Tokens::from(call!(self.pool, once(), AuthServiceClient, refresh_token, request)?);
        let user = self.validate_token(&tokens.access).await?.user;
        Ok(SignedIn { tokens, user })
    }

    /// Ends the access token's sign-in.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, and transient ones.
    pub(crate) async fn logout(&self, user: &UserId, access_token: String) -> Result<()> {
        let request = pb::LogoutRequest { user_id: user.to_string(), access_token };
        call!(self.pool, idempotent(None), AuthServiceClient, logout, request).map(drop)
    }

    /// Where the user is signed in, the sign-in that was used last first.
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn sign_ins(&self, user: &UserId) -> Result<Vec<SignIn>> {
        let request = pb::GetSignInsRequest { user_id: user.to_string() };
        let answer = call!(self.pool, idempotent(None), AuthServiceClient, get_sign_ins, request)?;
        Ok(answer.sign_ins.into_iter().map(Into::into).collect())
    }

    /// Ends one of the user's sign-ins.
    ///
    /// # Errors
    /// `NOT_FOUND` for one that is not theirs.
    pub(crate) async fn end_sign_in(&self, user: &UserId, id: &SignInId) -> Result<()> {
        let request = pb::EndSignInRequest { user_id: user.to_string(), sign_in_id: id.to_string() };
        call!(self.pool, idempotent(None), AuthServiceClient, end_sign_in, request).map(drop)
    }

    /// Gives the user another password and ends their sign-ins but `keep`.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, `WEAK_PASSWORD`, `GUEST_NOT_ALLOWED`, `RATE_LIMITED`.
    pub(crate) async fn change_password(
        &self,
        user: &UserId,
        change: PasswordChange,
        keep: &SignInId,
    ) -> Result<()> {
        let request = pb::ChangePasswordRequest {
            user_id: user.to_string(),
            old_password: change.old,
            new_password: change.new,
            keep_sign_in_id: keep.to_string(),
        };
        call!(self.pool, once(), AuthServiceClient, change_password, request).map(drop)
    }
}

/// Has logic check tokens, many in one call.
#[derive(Clone, Debug)]
pub(super) struct Validations(pub(super) Pool);

impl Flush for Validations {
    /// An access token.
    type Item = String;
    type Reply = Authenticated;

    fn weight(token: &String) -> usize {
        token.len()
    }

    async fn flush(self, tokens: Vec<String>) -> Vec<Result<Authenticated>> {
        let count = tokens.len();
        let request = pb::ValidateTokensRequest { access_tokens: tokens };
        let error = match call!(self.0, idempotent(None), AuthServiceClient, validate_tokens, request) {
            Ok(answer) if answer.outcomes.len() == count => {
                return answer.outcomes.into_iter().map(TryInto::try_into).collect();
            }
            Ok(_) => Error::internal("logic answered for other tokens"),
            Err(error) => error,
        };
        vec![Err(error); count]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::future::join_all;
    use protos::Reason;

    use super::*;
    use crate::logic::fake::FakeLogic;

    /// A logic to which every token is its user's name, but "no" and what cannot be checked: "?".
    fn naming() -> (FakeLogic, Arc<Mutex<Vec<usize>>>) {
        let (logic, sizes) = (FakeLogic::default(), Arc::new(Mutex::new(Vec::new())));
        let record = Arc::clone(&sizes);
        logic.on(move |request: pb::ValidateTokensRequest| {
            record.lock().unwrap().push(request.access_tokens.len());
            let outcome = |token: String| match token.as_str() {
                "no" => pb::ValidateTokenResponse { reason: "TOKEN_EXPIRED".into(), ..Default::default() },
                "?" => pb::ValidateTokenResponse { reason: "INTERNAL_ERROR".into(), ..Default::default() },
                _ => pb::ValidateTokenResponse {
                    valid: true,
                    user: Some(protos::pb::types::User { id: token, ..Default::default() }),
                    ..Default::default()
                },
            };
            Ok(pb::ValidateTokensResponse {
                outcomes: request.access_tokens.into_iter().map(outcome).collect(),
            })
        });
        (logic, sizes)
    }

    #[actix_rt::test]
    async fn tokens_of_many_share_calls_and_each_has_its_own_outcome() {
        let (logic, sizes) = naming();
        let client = logic.serve().await;
        let tokens: Vec<String> = (0..400).map(|number| format!("user-{number}")).collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).chain(["no", "?"]).collect();
        let outcomes = join_all(tokens.iter().map(|token| client.validate_token(token))).await;
        for (token, outcome) in tokens.into_iter().zip(outcomes) {
            match outcome {
                Ok(who) => assert_eq!(who.user.id.as_str(), token),
                Err(error) if token == "no" => assert_eq!(error.reason(), Reason::TokenExpired),
                Err(error) => assert_eq!((token, error.reason()), ("?", Reason::InternalError)),
            }
        }
        assert_eq!(*sizes.lock().unwrap(), [256, 146]);
    }

    #[actix_rt::test]
    async fn tokens_that_logic_leaves_unanswered_let_nobody_in() {
        let logic = FakeLogic::default();
        logic.on(|_: pb::ValidateTokensRequest| Ok(pb::ValidateTokensResponse::default()));
        let client = logic.serve().await;
        assert_eq!(client.validate_token("t").await.unwrap_err().reason(), Reason::InternalError);
    }
}
