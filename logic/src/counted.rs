//! What the functions that `scripts/instructions.sh` counts (see `kit/src/counted.rs`) are called with.

use protos::ids::{MessageId, Seq};
use protos::model::{ConversationType, Message, MessageType, SavedMessage, UserInfo};

/// 100 messages, stored.
pub(crate) fn saved() -> Vec<SavedMessage> {
    let saved = |seq: i64| SavedMessage {
        message: message(Seq(seq)),
        duplicate: false,
        member_version: 7,
        conversation_type: ConversationType::Group,
    };
    (1..=100).map(saved).collect()
}

fn message(seq: Seq) -> Message {
    let conversation_id = "0199c0de-0000-7000-8000-000000000001".into();
    Message {
        id: MessageId::new(&conversation_id, seq),
        conversation_id,
        sender: UserInfo {
            id: "0199c0de-0000-7000-8000-000000000002".into(),
            username: "annabelle".into(),
            avatar_url: "https://chat.example/avatars/annabelle.png".into(),
        },
        kind: MessageType::Text,
        content: "x".repeat(100),
        seq,
        client_msg_id: "0199c0de-0000-4000-8000-00000000000a".into(),
        deleted: false,
        extra: String::new(),
        created_at: 1_800_000_000,
        updated_at: 1_800_000_000,
    }
}
