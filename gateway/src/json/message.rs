//! Messages.

use protos::model::Message;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserInfoJson;

/// A message in an HTTP answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Message)]
pub(crate) struct MessageJson<'a> {
    id: &'a str,
    conversation_id: &'a str,
    sender_id: &'a str,
    sender: UserInfoJson<'a>,
    /// 1 TEXT, 2 IMAGE, 3 FILE, 4 SYSTEM, 5 VOICE, 6 VIDEO.
    #[schema(minimum = 1, maximum = 6)]
    message_type: i32,
    /// Empty once recalled.
    content: &'a str,
    /// 1, 2, 3 … in its conversation.
    #[schema(minimum = 1)]
    seq_id: i64,
    client_msg_id: &'a str,
    /// Recalled.
    deleted: bool,
    /// JSON text, or empty.
    extra: &'a str,
    /// Unix seconds.
    created_at: i64,
    /// Unix seconds.
    updated_at: i64,
}

impl<'a> From<&'a Message> for MessageJson<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: message.id.as_str(),
            conversation_id: message.conversation_id.as_str(),
            sender_id: message.sender.id.as_str(),
            sender: (&message.sender).into(),
            message_type: message.kind as i32,
            content: &message.content,
            seq_id: message.seq.0,
            client_msg_id: message.client_msg_id.as_str(),
            deleted: message.deleted,
            extra: &message.extra,
            created_at: message.created_at,
            updated_at: message.updated_at,
        }
    }
}

/// The `data` of a `new-message` frame.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewMessageJson<'a> {
    id: &'a str,
    conversation_id: &'a str,
    sender: UserInfoJson<'a>,
    content: &'a str,
    message_type: i32,
    seq_id: i64,
    client_msg_id: &'a str,
    extra: &'a str,
    deleted: bool,
    created_at: i64,
}

impl<'a> From<&'a Message> for NewMessageJson<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: message.id.as_str(),
            conversation_id: message.conversation_id.as_str(),
            sender: (&message.sender).into(),
            content: &message.content,
            message_type: message.kind as i32,
            seq_id: message.seq.0,
            client_msg_id: message.client_msg_id.as_str(),
            extra: &message.extra,
            deleted: message.deleted,
            created_at: message.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use protos::ids::{MessageId, Seq};
    use protos::model::{MessageType, UserInfo};
    use serde_json::json;

    use super::*;

    fn message() -> Message {
        Message {
            id: MessageId::new(&"c1".into(), Seq(7)),
            conversation_id: "c1".into(),
            sender: UserInfo { id: "u1".into(), username: "ann".into(), avatar_url: "a.png".into() },
            kind: MessageType::Voice,
            content: "hello".into(),
            seq: Seq(7),
            client_msg_id: "k1".into(),
            deleted: false,
            extra: r#"{"a":1}"#.into(),
            created_at: 100,
            updated_at: 101,
        }
    }

    #[test]
    fn a_message_over_http_has_the_contracts_fields() {
        let expected = json!({
            "id": "c1.7", "conversationId": "c1", "senderId": "u1",
            "sender": {"id": "u1", "username": "ann", "avatarUrl": "a.png"},
            "messageType": 5, "content": "hello", "seqId": 7, "clientMsgId": "k1", "deleted": false,
            "extra": "{\"a\":1}", "createdAt": 100, "updatedAt": 101,
        });
        assert_eq!(serde_json::to_value(MessageJson::from(&message())).unwrap(), expected);
    }

    #[test]
    fn a_new_message_frame_has_the_contracts_fields() {
        let expected = json!({
            "id": "c1.7", "conversationId": "c1",
            "sender": {"id": "u1", "username": "ann", "avatarUrl": "a.png"},
            "content": "hello", "messageType": 5, "seqId": 7, "clientMsgId": "k1", "extra": "{\"a\":1}",
            "deleted": false, "createdAt": 100,
        });
        assert_eq!(serde_json::to_value(NewMessageJson::from(&message())).unwrap(), expected);
    }
}
