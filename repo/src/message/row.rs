//! A message as a row.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use protos::ids::{ConversationId, MessageId, Seq};
use protos::model::{Message, MessageType, UserInfo};

/// What a query selects for a [`MessageRow`], from `messages` and, where it may be absent, the user `sender`.
macro_rules! message_columns {
    () => {
        "messages.conversation_id AS message_conversation_id, messages.seq_id, messages.sender_id, \
         messages.message_type, messages.content, messages.extra, messages.client_msg_id, messages.deleted, \
         messages.created_at AS message_created_at, messages.updated_at AS message_updated_at, \
         COALESCE(sender.username, '') AS sender_username, COALESCE(sender.avatar_url, '') AS sender_avatar_url"
    };
}
pub(crate) use message_columns;

/// A message with its sender.
#[derive(Debug, QueryableByName)]
pub(crate) struct MessageRow {
    #[diesel(sql_type = Text)]
    message_conversation_id: String,
    #[diesel(sql_type = BigInt)]
    seq_id: i64,
    #[diesel(sql_type = Text)]
    sender_id: String,
    #[diesel(sql_type = Integer)]
    message_type: i32,
    #[diesel(sql_type = Text)]
    content: String,
    #[diesel(sql_type = Text)]
    extra: String,
    #[diesel(sql_type = Text)]
    client_msg_id: String,
    #[diesel(sql_type = Bool)]
    deleted: bool,
    #[diesel(sql_type = BigInt)]
    message_created_at: i64,
    #[diesel(sql_type = BigInt)]
    message_updated_at: i64,
    #[diesel(sql_type = Text)]
    sender_username: String,
    #[diesel(sql_type = Text)]
    sender_avatar_url: String,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let conversation_id = ConversationId::from(row.message_conversation_id);
        let seq = Seq(row.seq_id);
        Self {
            id: MessageId::new(&conversation_id, seq),
            conversation_id,
            sender: UserInfo {
                id: row.sender_id.into(),
                username: row.sender_username,
                avatar_url: row.sender_avatar_url,
            },
            kind: message_type(row.message_type),
            content: row.content,
            seq,
            client_msg_id: row.client_msg_id.into(),
            deleted: row.deleted,
            extra: row.extra,
            created_at: row.message_created_at,
            updated_at: row.message_updated_at,
        }
    }
}

/// A type of a later version reads as text.
fn message_type(number: i32) -> MessageType {
    [MessageType::Image, MessageType::File, MessageType::System, MessageType::Voice, MessageType::Video]
        .into_iter()
        .find(|kind| *kind as i32 == number)
        .unwrap_or(MessageType::Text)
}
