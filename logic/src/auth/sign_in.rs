//! Registering, signing in and out, and what a token is worth.

use protos::ids::{SignInId, UserId};
use protos::model::limits::PASSWORD_MAX_BYTES;
use protos::model::{User, UserStatus};
use protos::{Error, Reason, Result};

use super::credentials::{Credentials, check_password};
use super::tokens::{Purpose, Token, TokenPair, Tokens, fingerprint, invalid_token};
use super::username;
use crate::fanout::GatewayLink;
use crate::repo::{FoundSignIn, NewSignIn, NewUser, Repo, Rotated, Rotation};

/// A spent refresh token is forgiven this long, in seconds, while its successor is unused.
const REFRESH_GRACE: i32 = 30;
/// Guests' names are drawn by lot; two in a row that are taken mean something else is wrong.
const GUEST_NAME_TRIES: usize = 3;

/// Too short to be anybody's.
const NO_NAME: &str = "-";

/// Everything about accounts and sign-ins.
#[derive(Clone)]
pub(crate) struct Auth {
    pub(crate) repo: Repo,
    pub(crate) tokens: Tokens,
    pub(crate) credentials: Credentials,
    pub(crate) gateways: GatewayLink,
}

/// What registering takes.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) avatar_url: String,
}

/// What signing in takes.
#[derive(Clone, Debug)]
pub(crate) struct PasswordLogin {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) client_info: String,
}

/// Somebody signed in.
pub(crate) struct SignedIn {
    pub(crate) tokens: TokenPair,
    pub(crate) user: User,
}

/// What a good access token gives.
#[derive(Clone, Debug)]
pub(crate) struct Validated {
    pub(crate) user: User,
    pub(crate) sign_in_id: SignInId,
    /// Unix seconds.
    pub(crate) expires_at: i64,
    /// They have joined WORLD.
    pub(crate) in_world: bool,
}

impl Auth {
    /// Makes an account.
    ///
    /// # Errors
    /// `INVALID_USERNAME`, `WEAK_PASSWORD`, `USER_ALREADY_EXISTS`.
    pub(crate) async fn register(&self, registration: Registration) -> Result<User> {
        let username = username::map_new(&registration.username)?;
        check_password(&registration.password)?;
        let password_hash = self.credentials.hash(registration.password).await?;
        let avatar_url = registration.avatar_url;
        self.repo.create_user(NewUser { username, password_hash, avatar_url, is_guest: false }).await
    }

    /// Signs in by password. An unknown name takes as long, and answers the same, as a wrong password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; with the right password `USER_DISABLED`.
    pub(crate) async fn login(&self, login: PasswordLogin) -> Result<SignedIn> {
        let wrong = || Error::new(Reason::InvalidCredentials, "the username or the password is wrong");
        // What cannot be a name or a password is looked up all the same, so that it takes as long.
        let name = username::map(&login.username).unwrap_or_else(|_| NO_NAME.to_owned());
        let user = self.repo.user_by_username(&name).await?;
        let fits = login.password.len() <= PASSWORD_MAX_BYTES;
        let (user, password) = if fits { (user, login.password) } else { (None, String::new()) };
        let user_id = user.as_ref().map_or_else(UserId::generate, |user| user.id.clone());
        let valid = self.repo.verify_password(&user_id, &password).await?;
        let user = user.filter(|_| valid).ok_or_else(wrong)?;
        self.sign_in(user, login.client_info).await
    }

    /// Makes a guest, puts them into WORLD and signs them in.
    pub(crate) async fn guest_login(&self, client_info: String) -> Result<SignedIn> {
        let guest = self.create_guest().await?;
        self.repo.join_world(&guest.id).await?;
        self.sign_in(guest, client_info).await
    }

