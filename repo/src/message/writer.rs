//! The one way to store a message: saves gather while a transaction runs, and the next commits them all.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use futures::future::join_all;
use kit::SharedClock;
use kit::batch::{Batches, Bounds, Flush};
use protos::model::SavedMessage;
use protos::{Error, Result};

use super::save::{NewMessage, save};
#[cfg(feature = "planted-bugs")]
use crate::planted;
use crate::store::{DbConnection, Store};

/// Writers over PostgreSQL; SQLite has one. A conversation always has the same, which keeps its messages in order and never
/// waits for a row lock of this process's own.
const SHARDS: usize = 3;

/// What one transaction takes, and how many messages may wait for each writer.
const BOUNDS: Bounds =
    Bounds { batch_items: 200, batch_bytes: kit::grpc::BATCH_BYTES, in_flight: 1, waiting: 4_096 };

/// What a message counts beside its texts, in bytes.
const ROW_BYTES: usize = 256;

/// The handle of the batches that lead to the writing connections.
#[derive(Clone, Debug)]
pub(crate) struct MessageWriter {
    shards: Arc<[Batches<SaveBatch>]>,
}

impl MessageWriter {
    /// Starts on the present actor system.
    pub(crate) fn start(store: &Store, clock: &SharedClock) -> Self {
        let shards = if store.has_one_writer() { 1 } else { SHARDS };
        let save = SaveBatch { store: store.clone(), clock: clock.clone() };
        Self { shards: (0..shards).map(|_| Batches::start("the writer", BOUNDS, save.clone())).collect() }
    }

    /// Saves a message, and returns when it is durable.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND` for who is no member, `MEMBER_MUTED`, `FORBIDDEN` for who is blocked, and `SERVICE_UNAVAILABLE` when too many wait or the
    /// database does not answer: the message may then have been stored, which the same call again finds out.
    pub(super) async fn save(&self, new: NewMessage) -> Result<SavedMessage> {
        let mut hasher = DefaultHasher::new();
        new.conversation_id.hash(&mut hasher);
        let shard = usize::try_from(hasher.finish() % self.shards.len() as u64).unwrap_or(0);
        self.shards[shard].submit(new).await
    }

    /// Saves messages; those of one conversation take seqs in their order. An outcome for each.
    pub(super) async fn save_all(&self, batch: Vec<Result<NewMessage>>) -> Vec<Result<SavedMessage>> {
        join_all(batch.into_iter().map(|new| async { self.save(new?).await })).await
    }
}

/// Commits batches.
#[derive(Clone)]
struct SaveBatch {
    store: Store,
    clock: SharedClock,
}

impl Flush for SaveBatch {
    type Item = NewMessage;
    type Reply = SavedMessage;

    fn weight(new: &NewMessage) -> usize {
        ROW_BYTES + new.content.len() + new.extra.len()
    }

    async fn flush(self, batch: Vec<NewMessage>) -> Vec<Result<SavedMessage>> {
        let batch = Arc::new(batch);
        let whole = 0..batch.len();
        match self.save(&batch, whole.clone()).await {
            Ok(outcomes) => outcomes,
            // A lost connection has been replaced, or cannot be; and what a lost COMMIT stored is found by its keys.
            Err(error) if error.reason().is_transient() => match self.save(&batch, whole).await {
                Ok(outcomes) => outcomes,
                Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
            },
            Err(_) => self.save_one_by_one(&batch).await,
        }
    }
}

impl SaveBatch {
    /// One that cannot be stored must not keep the others from it.
    async fn save_one_by_one(&self, batch: &Arc<Vec<NewMessage>>) -> Vec<Result<SavedMessage>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            let saved = self.save(batch, row..row + 1).await;
            outcomes.push(saved.and_then(|mut one| {
                one.pop().unwrap_or_else(|| Err(Error::internal("a save without an outcome")))
            }));
        }
        outcomes
    }

    async fn save(
        &self,
        batch: &Arc<Vec<NewMessage>>,
        rows: Range<usize>,
    ) -> Result<Vec<Result<SavedMessage>>> {
        let (batch, now) = (Arc::clone(batch), self.clock.now());
        let work = move |connection: &mut DbConnection| save(connection, &batch[rows], now);
        // A planted bug: the answer overtakes the commit.
        #[cfg(feature = "planted-bugs")]
        if planted::acks_early() {
            return planted::answered_early(&self.store, work).await;
        }
        self.store.write(work).await
    }
}
