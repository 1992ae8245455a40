//! Reading a conversation: its messages and the read pointer.

use protos::Result;
use protos::ids::{ConversationId, Seq, SessionId, UserId};
use protos::model::Message;
use protos::pb::logic as pb;
use protos::pb::logic::conversation_service_client::ConversationServiceClient;

use super::{LogicClient, call};

/// Which messages to read. The bounds are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadMessages {
    /// Downwards from this seq; `None`: from the last message.
    NewestFirst(Option<Seq>),
    /// Upwards from this seq.
    OldestFirst(Seq),
}

/// A page of messages, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessagePage {
    /// The page.
    pub(crate) messages: Vec<Message>,
    /// True when more stand beyond its end.
    pub(crate) has_more: bool,
}

impl LogicClient {
    /// A page of a conversation's messages; `limit` 0 is the default.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INVALID_PARAMETER`.
    pub(crate) async fn messages(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        which: ReadMessages,
        limit: i32,
    ) -> Result<MessagePage> {
        let (start, end, ascending) = match which {
            ReadMessages::NewestFirst(from) => (0, from.map_or(0, |seq| seq.0), false),
            ReadMessages::OldestFirst(from) => (from.0, 0, true),
        };
        let request = pb::GetMessagesRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            start_seq_id: start,
            end_seq_id: end,
            limit,
            ascending,
            ..Default::default()
        };
        call!(self.pool, idempotent(None), ConversationServiceClient, get_messages, request)?.try_into()
    }

    /// Moves the user's read pointer on and answers how many messages are unread then. The user's other sessions are told, `origin`
    /// is not.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INVALID_PARAMETER`.
    pub(crate) async fn mark_as_read(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        seq: Seq,
        origin: Option<&SessionId>,
    ) -> Result<i64> {
        let request = pb::MarkAsReadRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            seq_id: seq.0,
            origin_session_id: origin.map(ToString::to_string).unwrap_or_default(),
        };
        // One process gathers a conversation's receipts.
        let key = Some(conversation.as_str());
        let done = call!(self.pool, idempotent(key), ConversationServiceClient, mark_as_read, request)?;
        Ok(done.unread_count)
    }
}
