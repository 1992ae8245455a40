//! How much one address, one account and one session may ask for.
//!
//! - [`settings`]: `RATE_LIMITS`, each limit with its default; [`address`]: whose a request is, behind trusted proxies, too.
//! - [`keyed`]: limits by address or account, in memory that does not grow; [`sockets`]: WebSockets by address.
//! - this file: what the handlers ask.
//!
//! A gateway counts for itself. An account is limited together with the address that asks, so that who guesses at a password elsewhere
//! does not lock its owner out; what many addresses together can guess is bounded by the hashing threads of repo. Who shares the owner's
//! address (one NAT, a proxy that `TRUSTED_PROXIES` does not name) can delay a sign-in of theirs.

mod address;
mod keyed;
mod settings;
mod sockets;

pub use address::Proxy;
pub(crate) use address::{ClientAddress, TrustedProxies};
pub use settings::{Rate, RateLimits};
pub(crate) use sockets::SocketPlace;

use std::sync::Arc;
use std::time::Duration;

use protos::ids::UserId;
use protos::{Error, Reason, Result};

use keyed::Keyed;
use sockets::Sockets;

/// What strangers ask for, by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// A new account.
    Register,
    /// A sign-in by password.
    Login,
    /// New tokens for a refresh token.
    Refresh,
    /// A sign-in without an account.
    Guest,
}

/// All limits but those of a session, which counts for itself. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: RateLimits,
    entrances: [Keyed; 4],
    accounts: Keyed,
    requests: Keyed,
    sends: Keyed,
    sockets: Sockets,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub(crate) fn new(settings: RateLimits) -> Self {
        let RateLimits { register, login, refresh, guest, login_account, requests, sends, .. } = settings;
        Self(Arc::new(Inner {
            entrances: [register, login, refresh, guest].map(Keyed::new),
            accounts: Keyed::new(login_account),
            requests: Keyed::new(requests),
            sends: Keyed::new(sends),
            sockets: Sockets::default(),
            settings,
        }))
    }

    /// As they were set.
    pub(crate) fn settings(&self) -> &RateLimits {
        &self.0.settings
    }

    /// Counts what a stranger asks for.
    ///
    /// # Errors
    /// `RATE_LIMITED` for an address that asks too often.
    pub(crate) fn enter(&self, entrance: Entrance, from: ClientAddress) -> Result<()> {
        if self.exempts(from) {
            return Ok(());
        }
        limited(self.0.entrances[entrance as usize].take(from), "too many such requests from this address")
    }

    /// Counts a try of a password: of this account, from this address.
    ///
    /// # Errors
    /// `RATE_LIMITED`; the account's owner, who is elsewhere, is not.
    pub(crate) fn try_password(&self, account: &str, from: ClientAddress) -> Result<()> {
        if self.0.settings.is_off {
            return Ok(());
        }
        limited(self.0.accounts.take((account, from)), "too many tries of this account's password")
    }

    /// Counts a request of a user.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn request(&self, user: &UserId) -> Result<()> {
        if self.0.settings.is_off {
            return Ok(());
        }
        limited(self.0.requests.take(user), "too many requests")
    }

    /// Counts a message of a user, whichever session or request it comes by.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn send(&self, user: &UserId) -> Result<()> {
        if self.0.settings.is_off {
            return Ok(());
        }
        limited(self.0.sends.take(user), "too many messages")
    }

    /// How many WebSockets one user may have here.
    pub(crate) fn sockets_of_a_user(&self) -> usize {
        if self.0.settings.is_off { usize::MAX } else { self.0.settings.sockets_user }
    }

    /// A place for a WebSocket from this address, which is free again when it is dropped.
    ///
    /// # Errors
    /// `RATE_LIMITED` when the address has too many.
    pub(crate) fn socket(&self, from: ClientAddress) -> Result<SocketPlace> {
        let most = if self.exempts(from) { usize::MAX } else { self.0.settings.sockets_address };
        let place = self.0.sockets.take(from, most);
        place.ok_or_else(|| {
            let error = Error::new(Reason::RateLimited, "too many WebSockets from this address");
            error.retry_after(Duration::from_secs(10))
        })
    }

    /// True where limits by address do not hold.
    fn exempts(&self, from: ClientAddress) -> bool {
        self.0.settings.is_off || (from.is_loopback() && !self.0.settings.limits_loopback)
    }
}

fn limited(taken: std::result::Result<(), Duration>, message: &str) -> Result<()> {
    taken.map_err(|wait| Error::new(Reason::RateLimited, message).retry_after(wait))
}
