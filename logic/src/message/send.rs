//! The way of a message: room in the fan-out, storage, hand-over, answer.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use kit::SharedClock;
use kit::batch::Batches;
use protos::ids::{SessionId, UserId};
use protos::model::SavedMessage;
use protos::{Error, Result};

use super::{SaveBatch, WorldLimit};
use crate::detached::detached;
use crate::fanout::{Fanout, Slot};
use crate::repo::{NewMessage, Repo};

/// Sends messages, recalls them, and tells what a client lacks.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    pub(crate) repo: Repo,
    pub(crate) clock: SharedClock,
    pub(crate) saves: Batches<SaveBatch>,
    pub(crate) fanout: Fanout,
    pub(crate) world: WorldLimit,
}

/// A checked message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) message: NewMessage,
    /// The session that gets only the answer.
    pub(crate) origin: Option<SessionId>,
}

/// The room reserved for a message, and who is not to get it.
struct Reserved {
    slot: Slot,
    origin: Option<SessionId>,
}

impl Messages {
    /// Sends one message: durable and handed over to the owning gateways when this returns.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `MEMBER_MUTED`, `RATE_LIMITED`, `SERVICE_UNAVAILABLE`.
    pub(crate) async fn send(&self, draft: Draft) -> Result<SavedMessage> {
        let mut outcomes = self.send_all(vec![Ok(draft)]).await?;
        outcomes.pop().unwrap_or_else(|| Err(Error::internal("a message has no outcome")))
    }

    /// Sends many, in order; those refused before keep their place. The outcomes stand in the order of the drafts.
    ///
    /// # Errors
    /// Only when nothing can be said of any of them.
    pub(crate) async fn send_all(&self, drafts: Vec<Result<Draft>>) -> Result<Vec<Result<SavedMessage>>> {
        let sender = self.clone();
        detached(async move { Ok(sender.save_and_hand_over(drafts).await) }).await
    }

    async fn save_and_hand_over(&self, drafts: Vec<Result<Draft>>) -> Vec<Result<SavedMessage>> {
        let (reserved, messages) = self.reserve(drafts);
        let mut saved = self.save(messages).await.into_iter();
        let mut hand_overs = Vec::new();
        let outcomes = reserved
            .into_iter()
            .map(|reserved| {
                let Reserved { slot, origin } = reserved?;
                let saved =
                    saved.next().unwrap_or_else(|| Err(Error::internal("a message has no outcome")))?;
                hand_overs.push(slot.hand_over(saved.clone(), origin));
                Ok(saved)
            })
            .collect();
        join_all(hand_overs).await;
        outcomes
    }

    /// Takes room for each message before anything is stored. Once a sender's message found none, or was one too many to WORLD,
    /// their later ones (to WORLD) are refused too, so that their order holds when they try again.
    fn reserve(&self, drafts: Vec<Result<Draft>>) -> (Vec<Result<Reserved>>, Vec<NewMessage>) {
        let mut messages = Vec::with_capacity(drafts.len());
        let mut refused: HashSet<UserId> = HashSet::new();
        let mut limited: HashMap<UserId, Error> = HashMap::new();
        let reserved = drafts
            .into_iter()
            .map(|draft| {
                let Draft { message, origin } = draft?;
                if message.conversation_id.is_world() {
                    self.count_in_world(&message.sender_id, &mut limited)?;
                }
                let bytes = message.content.len() + message.extra.len();
                let slot = match self.fanout.reserve(&message.conversation_id, bytes) {
                    Ok(slot) if !refused.contains(&message.sender_id) => slot,
                    outcome => {
                        refused.insert(message.sender_id);
                        return Err(outcome.err().unwrap_or_else(crate::fanout::saturated));
                    }
                };
                messages.push(message);
                Ok(Reserved { slot, origin })
            })
            .collect();
        (reserved, messages)
    }

    /// Counts a message to WORLD; `limited` holds who had one refused in this batch, and why.
    fn count_in_world(&self, sender: &UserId, limited: &mut HashMap<UserId, Error>) -> Result<()> {
        if let Some(error) = limited.get(sender) {
            return Err(error.clone());
        }
        self.world.take(sender).inspect_err(|error| drop(limited.insert(sender.clone(), error.clone())))
    }

    async fn save(&self, messages: Vec<NewMessage>) -> Vec<Result<SavedMessage>> {
        if messages.is_empty() {
            return Vec::new();
        }
        let count = messages.len();
        match self.saves.submit(messages).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(error); count],
        }
    }
}
