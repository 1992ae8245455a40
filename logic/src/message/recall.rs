//! Recalling a message, and what a client that was away lacks.

use protos::ids::{ConversationId, MessageId, SessionId, UserId};
use protos::model::{ChatEvent, Message, RecalledMessage, SyncRequest, Synced};
use protos::{Error, Reason, Result};

use super::{Messages, policy};
use crate::detached::detached;
use crate::fanout::{EVENT_BYTES, Parcel, Receivers};

/// A wish that a message be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recall {
    pub(super) user_id: UserId,
    pub(super) conversation_id: ConversationId,
    pub(super) message_id: MessageId,
    /// The session that gets only the answer.
    pub(super) origin: Option<SessionId>,
}

impl Messages {
    /// Recalls a message, tells all members, and returns what is left of it. Once more it changes nothing and tells them again: the
    /// first time may have died before it did.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `FORBIDDEN`, `RECALL_TIME_EXCEEDED`, `SERVICE_UNAVAILABLE`.
    pub(super) async fn recall(&self, recall: Recall) -> Result<Message> {
        let details = self.repo.conversation_for(&recall.user_id, &recall.conversation_id).await?;
        let role = Some(details.membership.role);
        let permit = policy::recall(details.conversation.kind, role, self.clock.now())?;
        let is_here = |(conversation, _)| conversation == recall.conversation_id;
        if !recall.message_id.parts().is_some_and(is_here) {
            return Err(Error::new(Reason::MessageNotFound, "no such message in this conversation"));
        }
        let slot = self.fanout.reserve(&recall.conversation_id, EVENT_BYTES)?;
        let repo = self.repo.clone();
        detached(async move {
            let recalled = repo.recall(&recall.message_id, &recall.user_id, permit).await?;
            let message = recalled.message.clone();
            slot.announce(recall.parcel(recalled)).await;
            Ok(message)
        })
        .await
    }

    /// What a client that was away lacks: asked from durable storage, whatever was fanned out.
    ///
    /// # Errors
    /// Transient ones.
    pub(super) async fn sync(&self, request: SyncRequest) -> Result<Synced> {
        self.repo.sync(request).await
    }
}

impl Recall {
    fn parcel(self, recalled: RecalledMessage) -> Parcel {
        let event = ChatEvent::MessageRecalled {
            conversation_id: self.conversation_id.clone(),
            message_id: recalled.message.id,
            seq: recalled.message.seq,
            operator_id: recalled.operator_id,
            change: recalled.change,
        };
        let receivers = Receivers::Members(self.conversation_id, recalled.member_version);
        Parcel { event, receivers, exclude: self.origin }
    }
}
