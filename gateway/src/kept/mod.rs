//! What repo keeps of pushes: those that wait for users who are away, and who had which push lately. Calls are gathered.
//!
//! - [`batches`]: what gathers; [`client`]: the calls; [`convert`]: between the domain and `im.repo.v1`.

mod batches;
mod client;
mod convert;
#[cfg(test)]
pub(crate) mod fake;

use std::collections::HashSet;
use std::future::Future;

use kit::batch::{Batches, Bounds, Depth};
use kit::grpc::{BATCH_BYTES, Pool};
use protos::ids::{PushId, UserId};
use protos::model::limits::{PUSH_PAGE_USERS, PUSHES_AT_ONCE};
use protos::{Error, Result};
use serde_json::value::RawValue;

use batches::{Drops, Finds, Keeps, Notes, Pages};
use client::Client;

/// A push in a user's queue.
#[derive(Clone, Debug)]
pub(crate) struct KeptPush {
    /// Which, in this user's queue.
    pub(crate) number: i64,
    pub(crate) id: PushId,
    /// The frame's type.
    pub(crate) kind: String,
    /// The frame's data, as the job wrote it.
    pub(crate) data: Box<RawValue>,
}

/// A push for users who are away.
#[derive(Clone, Debug)]
pub(crate) struct PushToKeep {
    pub(crate) id: PushId,
    pub(crate) kind: String,
    pub(crate) data: Box<RawValue>,
    /// How long it is kept.
    pub(crate) ttl_seconds: i32,
    pub(crate) users: Vec<UserId>,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) number: i64,
    /// In whose queue its id is now.
    pub(crate) users: HashSet<UserId>,
}

/// Who needs a push no more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Who had it lately.
    pub(crate) had: HashSet<UserId>,
    /// In whose queue it is.
    pub(crate) queued: HashSet<UserId>,
}

/// One push and some of its users.
pub(crate) type PushUsers = (PushId, Vec<UserId>);

/// What a user has got of their queue: numbers and ids.
pub(crate) type Received = (UserId, Vec<(i64, PushId)>);

/// The handle of what repo keeps. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct KeptPushes {
    pages: Batches<Pages>,
    keeps: Batches<Keeps>,
    drops: Batches<Drops>,
    finds: Batches<Finds>,
    notes: Batches<Notes>,
}

impl KeptPushes {
    /// Starts its batchers on the present actor system.
    pub(crate) fn start(repo: Pool) -> Self {
        let client = Client::new(repo);
        let bounds = Bounds {
            batch_items: PUSHES_AT_ONCE,
            batch_bytes: BATCH_BYTES / 2,
            in_flight: 4,
            waiting: 1_024,
        };
        // Every session that begins asks once.
        let pages = Bounds { batch_items: PUSH_PAGE_USERS, waiting: 8_192, ..bounds };
        // One call at a time: pushes of one job arrive in its order.
        let in_order = Bounds { in_flight: 1, ..bounds };
        Self {
            pages: Batches::start("reading kept pushes", pages, Pages(client.clone())),
            keeps: Batches::start("keeping pushes", in_order, Keeps(client.clone())),
            drops: Batches::start(
                "dropping kept pushes",
                Bounds { waiting: 8_192, ..bounds },
                Drops(client.clone()),
            ),
            finds: Batches::start("finding pushes", in_order, Finds(client.clone())),
            notes: Batches::start("noting pushes", bounds, Notes(client)),
        }
    }

    /// How full its batchers are.
    pub(crate) fn depths(&self) -> Vec<Depth> {
        vec![
            self.pages.depth(),
            self.keeps.depth(),
            self.drops.depth(),
            self.finds.depth(),
            self.notes.depth(),
        ]
    }

    /// The first page of a user's queue, in order of arrival.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(crate) async fn page(&self, user: UserId) -> Result<Vec<KeptPush>> {
        self.pages.submit(user).await
    }

    /// Puts a push into its users' queues, behind those that were put there by earlier calls; who does not exist is left out.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`: it may have been kept.
    pub(crate) fn keep(&self, push: PushToKeep) -> impl Future<Output = Result<Kept>> + use<> {
        let answer = self.keeps.offer(push);
        async move { answer?.await.map_err(|_| Error::unavailable("keeping pushes has stopped"))? }
    }

    /// Takes out of queues what users have got; repo notes that they had it.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(crate) async fn take_out(&self, received: Vec<Received>) -> Result<()> {
        self.drops.submit(received).await
    }

    /// Which of its users had a push lately or have it in their queue.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(crate) async fn find(&self, push: PushUsers) -> Result<Found> {
        self.finds.submit(push).await
    }

    /// Notes who had a push.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(crate) async fn note(&self, push: PushUsers) -> Result<()> {
        self.notes.submit(push).await
    }
}
