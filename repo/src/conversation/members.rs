//! Who is in a conversation.

use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::Error;
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{Conversation, ConversationType, Member, Role, UserInfo};

use super::details::shown_pointer;
use super::list::{Listed, conversation};
use super::row::{conversation_type, role};
use crate::store::{DbConnection, StoreResult, sql};

/// A page of members: owner, admins, then the others by when they joined.
#[derive(Debug)]
pub(super) struct MemberPage {
    pub(super) conversation_id: ConversationId,
    pub(super) role: Option<Role>,
    pub(super) offset: i64,
    pub(super) limit: u32,
}

#[derive(QueryableByName)]
struct MemberRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Text)]
    avatar_url: String,
    #[diesel(sql_type = Integer)]
    role: i32,
    #[diesel(sql_type = Bool)]
    muted: bool,
    #[diesel(sql_type = BigInt)]
    joined_at: i64,
    #[diesel(sql_type = BigInt)]
    last_read_seq: i64,
}

/// The members of a page.
pub(super) fn page(connection: &mut DbConnection, page: &MemberPage) -> StoreResult<Listed<Member>> {
    let conversation = conversation(connection, &page.conversation_id)?;
    let total = match page.role {
        None => i64::from(conversation.member_count),
        Some(role) => count(connection, &page.conversation_id, role)?,
    };
    let rows = sql("SELECT users.id AS user_id, users.username, users.avatar_url, m.role, m.muted, m.joined_at, m.last_read_seq
         FROM conversation_members m JOIN users ON users.id = m.user_id
         WHERE m.conversation_id = $1 AND ($2 = 0 OR m.role = $2)
         ORDER BY m.role DESC, m.joined_at, m.user_id LIMIT $3 OFFSET $4")
    .bind::<Text, _>(page.conversation_id.as_str())
    .bind::<Integer, _>(page.role.map_or(0, |role| role as i32))
    .bind::<BigInt, _>(i64::from(page.limit))
    .bind::<BigInt, _>(page.offset)
    .load::<MemberRow>(connection)?;
    let members = rows.into_iter().map(|row| row.of(&conversation)).collect();
    Ok(Listed::new(members, total, page.offset))
}

impl MemberRow {
    fn of(self, conversation: &Conversation) -> Member {
        Member {
            user: UserInfo { id: self.user_id.into(), username: self.username, avatar_url: self.avatar_url },
            role: role(self.role),
            muted: self.muted,
            joined_at: self.joined_at,
            last_read: shown_pointer(conversation.kind, conversation.member_count, Seq(self.last_read_seq)),
        }
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    members: i64,
}

fn count(connection: &mut DbConnection, id: &ConversationId, role: Role) -> StoreResult<i64> {
    let row =
        sql("SELECT COUNT(*) AS members FROM conversation_members WHERE conversation_id = $1 AND role = $2")
            .bind::<Text, _>(id.as_str())
            .bind::<Integer, _>(role as i32)
            .get_result::<CountRow>(connection)?;
    Ok(row.members)
}

#[derive(QueryableByName)]
struct MemberIdRow {
    #[diesel(sql_type = BigInt)]
    member_version: i64,
    #[diesel(sql_type = Integer)]
    conversation_type: i32,
    #[diesel(sql_type = Nullable<Text>)]
    user_id: Option<String>,
}

/// Everybody in a conversation.
#[derive(Debug)]
pub(super) struct MemberIds {
    pub(super) user_ids: Vec<UserId>,
    pub(super) version: i64,
    pub(super) kind: ConversationType,
}

/// All member ids and the version that they are of: one statement, so that the two belong together.
pub(super) fn ids(connection: &mut DbConnection, id: &ConversationId) -> StoreResult<MemberIds> {
    let rows = sql("SELECT c.member_version, c.type AS conversation_type, m.user_id FROM conversations c
         LEFT JOIN conversation_members m ON m.conversation_id = c.id WHERE c.id = $1 AND c.deleted_at IS NULL
         ORDER BY m.user_id")
    .bind::<Text, _>(id.as_str())
    .load::<MemberIdRow>(connection)?;
    let first = rows.first().ok_or_else(Error::conversation_not_found)?;
    let (version, kind) = (first.member_version, conversation_type(first.conversation_type));
    let user_ids = rows.into_iter().filter_map(|row| row.user_id).map(UserId::from).collect();
    Ok(MemberIds { user_ids, version, kind })
}
