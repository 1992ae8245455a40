//! What a client says: text frames, parsed.

use protos::convert::parse_message_type;
use protos::ids::{ClientMsgId, ConversationId, MAX_ID_BYTES, MessageId, Seq};
use protos::model::MessageType;
use protos::{Error, Reason};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::alone::{AccessToken, Alone};
use super::sync_frame::SyncData;

/// A client's frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFrame {
    /// Stands in the answer as it stood here.
    pub(super) id: Option<String>,
    /// What it asks for, or why it is refused.
    pub(super) request: Result<Request, Refusal>,
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Store this message and hand it on.
    Send(NewMessage),
    /// Move the read pointer on.
    MarkRead { conversation: ConversationId, seq: Seq },
    /// What goes alone.
    Alone(Alone),
    /// Say something.
    Ping,
    /// Tell the other member of a SINGLE that this device has got everything up to here.
    MarkDelivered { conversation: ConversationId, seq: Seq },
    /// Tell the other members that typing begins, goes on, or ends.
    Typing { conversation: ConversationId, typing: bool },
}

/// A message to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewMessage {
    pub(super) conversation: ConversationId,
    pub(super) content: String,
    pub(super) kind: MessageType,
    /// The client's own, or one made here.
    pub(super) client_msg_id: ClientMsgId,
    pub(super) extra: String,
}

/// Why a frame is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) error: Error,
    /// The frame's `client_msg_id`, where it had one.
    pub(super) client_msg_id: Option<String>,
    /// The frame is nothing that this protocol knows; several in a row end the session.
    pub(super) malformed: bool,
}