    /// Spends a refresh token for a new pair.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, `INVALID_TOKEN`, `USER_DISABLED`. A spent token beyond its grace ends the sign-in.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<TokenPair> {
        let presented = self.tokens.check(refresh_token, Purpose::Refresh)?;
        let pair = self.tokens.issue(&presented.user_id, &presented.sign_in_id)?;
        let rotation = Rotation {
            sign_in_id: presented.sign_in_id.clone(),
            presented_hash: fingerprint(refresh_token),
            successor_hash: fingerprint(&pair.refresh_token),
            successor_expires_at: pair.refresh_expires_at,
            grace_seconds: REFRESH_GRACE,
        };
        match self.repo.rotate_refresh_token(rotation).await? {
            Rotated::Done(user) => require_normal(&user).map(|()| pair),
            Rotated::Reused => {
                tracing::warn!(user.id = %presented.user_id, "a spent refresh token came back: its sign-in has been ended");
                self.gateways.end_sign_ins(&presented.user_id, &[presented.sign_in_id]).await;
                Err(invalid_token())
            }
            Rotated::Ended => Err(invalid_token()),
        }
    }

    /// Ends the sign-in of an access token and closes its sockets. Ending it again is no error.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, `INVALID_TOKEN`; `FORBIDDEN` when the token is not `user_id`'s.
    pub(crate) async fn logout(&self, user_id: &UserId, access_token: &str) -> Result<()> {
        let token = self.tokens.check(access_token, Purpose::Access)?;
        if token.user_id != *user_id {
            return Err(Error::new(Reason::Forbidden, "the token is another user's"));
        }
        self.repo.end_sign_in(&token.sign_in_id, user_id).await?;
        self.gateways.end_sign_ins(user_id, &[token.sign_in_id]).await;
        Ok(())
    }

    /// Whose an access token is. The sign-in's row is the truth: a token that was signed well is worth nothing once it ended.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, `INVALID_TOKEN`, `USER_DISABLED`.
    pub(crate) async fn validate(&self, access_token: &str) -> Result<Validated> {
        let outcome = self.validate_all(&[access_token]).await?.pop();
        outcome.unwrap_or_else(|| Err(invalid_token()))
    }

    /// The same of many tokens: an outcome for each, in their order. What is no token of ours is not looked up.
    ///
    /// # Errors
    /// When no sign-in can be looked up; then nothing is known of any.
    pub(crate) async fn validate_all(&self, tokens: &[impl AsRef<str>]) -> Result<Vec<Result<Validated>>> {
        let checked: Vec<Result<Token>> =
            tokens.iter().map(|token| self.tokens.check(token.as_ref(), Purpose::Access)).collect();
        let ids: Vec<SignInId> = checked.iter().flatten().map(|token| token.sign_in_id.clone()).collect();
        let found = if ids.is_empty() { Vec::new() } else { self.repo.find_sign_ins(ids).await? };
        let mut found = found.into_iter();
        let outcome = |token: Result<Token>| {
            let token = token?;
            let sign_in = found.next().unwrap_or_else(|| Err(Error::internal("a sign-in got no answer")));
            worth(&token, sign_in?.ok_or_else(invalid_token)?)
        };
        Ok(checked.into_iter().map(outcome).collect())
    }

    async fn sign_in(&self, user: User, client_info: String) -> Result<SignedIn> {
        require_normal(&user)?;
        let id = SignInId::generate();
        let tokens = self.tokens.issue(&user.id, &id)?;
        let sign_in = NewSignIn {
            id,
            user_id: user.id.clone(),
            client_info,
            refresh_token_hash: fingerprint(&tokens.refresh_token),
            expires_at: tokens.refresh_expires_at,
        };
        self.repo.create_sign_in(sign_in).await?;
        Ok(SignedIn { tokens, user })
    }

    async fn create_guest(&self) -> Result<User> {
        let mut tries = GUEST_NAME_TRIES;
        loop {
            let guest = NewUser { username: username::guest(), is_guest: true, ..NewUser::default() };
            match self.repo.create_user(guest).await {
                Err(error) if error.reason() == Reason::UserAlreadyExists && tries > 1 => tries -= 1,
                outcome => return outcome,
            }
        }
    }
}

/// What a token is worth by the row of its sign-in.
fn worth(token: &Token, found: FoundSignIn) -> Result<Validated> {
    let FoundSignIn { sign_in, user, in_world } = found;
    if sign_in.ended_at.is_some() || sign_in.user_id != token.user_id {
        return Err(invalid_token());
    }
    require_normal(&user)?;
    Ok(Validated { user, sign_in_id: sign_in.id, expires_at: token.expires_at, in_world })
}

fn require_normal(user: &User) -> Result<()> {
    if user.status == UserStatus::Normal {
        return Ok(());
    }
    Err(Error::new(Reason::UserDisabled, "this account is disabled"))
}
