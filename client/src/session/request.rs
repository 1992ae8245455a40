//! What a client asks of the server on a session, and what is answered.

use std::borrow::Cow;

use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq};
use protos::model::MessageType;
use serde::{Deserialize, Serialize};

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// What kind.
    pub kind: MessageType,
    /// Not empty; with `extra` at most 32 KiB.
    pub content: String,
    /// JSON text, or empty.
    pub extra: String,
    /// The sender's own key: the same key again is the same message.
    pub client_msg_id: ClientMsgId,
}

impl NewMessage {
    /// A text under a new key.
    #[must_use]
    pub fn text(conversation: &ConversationId, content: impl Into<String>) -> Self {
        Self {
            conversation_id: conversation.clone(),
            kind: MessageType::Text,
            content: content.into(),
            extra: String::new(),
            client_msg_id: ClientMsgId::generate(),
        }
    }

    /// The same of another kind.
    #[must_use]
    pub fn of_kind(self, kind: MessageType) -> Self {
        Self { kind, ..self }
    }

    /// The same under a key of one's own, to repeat it later or from elsewhere.
    #[must_use]
    pub fn with_key(self, client_msg_id: ClientMsgId) -> Self {
        Self { client_msg_id, ..self }
    }

    /// The same with JSON text beside the content.
    #[must_use]
    pub fn with_extra(self, extra: impl Into<String>) -> Self {
        Self { extra: extra.into(), ..self }
    }
}

/// A message is durable, and was handed to the gateways of its receivers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ack {
    /// The sender's key.
    #[serde(rename = "client_msg_id", default)]
    pub client_msg_id: ClientMsgId,
    /// Which message it became.
    pub message_id: MessageId,
    /// Its place in the conversation.
    #[serde(rename = "seqId")]
    pub seq: Seq,
    /// Where.
    pub conversation_id: ConversationId,
    /// Unix seconds.
    #[serde(default)]
    pub created_at: i64,
}

/// The read pointer was moved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadAck {
    pub(super) unread_count: i64,
}

/// A request; each may be made twice without harm, so an unanswered one is made again on the next connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Send(NewMessage),
    MarkRead { conversation: ConversationId, seq: Seq },
    Ping,
}

/// What a [`Request`] is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Sent(Ack),
    Read(ReadAck),
    Pong,
}

#[derive(Serialize)]
struct Frame<'a, T> {
    r#type: &'static str,
    id: Cow<'a, str>,
    data: T,
    timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendMessage<'a> {
    conversation_id: &'a ConversationId,
    content: &'a str,
    message_type: i32,
    #[serde(rename = "client_msg_id")]
    client_msg_id: &'a ClientMsgId,
    #[serde(skip_serializing_if = "str::is_empty")]
    extra: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MarkRead<'a> {
    conversation_id: &'a ConversationId,
    seq_id: Seq,
}

#[derive(Serialize)]
struct Nothing {}

impl Request {
    /// The frame's text; `now` is in Unix seconds.
    pub(super) fn encode(&self, id: u64, now: i64) -> String {
        match self {
            Self::Send(message) => {
                let data = SendMessage {
                    conversation_id: &message.conversation_id,
                    content: &message.content,
                    message_type: message.kind as i32,
                    client_msg_id: &message.client_msg_id,
                    extra: &message.extra,
                };
                frame("send-message", id, data, now)
            }
            Self::MarkRead { conversation, seq } => {
                frame("mark-read", id, MarkRead { conversation_id: conversation, seq_id: *seq }, now)
            }
            Self::Ping => frame("ping", id, Nothing {}, now),
        }
    }
}

fn frame<T: Serialize>(kind: &'static str, id: u64, data: T, timestamp: i64) -> String {
    let frame = Frame { r#type: kind, id: id.to_string().into(), data, timestamp };
    // Strings and numbers under string keys: nothing of that can fail.
    serde_json::to_string(&frame).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn encoded(request: &Request) -> Value {
        serde_json::from_str(&request.encode(7, 100)).unwrap()
    }

    #[test]
    fn requests_have_the_contracts_frames() {
        let message = NewMessage::text(&"c".into(), "hi").with_key("k".into());
        assert_eq!(
            encoded(&Request::Send(message.clone())),
            json!({
                "type": "send-message", "id": "7", "timestamp": 100,
                "data": {"conversationId": "c", "content": "hi", "messageType": 1, "client_msg_id": "k"},
            })
        );
        let image = message.of_kind(MessageType::Image).with_extra(r#"{"w":1}"#);
        assert_eq!(
            encoded(&Request::Send(image))["data"],
            json!({
                "conversationId": "c", "content": "hi", "messageType": 2, "client_msg_id": "k", "extra": "{\"w\":1}",
            })
        );
        let read = Request::MarkRead { conversation: "c".into(), seq: Seq(3) };
        assert_eq!(encoded(&read)["data"], json!({"conversationId": "c", "seqId": 3}));
        assert_eq!(encoded(&Request::Ping)["type"], "ping");
    }
}