impl Refusal {
    fn malformed(message: impl Into<String>) -> Self {
        Self { error: Error::invalid(message), client_msg_id: None, malformed: true }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    /// Parsed once the type is known, straight into what it must be.
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendData {
    conversation_id: String,
    content: String,
    message_type: i32,
    #[serde(rename = "client_msg_id", alias = "clientMsgId")]
    client_msg_id: Option<String>,
    extra: Option<String>,
}

/// What is told back of a message that cannot be read.
#[derive(Default, Deserialize)]
struct KeyOfSend {
    #[serde(rename = "client_msg_id", alias = "clientMsgId")]
    client_msg_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpToData {
    conversation_id: String,
    seq_id: Seq,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypingData {
    conversation_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecallData {
    conversation_id: String,
    message_id: String,
}

#[derive(Deserialize)]
struct AuthData {
    token: String,
}

impl ClientFrame {
    /// Reads a text frame. Unknown fields are ignored.
    pub(super) fn parse(text: &str) -> Self {
        let envelope: Envelope<'_> = match serde_json::from_str(text) {
            Ok(envelope) => envelope,
            Err(error) => {
                let refusal = Refusal::malformed(format!("this is not a frame: {error}"));
                return Self { id: None, request: Err(refusal) };
            }
        };
        if envelope.id.as_ref().is_some_and(|id| id.len() > MAX_ID_BYTES) {
            return Self { id: None, request: Err(Refusal::malformed("the frame's id is too long")) };
        }
        let data = envelope.data.map_or("{}", RawValue::get);
        Self { request: request(&envelope.kind, data), id: envelope.id }
    }
}

fn request(kind: &str, data: &str) -> Result<Request, Refusal> {
    match kind {
        "send-message" => send(data),
        "mark-read" => mark_read(data),
        "mark-delivered" => mark_delivered(data),
        "ping" => Ok(Request::Ping),
        "typing" => typing(data, true),
        "stop-typing" => typing(data, false),
        "recall-message" => recall(data),
        "sync" => sync(data),
        "auth" => auth(data),
        _ => Err(Refusal::malformed("there is no frame of this type")),
    }
}

fn send(data: &str) -> Result<Request, Refusal> {
    let data: SendData = serde_json::from_str(data).map_err(|error| Refusal {
        client_msg_id: serde_json::from_str::<KeyOfSend>(data).unwrap_or_default().client_msg_id,
        ..Refusal::malformed(format!("data is not as it should be: {error}"))
    })?;
    let key = data.client_msg_id.filter(|key| !key.is_empty());
    let told_back = key.clone();
    let read = || {
        Ok(NewMessage {
            conversation: ConversationId::parse("conversationId", data.conversation_id)?,
            content: data.content,
            kind: parse_message_type(data.message_type)?,
            client_msg_id: match key {
                Some(key) => ClientMsgId::parse("client_msg_id", key)?,
                None => ClientMsgId::generate(),
            },
            extra: data.extra.unwrap_or_default(),
        })
    };
    read().map(Request::Send).map_err(|error: Error| Refusal {
        malformed: error.reason() == Reason::InvalidParameter,
        error,
        client_msg_id: told_back,
    })
}

fn read_data<'a, T: Deserialize<'a>>(data: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(data)
        .map_err(|error| Refusal::malformed(format!("data is not as it should be: {error}")))
}

fn wrong_id(error: Error) -> Refusal {
    Refusal { error, client_msg_id: None, malformed: true }
}

fn recall(data: &str) -> Result<Request, Refusal> {
    let data: RecallData = read_data(data)?;
    let conversation = ConversationId::parse("conversationId", data.conversation_id).map_err(wrong_id)?;
    let message = MessageId::parse("messageId", data.message_id).map_err(wrong_id)?;
    Ok(Request::Alone(Alone::Recall { conversation, message }))
}

fn sync(data: &str) -> Result<Request, Refusal> {
    read_data::<SyncData>(data)?.request().map(Request::Alone).map_err(wrong_id)
}

fn auth(data: &str) -> Result<Request, Refusal> {
    let AuthData { token } = read_data(data)?;
    Ok(Request::Alone(Alone::Auth(AccessToken(token))))
}

fn mark_read(data: &str) -> Result<Request, Refusal> {
    let (conversation, seq) = up_to(data)?;
    Ok(Request::MarkRead { conversation, seq })
}

fn mark_delivered(data: &str) -> Result<Request, Refusal> {
    let (conversation, seq) = up_to(data)?;
    if seq.0 < 1 {
        return Err(Refusal::malformed("seqId is at least 1"));
    }
    Ok(Request::MarkDelivered { conversation, seq })
}

fn up_to(data: &str) -> Result<(ConversationId, Seq), Refusal> {
    let data: UpToData = read_data(data)?;
    let conversation = ConversationId::parse("conversationId", data.conversation_id).map_err(wrong_id)?;
    Ok((conversation, data.seq_id))
}

fn typing(data: &str, typing: bool) -> Result<Request, Refusal> {
    let data: TypingData = serde_json::from_str(data)
        .map_err(|error| Refusal::malformed(format!("data is not as it should be: {error}")))?;
    let conversation = ConversationId::parse("conversationId", data.conversation_id)
        .map_err(|error| Refusal { error, client_msg_id: None, malformed: true })?;
    Ok(Request::Typing { conversation, typing })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn refusal(text: &str) -> Refusal {
        ClientFrame::parse(text).request.unwrap_err()
    }

    #[test]
    fn a_message_is_read_with_its_id_and_key() {
        let frame = ClientFrame::parse(
            r#"{"type":"send-message","id":"7","more":1,"data":{"conversationId":"c1","content":"h\u00e9",
               "messageType":2,"client_msg_id":"k1","extra":"{}","more":[1]}}"#,
        );
        let message = NewMessage {
            conversation: "c1".into(),
            content: "hé".into(),
            kind: MessageType::Image,
            client_msg_id: "k1".into(),
            extra: "{}".into(),
        };
        assert_eq!(frame, ClientFrame { id: Some("7".into()), request: Ok(Request::Send(message)) });
    }

    #[test]
    fn a_message_without_a_key_gets_one() {
        let text = r#"{"type":"send-message","data":{"conversationId":"c1","content":"h","messageType":1}}"#;
        let keys = [text, text].map(|text| match ClientFrame::parse(text).request {
            Ok(Request::Send(message)) => message.client_msg_id,
            other => panic!("{other:?}"),
        });
        assert!(!keys[0].as_str().is_empty());
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn a_refused_message_names_its_key() {
        let wrong_type = refusal(
            r#"{"type":"send-message","data":{"conversationId":"c","content":"h","messageType":9,"client_msg_id":"k"}}"#,
        );
        assert_eq!(wrong_type.error.reason(), Reason::UnsupportedMessageType);
        assert_eq!(wrong_type.client_msg_id.as_deref(), Some("k"));
        assert!(!wrong_type.malformed);
        let unreadable = refusal(
            r#"{"type":"send-message","data":{"conversationId":"c","content":5,"client_msg_id":"k"}}"#,
        );
        assert_eq!(unreadable.client_msg_id.as_deref(), Some("k"));
        assert!(unreadable.malformed);
    }

    #[test]
    fn the_other_requests_are_read() {
        let read = r#"{"type":"mark-read","data":{"conversationId":"c1","seqId":4}}"#;
        let mark_read = Request::MarkRead { conversation: "c1".into(), seq: Seq(4) };
        assert_eq!(ClientFrame::parse(read).request, Ok(mark_read));
        let got = r#"{"type":"mark-delivered","data":{"conversationId":"c1","seqId":9223372036854775807}}"#;
        let mark_delivered = Request::MarkDelivered { conversation: "c1".into(), seq: Seq(i64::MAX) };
        assert_eq!(ClientFrame::parse(got).request, Ok(mark_delivered));
        for (kind, typing) in [("typing", true), ("stop-typing", false)] {
            let text = format!(r#"{{"type":"{kind}","data":{{"conversationId":"c1"}}}}"#);
            let request = Request::Typing { conversation: "c1".into(), typing };
            assert_eq!(ClientFrame::parse(&text).request, Ok(request));
        }
        let ping = ClientFrame { id: Some("a".into()), request: Ok(Request::Ping) };
        assert_eq!(ClientFrame::parse(r#"{"id":"a","type":"ping"}"#), ping);
        let sync = ClientFrame::parse(r#"{"type":"sync","id":"s","data":{"conversations":{}}}"#);
        let nothing = Alone::Sync { positions: Vec::new(), limit: 0, partial: false };
        assert_eq!(sync, ClientFrame { id: Some("s".into()), request: Ok(Request::Alone(nothing)) });
        let recall = r#"{"type":"recall-message","data":{"conversationId":"c1","messageId":"c1.4"}}"#;
        let expected = Alone::Recall { conversation: "c1".into(), message: "c1.4".into() };
        assert_eq!(ClientFrame::parse(recall).request, Ok(Request::Alone(expected)));
        let auth = ClientFrame::parse(r#"{"type":"auth","data":{"token":"secret"}}"#).request;
        assert!(!format!("{auth:?}").contains("secret"), "{auth:?}");
        assert_eq!(auth, Ok(Request::Alone(Alone::Auth(AccessToken("secret".into())))));
    }

    #[test]
    fn what_is_no_frame_is_malformed() {
        let deep =
            format!(r#"{{"type":"send-message","data":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let frames = [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"no-such"}"#,
            r#"{"type":"ping","type":"ping"}"#,
            r#"{"type":"ping","id":7}"#,
            r#"{"type":"mark-read"}"#,
            r#"{"type":"typing"}"#,
            r#"{"type":"stop-typing","data":{"conversationId":""}}"#,
            r#"{"type":"auth","data":{}}"#,
            r#"{"type":"recall-message","data":{"conversationId":"c"}}"#,
            r#"{"type":"sync","data":{"conversations":[]}}"#,
            r#"{"type":"mark-read","data":{"conversationId":"","seqId":1}}"#,
            r#"{"type":"mark-read","data":{"conversationId":"c","seqId":1e400}}"#,
            r#"{"type":"mark-read","data":{"conversationId":"c","seqId":99999999999999999999}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"c"}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"","seqId":1}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"c","seqId":0}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"c","seqId":-1}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"c","seqId":1.5}}"#,
            r#"{"type":"mark-delivered","data":{"conversationId":"c","seqId":9223372036854775808}}"#,
            r#"{"type":"send-message","data":{"conversationId":"c","content":"\ud800","messageType":1}}"#,
            r#"{"type":"send-message","data":{"conversationId":"c","content":"x","messageType":NaN}}"#,
            &deep,
        ];
        for text in frames {
            assert!(refusal(text).malformed, "{text}");
        }
        let long_id = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(MAX_ID_BYTES + 1));
        assert!(refusal(&long_id).malformed);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), kind in "send-message|mark-read|mark-delivered|recall-message|ping|sync") {
            ClientFrame::parse(&text);
            ClientFrame::parse(&format!(r#"{{"type":"{kind}","data":{text}}}"#));
        }
    }
}
