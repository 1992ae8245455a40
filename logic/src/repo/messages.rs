//! Messages.

use protos::convert::required;
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::{Message, MessageType, RecalledMessage, SavedMessage, SyncRequest, Synced};
use protos::pb::repo::message_service_client::MessageServiceClient;
use protos::pb::repo::{
    DeleteMessageRequest, GetConversationMessagesRequest, SaveMessageRequest, SaveMessagesRequest,
};
use protos::pb::types;
use protos::{Error, Result};

use super::{Repo, client};
use crate::message::RecallPermit;

/// A message to be stored; repo gives it its seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewMessage {
    pub(crate) conversation_id: ConversationId,
    pub(crate) sender_id: UserId,
    pub(crate) kind: MessageType,
    pub(crate) content: String,
    /// JSON text, or empty.
    pub(crate) extra: String,
    pub(crate) client_msg_id: ClientMsgId,
}

/// A stretch of a conversation.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) conversation_id: ConversationId,
    /// Inclusive; 0 is open.
    pub(crate) start: Seq,
    /// Inclusive; 0 is open.
    pub(crate) end: Seq,
    pub(crate) limit: u32,
    pub(crate) ascending: bool,
    pub(crate) kind: Option<MessageType>,
}

/// Some messages, and where the rest begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryPage {
    pub(crate) messages: Vec<Message>,
    pub(crate) has_more: bool,
    /// Where the next call of the same direction begins; 0 at the end.
    pub(crate) next: Seq,
}

impl Repo {
    /// Stores messages in order and says what became of each. Storing them twice stores them once.
    pub(crate) async fn save_messages(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Result<SavedMessage>>> {
        let requests: Vec<SaveMessageRequest> = messages.into_iter().map(save_request).collect();
        let count = requests.len();
        let request = SaveMessagesRequest { requests };
        let call = |channel| {
            let request = request.clone();
            async move { client!(MessageServiceClient, channel).save_messages(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        if answer.outcomes.len() != count {
            return Err(Error::internal("an answer lacks outcomes"));
        }
        Ok(answer.outcomes.into_iter().map(Into::into).collect())
    }

    /// Recalls a message if the permit holds for it. Recalling it twice recalls it once.
    ///
    /// # Errors
    /// `MESSAGE_NOT_FOUND`, also for who is no member; `FORBIDDEN`, `RECALL_TIME_EXCEEDED`.
    pub(crate) async fn recall(
        &self,
        message_id: &MessageId,
        operator_id: &UserId,
        permit: RecallPermit,
    ) -> Result<RecalledMessage> {
        let mut request = DeleteMessageRequest {
            message_id: message_id.to_string(),
            operator_id: operator_id.to_string(),
            ..Default::default()
        };
        match permit {
            RecallPermit::Own { since } => request.sent_since = since,
            RecallPermit::Role(least) => {
                request.role_at_least = types::ConversationMemberRole::from(least).into();
            }
        }
        let call = |channel| {
            let request = request.clone();
            async move { client!(MessageServiceClient, channel).delete_message(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(RecalledMessage {
            message: required("the message", answer.message)?.try_into()?,
            operator_id: answer.operator_id.into(),
            change: answer.change,
            member_version: answer.member_version,
        })
    }

    /// What a client lacks.
    pub(crate) async fn sync(&self, request: SyncRequest) -> Result<Synced> {
        let request = types::SyncRequest::from(request);
        let call = |channel| {
            let request = request.clone();
            async move { client!(MessageServiceClient, channel).sync(request).await }
        };
        self.0.idempotent(None, call).await?.try_into()
    }

    /// A stretch of a conversation, without a look at who asks.
    pub(crate) async fn history(&self, history: &History) -> Result<HistoryPage> {
        let request = GetConversationMessagesRequest {
            conversation_id: history.conversation_id.to_string(),
            start_seq_id: history.start.0,
            end_seq_id: history.end.0,
            limit: i32::try_from(history.limit).unwrap_or(i32::MAX),
            ascending: history.ascending,
            type_filter: history.kind.map_or(0, |kind| types::MessageType::from(kind).into()),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(MessageServiceClient, channel).get_conversation_messages(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(HistoryPage {
            messages: answer.messages.into_iter().map(TryInto::try_into).collect::<Result<_>>()?,
            has_more: answer.has_more,
            next: Seq(answer.next_seq_id),
        })
    }
}

fn save_request(message: NewMessage) -> SaveMessageRequest {
    SaveMessageRequest {
        conversation_id: message.conversation_id.into(),
        sender_id: message.sender_id.into(),
        message_type: types::MessageType::from(message.kind).into(),
        content: message.content,
        client_msg_id: message.client_msg_id.into(),
        extra: message.extra,
    }
}

#[cfg(test)]
mod counted;
