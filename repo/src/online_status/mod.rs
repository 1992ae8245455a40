//! Presence: which gateways hold sessions of which users.
//!
//! A gateway holds one lease per *incarnation* (start of its process) and renews it every few seconds; its users are online while
//! the lease lives. The rules are in [`record`]; where the state lives is behind the [`store::PresenceStore`] trait:
//! [`memory`] owned by the actor in [`actor`], or [`redis`] (a single node or a Cluster), shared by all repo processes. Beside it is
//! remembered for a while who had which push.

mod actor;
mod convert;
mod had_pushes;
mod memory;
mod record;
mod redis;
mod service;
mod store;
mod terms;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;

use kit::SharedClock;
use kit::process::Failure;
use protos::ids::{PushId, UserId};
use protos::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::actor::MemoryStore;
use self::redis::RedisStore;
use self::store::PresenceStore;
use self::terms::Terms;

pub(crate) use self::service::OnlineStatusService;

/// Calls under way at once; one more is refused with `SERVICE_UNAVAILABLE`.
const MAX_CALLS: usize = 1_024;

/// The handle of presence. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Presence {
    store: Arc<dyn PresenceStore>,
    permits: Arc<Semaphore>,
}

impl Presence {
    /// Starts presence: in memory without a URL, in Redis with one, in Redis Cluster with several (any of its nodes). A Redis that
    /// does not answer is waited for, see [`Presence::ready`]. To be called where actors can be started.
    ///
    /// # Errors
    /// When a URL is not one of Redis.
    pub(crate) async fn start(redis_urls: &[String], clock: SharedClock) -> Result<Self, Failure> {
        Self::start_on(redis_urls, clock, Terms::default())
    }

    fn start_on(redis_urls: &[String], clock: SharedClock, terms: Terms) -> Result<Self, Failure> {
        let store: Arc<dyn PresenceStore> = match redis_urls {
            [] => Arc::new(MemoryStore::start(clock, terms)),
            urls => Arc::new(RedisStore::start(urls, terms)?),
        };
        Ok(Self { store, permits: Arc::new(Semaphore::new(MAX_CALLS)) })
    }

    /// Waits until the store answers.
    pub(crate) async fn ready(&self) {
        self.store.ready().await;
    }

    /// Notes who had these pushes.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when the store does not answer or too many calls are under way.
    pub(crate) async fn note_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<()> {
        self.enter()?.note_pushes(pushes).await
    }

    /// Which of its users had each push in the last 10 minutes.
    ///
    /// # Errors
    /// Those of [`Presence::note_pushes`].
    pub(crate) async fn had_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<Vec<Vec<UserId>>> {
        self.enter()?.had_pushes(pushes).await
    }

    /// Opens the store for one call.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when [`MAX_CALLS`] are under way.
    fn enter(&self) -> Result<Entered> {
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| Error::unavailable("too many calls about presence are under way"))?;
        Ok(Entered { store: Arc::clone(&self.store), _permit: permit })
    }
}

/// The store, while one call is counted.
struct Entered {
    store: Arc<dyn PresenceStore>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Entered {
    type Target = dyn PresenceStore;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}
