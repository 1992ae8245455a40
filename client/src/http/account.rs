//! A user who is signed in.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kit::{Clock, SystemClock};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Server;
use super::call::{Call, Nothing};
use super::server::SignedIn;
use crate::model::{User, UserInfo};
use crate::{Result, SessionBuilder};

/// An access token with less life left than this is renewed before it is used, in seconds.
const MARGIN: i64 = 30;

/// A signed-in user. Cloning it shares the sign-in: its tokens are renewed once for all.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    server: Server,
    user: User,
    /// Held for a moment only, never while a call is under way.
    tokens: Mutex<Tokens>,
    /// Held while a refresh is under way: a refresh token works once, so the others wait and share what comes of it.
    renewal: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Tokens {
    access: String,
    refresh: String,
    /// Unix seconds; when `access` ends.
    expires_at: i64,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.0.user).finish_non_exhaustive()
    }
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access: signed_in.access_token,
            refresh: signed_in.refresh_token,
            expires_at: signed_in.expires_in,
        }
    }
}

impl Account {
    pub(super) fn new(server: Server, signed_in: SignedIn) -> Self {
        let user = signed_in.user.clone();
        let tokens = Mutex::new(signed_in.into());
        Self(Arc::new(Inner { server, user, tokens, renewal: tokio::sync::Mutex::default() }))
    }

    /// Who is signed in.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// Where.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.0.server
    }

    /// Prepares a live connection; [`SessionBuilder::connect`] makes it.
    #[must_use]
    pub fn session(&self) -> SessionBuilder {
        SessionBuilder::new(self.clone())
    }

    /// An access token with some life left, renewed if need be.
    ///
    /// # Errors
    /// `INVALID_TOKEN` when the sign-in has ended; no answer.
    pub async fn access_token(&self) -> Result<String> {
        let tokens = self.tokens().clone();
        if tokens.expires_at - SystemClock.now() > MARGIN {
            return Ok(tokens.access);
        }
        self.renew(&tokens.access).await
    }

    /// An access token newer than `stale`. Whoever asks while a renewal is under way shares its outcome.
    ///
    /// # Errors
    /// `INVALID_TOKEN` when the sign-in has ended; no answer.
    pub async fn renew(&self, stale: &str) -> Result<String> {
        let _renewing = self.0.renewal.lock().await;
        let held = self.tokens().clone();
        if held.access != stale {
            return Ok(held.access);
        }
        let fresh = Tokens::from(self.0.server.refresh(&held.refresh).await?);
        *self.tokens() = fresh.clone();
        Ok(fresh.access)
    }

    /// Ends the sign-in: its tokens stop working everywhere, its sessions are closed.
    ///
    /// # Errors
    /// No answer.
    pub async fn log_out(&self) -> Result<()> {
        self.call::<Nothing>(Call::post(&["auth", "logout"], json!({}))).await.map(drop)
    }

    /// Users whose names begin with `query`, at most `limit`.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`; no answer.
    pub async fn search_users(&self, query: &str, limit: u32) -> Result<Vec<UserInfo>> {
        #[derive(Deserialize)]
        struct Found {
            users: Vec<UserInfo>,
        }
        let call = Call::get(&["users", "search"]).query("q", query).query("limit", limit);
        Ok(self.call::<Found>(call).await?.users)
    }

    /// The user of exactly this name, letter case aside.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `GUEST_NOT_ALLOWED`; no answer.
    pub async fn find_user(&self, username: &str) -> Result<UserInfo> {
        // Names are found by how they begin, in their order: the name itself comes first.
        let found = self.search_users(username, 1).await?;
        let wanted = username.to_lowercase();
        let user = found.into_iter().find(|user| user.username.to_lowercase() == wanted);
        user.ok_or_else(|| {
            let why = format!("there is no user {username}");
            protos::Error::new(protos::Reason::UserNotFound, why).into()
        })
    }

    /// Calls with a valid token; one that the server no longer takes is renewed once.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        let token = self.access_token().await?;
        match self.0.server.call(&call, Some(&token)).await {
            Err(error) if error.is_stale_token() => {
                let fresh = self.renew(&token).await?;
                self.0.server.call(&call, Some(&fresh)).await
            }
            done => done,
        }
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        // Tokens are replaced whole, so a panic elsewhere leaves good ones.
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
