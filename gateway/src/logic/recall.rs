//! Recalling messages.

use protos::Result;
use protos::convert::required;
use protos::ids::{ConversationId, MessageId, SessionId, UserId};
use protos::model::Message;
use protos::pb::logic as pb;
use protos::pb::logic::message_service_client::MessageServiceClient;

use super::{LogicClient, call};

impl LogicClient {
    /// Recalls a message and answers what is left of it; all members are told, but for the session `origin`.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `FORBIDDEN`, `RECALL_TIME_EXCEEDED`, transient ones.
    pub(crate) async fn recall(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        message: &MessageId,
        origin: Option<&SessionId>,
    ) -> Result<Message> {
        let request = pb::RecallMessageRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            message_id: message.to_string(),
            origin_session_id: origin.map(ToString::to_string).unwrap_or_default(),
        };
        // The process that has the conversation's order, so that a recall follows its message.
        let key = Some(conversation.as_str());
        let left = call!(self.pool, idempotent(key), MessageServiceClient, recall_message, request)?;
        required("the message", left.message)?.try_into()
    }
}
