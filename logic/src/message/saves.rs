//! Gathers the saves of all callers into few calls to repo.

use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::BATCH_BYTES;
use protos::Result;
use protos::model::SavedMessage;

use crate::detached::detached;
use crate::repo::{NewMessage, Repo};

/// Every message weighs at least this, so that a batch has a bound in messages too.
const MIN_WEIGHT: usize = BATCH_BYTES / 256;
/// What a message weighs beside content and extra: ids and framing.
const OVERHEAD: usize = 256;

const BOUNDS: Bounds = Bounds { batch_items: 256, batch_bytes: BATCH_BYTES, in_flight: 2, waiting: 8_192 };

/// Saves batches. An item is one caller's whole list: it never spans two batches, so its order holds.
#[derive(Clone, Debug)]
pub(crate) struct SaveBatch(Repo);

impl SaveBatch {
    /// Starts gathering.
    pub(crate) fn start(repo: Repo) -> Batches<Self> {
        Batches::start("saving", BOUNDS, Self(repo))
    }
}

impl Flush for SaveBatch {
    type Item = Vec<NewMessage>;
    type Reply = Vec<Result<SavedMessage>>;

    fn weight(list: &Self::Item) -> usize {
        let bytes = |message: &NewMessage| message.content.len() + message.extra.len() + OVERHEAD;
        list.iter().map(|message| bytes(message).max(MIN_WEIGHT)).sum()
    }

    async fn flush(self, batch: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let lengths: Vec<usize> = batch.iter().map(Vec::len).collect();
        let saved = detached(async move { self.0.save_messages(batch.into_iter().flatten()).await }).await;
        match saved {
            Ok(outcomes) => {
                let mut outcomes = outcomes.into_iter();
                lengths.into_iter().map(|length| Ok(outcomes.by_ref().take(length).collect())).collect()
            }
            Err(error) => lengths.into_iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
