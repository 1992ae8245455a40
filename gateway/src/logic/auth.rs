//! Signing up, in and out.

use protos::Result;
use protos::ids::{SignInId, UserId};
use protos::model::User;
use protos::pb::logic as pb;
use protos::pb::logic::auth_service_client::AuthServiceClient;

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
    /// Who the access token speaks for.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `TOKEN_EXPIRED` or `USER_DISABLED`; transient ones when logic does not answer.
    pub(crate) async fn validate_token(&self, token: &str) -> Result<Authenticated> {
        let request = pb::ValidateTokenRequest { access_token: token.to_owned() };
        call!(self.pool, idempotent(None), AuthServiceClient, validate_token, request)?.try_into()
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
