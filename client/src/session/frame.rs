//! What the server sends. A frame is read in one pass, its data in a second into the one type that it has.

use std::borrow::Cow;

use protos::ids::{ClientMsgId, PushId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Hello, Pushed, Refusal, Resync};
use super::request::{Ack, Answer, ReadAck};
use crate::model::Message;

/// A frame of the server.
#[derive(Debug, PartialEq)]
pub(super) struct ServerFrame {
    /// Of the request that it answers.
    pub(super) id: Option<u64>,
    pub(super) body: Body,
}

#[derive(Debug, PartialEq)]
pub(super) enum Body {
    Hello(Hello),
    Message(Message),
    Answer(Answer),
    Refused(Refusal),
    Resync(Resync),
    /// What happened in chat beside messages.
    Chat(Pushed),
    /// Whatever has no meaning to this client.
    Pushed(Pushed),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    push_id: Option<PushId>,
}

#[derive(Deserialize)]
struct ErrorData {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    client_msg_id: Option<ClientMsgId>,
}

impl From<ErrorData> for Refusal {
    fn from(data: ErrorData) -> Self {
        Self {
            error: protos::Error::from_wire(&data.code, data.message),
            client_msg_id: data.client_msg_id.filter(|key| !key.as_str().is_empty()),
        }
    }
}

/// The contract's frames that tell what happened in chat beside messages.
const CHAT: [&str; 13] = [
    "message-recalled",
    "read-receipt",
    "delivery-receipt",
    "typing-indicator",
    "online-status",
    "conversation-created",
    "conversation-updated",
    "conversation-deleted",
    "member-added",
    "member-removed",
    "friend-request",
    "friend-accepted",
    "auth-ack",
];

/// Reads a text frame.
///
/// # Errors
/// When it is not a frame, or its data does not suit its type.
pub(super) fn decode(text: &str) -> Result<ServerFrame, serde_json::Error> {
    let envelope: Envelope<'_> = serde_json::from_str(text)?;
    let data = envelope.data.map_or("{}", RawValue::get);
    let body = match envelope.kind.as_ref() {
        "hello" => Body::Hello(serde_json::from_str(data)?),
        "new-message" => Body::Message(serde_json::from_str(data)?),
        "message-ack" => Body::Answer(Answer::Sent(serde_json::from_str::<Ack>(data)?)),
        "read-ack" => Body::Answer(Answer::Read(serde_json::from_str::<ReadAck>(data)?)),
        "pong" => Body::Answer(Answer::Pong),
        "error" => Body::Refused(serde_json::from_str::<ErrorData>(data)?.into()),
        "resync" => Body::Resync(serde_json::from_str(data)?),
        kind => {
            let is_chat = CHAT.contains(&kind);
            let pushed = Pushed { kind: kind.to_owned(), data: data.to_owned(), push_id: envelope.push_id };
            if is_chat { Body::Chat(pushed) } else { Body::Pushed(pushed) }
        }
    };
    Ok(ServerFrame { id: envelope.id.and_then(|id| id.parse().ok()), body })
}

#[cfg(test)]
mod tests {
    use protos::Reason;
    use protos::ids::Seq;

    use super::*;

    fn body(text: &str) -> Body {
        decode(text).unwrap().body
    }

    #[test]
    fn an_ack_is_matched_by_its_id() {
        let text = r#"{"type":"message-ack","id":"12","timestamp":1,"data":{"client_msg_id":"k","messageId":"c.5",
            "seqId":5,"conversationId":"c","createdAt":9,"status":"success"}}"#;
        let ack = Ack {
            client_msg_id: "k".into(),
            message_id: "c.5".into(),
            seq: Seq(5),
            conversation_id: "c".into(),
            created_at: 9,
        };
        assert_eq!(
            decode(text).unwrap(),
            ServerFrame { id: Some(12), body: Body::Answer(Answer::Sent(ack)) }
        );
    }

    #[test]
    fn a_new_message_is_read_with_escapes() {
        let text = r#"{"type":"new-message","data":{"id":"c.1","conversationId":"c","sender":{"id":"u",
            "username":"a\"b","avatarUrl":""},"content":"line\nend \u00e9","messageType":1,"seqId":1,"clientMsgId":"k",
            "extra":"","deleted":false,"createdAt":5},"timestamp":5}"#;
        let Body::Message(message) = body(text) else { panic!("not a message") };
        assert_eq!((message.sender.username.as_str(), message.content.as_str()), ("a\"b", "line\nend é"));
    }

    #[test]
    fn an_error_names_its_message_or_none() {
        let Body::Refused(refusal) = body(
            r#"{"type":"error","data":{"code":"MEMBER_MUTED","message":"no","details":null,"client_msg_id":"k"}}"#,
        ) else {
            panic!("not an error")
        };
        assert_eq!((refusal.error.reason(), refusal.client_msg_id), (Reason::MemberMuted, Some("k".into())));
        let Body::Refused(refusal) = body(r#"{"type":"error","data":{"code":"INVALID_PARAMETER"}}"#) else {
            panic!("not an error")
        };
        assert_eq!(refusal.client_msg_id, None);
    }

    #[test]
    fn what_a_job_pushes_stays_as_it_was_pushed() {
        let text = r#"{"type":"notification","pushId":"p1","data":{"text":"hi","n":1.50},"timestamp":1}"#;
        let expected = Pushed {
            kind: "notification".into(),
            data: r#"{"text":"hi","n":1.50}"#.into(),
            push_id: Some("p1".into()),
        };
        assert_eq!(body(text), Body::Pushed(expected));
        let bare = Pushed { kind: "later-type".into(), data: "{}".into(), push_id: None };
        assert_eq!(body(r#"{"type":"later-type"}"#), Body::Pushed(bare));
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for text in
            ["", "[]", "{}", r#"{"type":5}"#, r#"{"type":"hello","data":{}}"#, r#"{"type":"new-message"}"#]
        {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_resync_names_conversations_or_all() {
        assert_eq!(body(r#"{"type":"resync","data":{}}"#), Body::Resync(Resync::default()));
        let named = Resync { conversations: Some(vec!["c".into()]) };
        assert_eq!(body(r#"{"type":"resync","data":{"conversations":["c"]}}"#), Body::Resync(named));
    }
}
