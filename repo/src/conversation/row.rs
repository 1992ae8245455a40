//! A conversation as a row.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use protos::model::{Conversation, ConversationType, Role};

/// What a query selects for a [`ConversationRow`], from `conversations c`.
macro_rules! conversation_columns {
    () => {
        "c.id AS conversation_id, c.type AS conversation_type, c.name, c.avatar_url AS conversation_avatar_url, \
         c.description, c.owner_id, c.member_count, c.created_at AS conversation_created_at, \
         c.updated_at AS conversation_updated_at"
    };
}
pub(super) use conversation_columns;

/// A conversation, without what differs from member to member.
#[derive(Debug, QueryableByName)]
pub(super) struct ConversationRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = Integer)]
    conversation_type: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    conversation_avatar_url: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Nullable<Text>)]
    owner_id: Option<String>,
    #[diesel(sql_type = Integer)]
    member_count: i32,
    #[diesel(sql_type = BigInt)]
    conversation_created_at: i64,
    #[diesel(sql_type = BigInt)]
    conversation_updated_at: i64,
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            id: row.conversation_id.into(),
            kind: conversation_type(row.conversation_type),
            name: row.name,
            avatar_url: row.conversation_avatar_url,
            description: row.description,
            owner_id: row.owner_id.map(Into::into),
            member_count: row.member_count,
            created_at: row.conversation_created_at,
            updated_at: row.conversation_updated_at,
        }
    }
}

/// A type of a later version is treated as a group.
pub(super) fn conversation_type(number: i32) -> ConversationType {
    [ConversationType::Single, ConversationType::World]
        .into_iter()
        .find(|kind| *kind as i32 == number)
        .unwrap_or(ConversationType::Group)
}

/// A role of a later version may no more than a member.
pub(super) fn role(number: i32) -> Role {
    [Role::Owner, Role::Admin].into_iter().find(|role| *role as i32 == number).unwrap_or(Role::Member)
}
