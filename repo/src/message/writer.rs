//! The one way to store a message: saves gather while a transaction runs, and the next commits them all.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use futures::future::join_all;
use kit::SharedClock;
use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::BATCH_BYTES;
use protos::ids::ConversationId;
use protos::model::SavedMessage;
use protos::{Error, Result};

use super::save::{NewMessage, save};
#[cfg(feature = "planted-bugs")]
use crate::planted;
use crate::store::{DbConnection, Store};

/// Writers over PostgreSQL; SQLite has one. A conversation always has the same, which keeps its messages in order and never
/// waits for a row lock of this process's own.
const SHARDS: usize = 3;

/// Every message weighs at least this, so that a transaction has a bound in messages, too: 200, or what came in one call.
const MIN_WEIGHT: usize = BATCH_BYTES / 200;

/// What one transaction takes, and how many calls may wait for each writer.
const BOUNDS: Bounds = Bounds { batch_items: 200, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 1_024 };

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
        let shard = self.shard(&new.conversation_id);
        let mut saved = self.shards[shard].submit(vec![new]).await?;
        saved.pop().unwrap_or_else(|| Err(no_outcome()))
    }

    /// Saves messages; those of one conversation take seqs in their order. An outcome for each.
    pub(super) async fn save_all(&self, batch: Vec<Result<NewMessage>>) -> Vec<Result<SavedMessage>> {
        let mut lists: Vec<List> = self.shards.iter().map(|_| List::default()).collect();
        let mut outcomes: Vec<Result<SavedMessage>> = Vec::with_capacity(batch.len());
        for (place, new) in batch.into_iter().enumerate() {
            outcomes.push(match new {
                Ok(new) => {
                    lists[self.shard(&new.conversation_id)].add(place, new);
                    Err(no_outcome())
                }
                Err(error) => Err(error),
            });
        }
        let some = self.shards.iter().zip(lists).filter(|(_, list)| !list.messages.is_empty());
        let saved = some.map(|(shard, list)| async move { (list.places, shard.submit(list.messages).await) });
        for (places, saved) in join_all(saved).await {
            match saved {
                Ok(saved) => places.into_iter().zip(saved).for_each(|(place, saved)| outcomes[place] = saved),
                Err(error) => places.into_iter().for_each(|place| outcomes[place] = Err(error.clone())),
            }
        }
        outcomes
    }

    fn shard(&self, conversation: &ConversationId) -> usize {
        let mut hasher = DefaultHasher::new();
        conversation.hash(&mut hasher);
        usize::try_from(hasher.finish() % self.shards.len() as u64).unwrap_or(0)
    }
}

fn no_outcome() -> Error {
    Error::internal("a save without an outcome")
}

/// What one call saves by one writer, and where that stands in the call.
#[derive(Default)]
struct List {
    places: Vec<usize>,
    messages: Vec<NewMessage>,
}

impl List {
    fn add(&mut self, place: usize, new: NewMessage) {
        self.places.push(place);
        self.messages.push(new);
    }
}

/// Commits batches.
#[derive(Clone)]
struct SaveBatch {
    store: Store,
    clock: SharedClock,
}

impl Flush for SaveBatch {
    /// What one call saves: it never spans two transactions.
    type Item = Vec<NewMessage>;
    type Reply = Vec<Result<SavedMessage>>;

    fn weight(list: &Self::Item) -> usize {
        let bytes = |new: &NewMessage| ROW_BYTES + new.content.len() + new.extra.len();
        list.iter().map(|new| bytes(new).max(MIN_WEIGHT)).sum()
    }

    async fn flush(self, lists: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
        let mut outcomes = self.save_batch(lists.into_iter().flatten().collect()).await.into_iter();
        lengths.into_iter().map(|length| Ok(outcomes.by_ref().take(length).collect())).collect()
    }
}

impl SaveBatch {
    async fn save_batch(&self, batch: Vec<NewMessage>) -> Vec<Result<SavedMessage>> {
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

    /// One that cannot be stored must not keep the others from it.
    async fn save_one_by_one(&self, batch: &Arc<Vec<NewMessage>>) -> Vec<Result<SavedMessage>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            let saved = self.save(batch, row..row + 1).await;
            outcomes.push(saved.and_then(|mut one| one.pop().unwrap_or_else(|| Err(no_outcome()))));
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
