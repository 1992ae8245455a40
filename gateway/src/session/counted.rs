//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): what a client says, read, and what it is told, encoded.

use bytestring::ByteString;
use protos::ids::{MessageId, Seq};
use protos::model::{ChatEvent, Message, MessageType, UserInfo};

use super::frame::ClientFrame;
use super::outgoing::{self, Head};

const SENT: &str = r#"{"type":"send-message","id":"4711","data":{"conversationId":"0199c0de-0000-7000-8000-000000000001","content":"one hundred bytes are about what people write, and this is one of the messages that they might write","messageType":1,"client_msg_id":"0199c0de-0000-4000-8000-00000000000a"}}"#;

/// A stored message as it is sent to its receivers.
pub(crate) fn message() -> Message {
    let conversation_id = "0199c0de-0000-7000-8000-000000000001".into();
    Message {
        id: MessageId::new(&conversation_id, Seq(815)),
        conversation_id,
        sender: UserInfo {
            id: "0199c0de-0000-7000-8000-000000000002".into(),
            username: "annabelle".into(),
            avatar_url: "https://chat.example/avatars/annabelle.png".into(),
        },
        kind: MessageType::Text,
        content: "one hundred bytes are about what people write, and this is one of the messages that they might write"
            .into(),
        seq: Seq(815),
        client_msg_id: "0199c0de-0000-4000-8000-00000000000a".into(),
        deleted: false,
        extra: String::new(),
        created_at: 1_800_000_000,
        updated_at: 1_800_000_000,
    }
}

#[inline(never)]
fn parse_send_message_counted(text: &str) -> ClientFrame {
    ClientFrame::parse(text)
}

#[inline(never)]
fn encode_new_message_counted(event: &ChatEvent) -> ByteString {
    outgoing::chat(event, 1_800_000_000)
}

#[inline(never)]
fn encode_message_ack_counted(message: &Message) -> ByteString {
    let head = Head { id: Some("4711"), now: 1_800_000_000 };
    outgoing::message_ack(head, message.client_msg_id.as_str(), message)
}

#[test]
fn a_message_is_parsed_encoded_and_acknowledged() {
    let event = ChatEvent::NewMessage(message());
    for _ in 0..2 {
        assert!(parse_send_message_counted(SENT).request.is_ok());
        assert!(encode_new_message_counted(&event).contains("annabelle"));
        assert!(encode_message_ack_counted(&message()).contains("message-ack"));
    }
}
