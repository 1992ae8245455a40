//! Between the wire and the messages' queries.

use protos::convert::{message_type_filter, parse_message_type, parse_role, text};
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::limits::{MESSAGE_MAX_BYTES, MESSAGE_PAGE};
use protos::model::{Message, RecalledMessage, SavedMessage};
use protos::pb::{repo as pb, types};
use protos::{Error, Reason, Result};

use super::query::{Page, Stretch, not_found};
use super::recall::{Permit, Recall};
use super::reply::replied_to;
use super::save::NewMessage;
use crate::conversation::conversation_ids;

/// Messages in one answer of `GetLatestMessages`; with more conversations each gets fewer.
const LATEST_MAX: usize = 400;

pub(super) fn new_message(request: pb::SaveMessageRequest) -> Result<NewMessage> {
    if request.content.len() + request.extra.len() > MESSAGE_MAX_BYTES {
        let message = format!("content and extra have at most {MESSAGE_MAX_BYTES} bytes");
        return Err(Error::new(Reason::MessageTooLarge, message));
    }
    if request.content.trim().is_empty() {
        return Err(Error::new(Reason::MessageEmpty, "a message without content"));
    }
    let conversation_id = ConversationId::parse("conversation_id", request.conversation_id)?;
    Ok(NewMessage {
        reply_to: replied_to(&conversation_id, &request.extra)?,
        conversation_id,
        sender_id: UserId::parse("sender_id", request.sender_id)?,
        kind: parse_message_type(request.message_type)?,
        content: text("content", request.content)?,
        extra: text("extra", request.extra)?,
        client_msg_id: ClientMsgId::parse("client_msg_id", request.client_msg_id)?,
    })
}

pub(super) fn saved(saved: SavedMessage) -> pb::SaveMessageResponse {
    pb::SaveMessageResponse { message: Some(saved.message.into()) }
}

/// Where a message is; an id that was never ours is that of no message.
pub(super) fn place(message_id: String) -> Result<(ConversationId, Seq)> {
    MessageId::parse("message_id", message_id)?.parts().ok_or_else(not_found)
}

pub(super) fn stretch(request: pb::GetConversationMessagesRequest) -> Result<Stretch> {
    let (from, to) = (request.start_seq_id, request.end_seq_id);
    if from < 0 || to < 0 {
        return Err(Error::invalid("a seq_id must not be negative"));
    }
    Ok(Stretch {
        conversation_id: ConversationId::parse("conversation_id", request.conversation_id)?,
        from,
        to: if to == 0 { i64::MAX } else { to },
        ascending: request.ascending,
        kind: message_type_filter(request.type_filter)?,
        limit: MESSAGE_PAGE.clamp(request.limit)?,
    })
}

pub(super) fn page(page: Page) -> pb::GetConversationMessagesResponse {
    pb::GetConversationMessagesResponse {
        messages: messages(page.messages),
        has_more: page.next.is_some(),
        next_seq_id: page.next.unwrap_or_default().0,
    }
}

pub(super) fn latest(request: pb::GetLatestMessagesRequest) -> Result<(Vec<ConversationId>, i64)> {
    let conversations = conversation_ids(request.conversation_ids)?;
    let wish = i64::from(MESSAGE_PAGE.clamp(request.limit_per_conversation)?);
    let share = (LATEST_MAX / conversations.len().max(1)).max(1) as i64;
    Ok((conversations, wish.min(share)))
}

pub(super) fn key(
    request: pb::CheckMessageIdempotencyRequest,
) -> Result<(ConversationId, UserId, ClientMsgId)> {
    Ok((
        ConversationId::parse("conversation_id", request.conversation_id)?,
        UserId::parse("sender_id", request.sender_id)?,
        ClientMsgId::parse("client_msg_id", request.client_msg_id)?,
    ))
}

pub(super) fn existing(found: Option<MessageId>) -> pb::CheckMessageIdempotencyResponse {
    pb::CheckMessageIdempotencyResponse {
        exists: found.is_some(),
        existing_message_id: found.unwrap_or_default().into(),
    }
}

pub(super) fn recall(request: pb::DeleteMessageRequest) -> Result<Recall> {
    let operator = UserId::parse("operator_id", request.operator_id)?;
    let permit = match (request.sent_since, parse_role(request.role_at_least)?) {
        (0, None) => Permit::Any,
        (0, Some(role)) => Permit::Role(role),
        (since, None) => Permit::Own { since },
        (_, Some(_)) => return Err(Error::invalid("sent_since and role_at_least exclude each other")),
    };
    Ok(Recall { place: place(request.message_id)?, operator, permit })
}

pub(super) fn recalled(recalled: RecalledMessage) -> pb::DeleteMessageResponse {
    pb::DeleteMessageResponse {
        success: true,
        message: Some(recalled.message.into()),
        change: recalled.change,
        operator_id: recalled.operator_id.into(),
        member_version: recalled.member_version,
    }
}

pub(super) fn messages(messages: Vec<Message>) -> Vec<types::Message> {
    messages.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> pb::SaveMessageRequest {
        pb::SaveMessageRequest {
            conversation_id: "c".into(),
            sender_id: "u".into(),
            message_type: 1,
            content: "hello".into(),
            client_msg_id: "k".into(),
            extra: String::new(),
        }
    }

    #[test]
    fn a_message_is_checked_before_it_waits_for_the_writer() {
        assert!(new_message(request()).is_ok());
        let largest = "x".repeat(MESSAGE_MAX_BYTES);
        assert!(new_message(pb::SaveMessageRequest { content: largest.clone(), ..request() }).is_ok());
        let wrong = [
            (
                Reason::MessageTooLarge,
                pb::SaveMessageRequest { content: largest, extra: "{}".into(), ..request() },
            ),
            (Reason::MessageEmpty, pb::SaveMessageRequest { content: " \n".into(), ..request() }),
            (Reason::UnsupportedMessageType, pb::SaveMessageRequest { message_type: 0, ..request() }),
            (Reason::InvalidParameter, pb::SaveMessageRequest { content: "a\0b".into(), ..request() }),
            (Reason::InvalidParameter, pb::SaveMessageRequest { extra: "\0".into(), ..request() }),
            (Reason::InvalidParameter, pb::SaveMessageRequest { client_msg_id: String::new(), ..request() }),
            (
                Reason::InvalidParameter,
                pb::SaveMessageRequest { client_msg_id: "k".repeat(129), ..request() },
            ),
        ];
        for (reason, request) in wrong {
            assert_eq!(new_message(request).unwrap_err().reason(), reason);
        }
    }

    #[test]
    fn many_conversations_share_one_answer() {
        let request = |conversations: usize, limit_per_conversation: i32| pb::GetLatestMessagesRequest {
            conversation_ids: (0..conversations).map(|number| format!("c{number}")).collect(),
            limit_per_conversation,
        };
        assert_eq!(latest(request(1, 0)).unwrap().1, 50);
        assert_eq!(latest(request(1, 500)).unwrap().1, 200);
        assert_eq!(latest(request(100, 50)).unwrap().1, 4);
    }
}
