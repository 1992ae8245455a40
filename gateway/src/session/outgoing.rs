//! What a client is told: frames, encoded. A frame for many sessions is encoded once, and they share its bytes.

use bytestring::ByteString;
use protos::Error;
use protos::ids::{ConversationId, GatewayId, PushId, Seq, SessionId, UserId};
use protos::model::limits::FRAME_MAX_BYTES;
use protos::model::{ChatEvent, Message};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::EventJson;

/// `{"type":…,"id":…,"pushId":…,"data":…,"timestamp":…}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Frame<'a, D> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_id: Option<&'a PushId>,
    data: D,
    timestamp: i64,
}

/// A kind of frame, the request's id that it answers, and the time in Unix seconds.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) now: i64,
}

fn encode<D: Serialize>(frame: &Frame<'_, D>) -> ByteString {
    // Nothing in a frame can fail to become JSON: the keys are strings and nothing is written by hand.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// An answer of this kind.
pub(super) fn answer<D: Serialize>(kind: &str, head: Head<'_>, data: D) -> ByteString {
    encode(&Frame { kind, id: head.id, push_id: None, data, timestamp: head.now })
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HelloJson<'a> {
    session_id: &'a SessionId,
    user_id: &'a UserId,
    gateway_id: &'a GatewayId,
    server_time: i64,
    heartbeat_seconds: u64,
    max_message_bytes: usize,
}

/// The first frame of a session.
pub(super) fn hello(
    session: &SessionId,
    user: &UserId,
    gateway: &GatewayId,
    heartbeat_seconds: u64,
    now: i64,
) -> ByteString {
    let data = HelloJson {
        session_id: session,
        user_id: user,
        gateway_id: gateway,
        server_time: now,
        heartbeat_seconds,
        max_message_bytes: FRAME_MAX_BYTES,
    };
    answer("hello", Head { id: None, now }, data)
}

/// The answer to `ping`.
pub(super) fn pong(head: Head<'_>) -> ByteString {
    answer("pong", head, Nothing {})
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageAckJson<'a> {
    #[serde(rename = "client_msg_id")]
    client_msg_id: &'a str,
    message_id: &'a str,
    seq_id: Seq,
    conversation_id: &'a ConversationId,
    created_at: i64,
    status: &'static str,
}

/// The answer to `send-message`: it is durable. `client_msg_id` is the one sent, or made here.
pub(super) fn message_ack(head: Head<'_>, client_msg_id: &str, message: &Message) -> ByteString {
    let data = MessageAckJson {
        client_msg_id,
        message_id: message.id.as_str(),
        seq_id: message.seq,
        conversation_id: &message.conversation_id,
        created_at: message.created_at,
        status: "success",
    };
    answer("message-ack", head, data)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadAckJson<'a> {
    conversation_id: &'a ConversationId,
    seq_id: Seq,
    unread_count: i64,
}

/// The answer to `mark-read`.
pub(super) fn read_ack(
    head: Head<'_>,
    conversation: &ConversationId,
    seq: Seq,
    unread_count: i64,
) -> ByteString {
    answer("read-ack", head, ReadAckJson { conversation_id: conversation, seq_id: seq, unread_count })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecallAckJson<'a> {
    conversation_id: &'a ConversationId,
    message_id: &'a str,
    seq_id: Seq,
    status: &'static str,
}

/// The answer to `recall-message`.
pub(super) fn recall_ack(head: Head<'_>, left: &Message) -> ByteString {
    let data = RecallAckJson {
        conversation_id: &left.conversation_id,
        message_id: left.id.as_str(),
        seq_id: left.seq,
        status: "success",
    };
    answer("message-ack", head, data)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthAckJson {
    expires_in: i64,
}

/// The answer to `auth`; `expires_at` in Unix seconds.
pub(super) fn auth_ack(head: Head<'_>, expires_at: i64) -> ByteString {
    answer("auth-ack", head, AuthAckJson { expires_in: expires_at })
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    code: &'static str,
    message: &'a str,
    details: DetailsJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailsJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
}

/// The answer to a request that failed.
pub(super) fn error(head: Head<'_>, error: &Error, client_msg_id: Option<&str>) -> ByteString {
    let data = ErrorJson {
        code: error.reason().as_str(),
        message: error.message(),
        details: DetailsJson { retry_after_ms: error.retry_after_hint().map(|wait| wait.as_millis()) },
        client_msg_id,
    };
    answer("error", head, data)
}

/// What happened in chat.
pub(crate) fn chat(event: &ChatEvent, now: i64) -> ByteString {
    encode(&Frame { kind: kind_of(event), id: None, push_id: None, data: EventJson(event), timestamp: now })
}

fn kind_of(event: &ChatEvent) -> &'static str {
    match event {
        ChatEvent::NewMessage(_) => "new-message",
        ChatEvent::MessageRecalled { .. } => "message-recalled",
        ChatEvent::ConversationCreated(_) => "conversation-created",
        ChatEvent::ConversationUpdated(_) => "conversation-updated",
        ChatEvent::ConversationDeleted(_) => "conversation-deleted",
        ChatEvent::MembersAdded(_) => "member-added",
        ChatEvent::MembersRemoved(_) => "member-removed",
        ChatEvent::ReadReceipt { .. } => "read-receipt",
        ChatEvent::DeliveryReceipt { .. } => "delivery-receipt",
        ChatEvent::Typing { .. } => "typing-indicator",
        ChatEvent::OnlineStatus { .. } => "online-status",
        ChatEvent::FriendRequested(_) => "friend-request",
        ChatEvent::FriendAccepted { .. } => "friend-accepted",
        ChatEvent::Resync(_) => "resync",
    }
}

/// What a backend job pushed, as it pushed it.
pub(crate) fn pushed(kind: &str, data: &RawValue, push_id: Option<&PushId>, now: i64) -> ByteString {
    encode(&Frame { kind, id: None, push_id, data, timestamp: now })
}

#[cfg(test)]
mod tests {
    use protos::Reason;
    use protos::ids::MessageId;
    use protos::model::{MessageType, UserInfo};
    use serde_json::{Value, json};

    use super::*;

    const HEAD: Head<'_> = Head { id: Some("7"), now: 100 };

    fn parsed(frame: &ByteString) -> Value {
        serde_json::from_str(frame).unwrap()
    }

    fn message() -> Message {
        Message {
            id: MessageId::new(&"c1".into(), Seq(3)),
            conversation_id: "c1".into(),
            sender: UserInfo { id: "u1".into(), username: "ann".into(), avatar_url: String::new() },
            kind: MessageType::Text,
            content: "hello".into(),
            seq: Seq(3),
            client_msg_id: "first".into(),
            deleted: false,
            extra: String::new(),
            created_at: 90,
            updated_at: 90,
        }
    }

    #[test]
    fn answers_have_the_contracts_fields() {
        let hello = hello(&"s1".into(), &"u1".into(), &"g1".into(), 20, 100);
        let expected = json!({"type": "hello", "timestamp": 100, "data": {
            "sessionId": "s1", "userId": "u1", "gatewayId": "g1", "serverTime": 100,
            "heartbeatSeconds": 20, "maxMessageBytes": 65_536,
        }});
        assert_eq!(parsed(&hello), expected);
        let pong = json!({"type": "pong", "id": "7", "data": {}, "timestamp": 100});
        assert_eq!(parsed(&super::pong(HEAD)), pong);
        let ack = json!({"type": "message-ack", "id": "7", "timestamp": 100, "data": {
            "client_msg_id": "k1", "messageId": "c1.3", "seqId": 3, "conversationId": "c1",
            "createdAt": 90, "status": "success",
        }});
        assert_eq!(parsed(&message_ack(HEAD, "k1", &message())), ack);
        let recalled = json!({"type": "message-ack", "id": "7", "timestamp": 100, "data": {
            "conversationId": "c1", "messageId": "c1.3", "seqId": 3, "status": "success",
        }});
        assert_eq!(parsed(&recall_ack(HEAD, &message())), recalled);
        let auth = json!({"type": "auth-ack", "id": "7", "timestamp": 100, "data": {"expiresIn": 900}});
        assert_eq!(parsed(&auth_ack(HEAD, 900)), auth);
        let read = json!({"type": "read-ack", "id": "7", "timestamp": 100, "data": {
            "conversationId": "c1", "seqId": 3, "unreadCount": 2,
        }});
        assert_eq!(parsed(&read_ack(HEAD, &"c1".into(), Seq(3), 2)), read);
    }

    #[test]
    fn an_error_names_its_message() {
        let limited =
            Error::new(Reason::RateLimited, "slow down").retry_after(std::time::Duration::from_secs(1));
        let expected = json!({"type": "error", "id": "7", "timestamp": 100, "data": {
            "code": "RATE_LIMITED", "message": "slow down", "details": {"retryAfterMs": 1000},
            "client_msg_id": "k1",
        }});
        assert_eq!(parsed(&error(HEAD, &limited, Some("k1"))), expected);
        let plain = parsed(&error(Head { id: None, now: 1 }, &Error::invalid("no"), None));
        assert_eq!(plain["data"], json!({"code": "INVALID_PARAMETER", "message": "no", "details": {}}));
        assert_eq!(plain.get("id"), None);
    }

    #[test]
    fn a_push_is_passed_on_as_it_is() {
        let data = RawValue::from_string(r#"{"big":12345678901234567890.10,"x":[1]}"#.to_owned()).unwrap();
        let frame = pushed("notification", &data, Some(&"p1".into()), 100);
        assert!(frame.contains(data.get()), "{frame}");
        assert_eq!(parsed(&frame)["pushId"], "p1");
        assert_eq!(parsed(&pushed("x", &data, None, 1)).get("pushId"), None);
    }

    #[test]
    fn a_new_message_is_one() {
        let frame = parsed(&chat(&ChatEvent::NewMessage(message()), 100));
        assert_eq!((&frame["type"], &frame["data"]["seqId"]), (&json!("new-message"), &json!(3)));
    }
}
