//! The list of members, as sets: one statement, whatever their number. All of it happens under the conversation's lock.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{Role, UserInfo, UserStatus};

use super::row::role;
use crate::store::{DbConnection, StoreResult, list, sql};

/// A user whose membership is about to change.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) user: UserInfo,
    pub(super) is_deleted: bool,
    /// `None`: no member.
    pub(super) role: Option<Role>,
}

#[derive(QueryableByName)]
struct CandidateRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Text)]
    avatar_url: String,
    #[diesel(sql_type = Integer)]
    status: i32,
    #[diesel(sql_type = Integer)]
    role: i32,
}

/// What is known of these users, in the order of the ids; unknown ids are left out.
pub(super) fn candidates(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    ids: &[UserId],
) -> StoreResult<Vec<Candidate>> {
    let source = connection.dialect().texts("$1");
    let rows = sql(format!(
        "SELECT users.id AS user_id, users.username, users.avatar_url, users.status, COALESCE(m.role, 0) AS role
         FROM {source} JOIN users ON users.id = k.value
         LEFT JOIN conversation_members m ON m.conversation_id = $2 AND m.user_id = users.id ORDER BY k.key"
    ))
    .bind::<Text, _>(list(ids))
    .bind::<Text, _>(conversation.as_str())
    .load::<CandidateRow>(connection)?;
    let candidates = rows.into_iter().map(|row| Candidate {
        user: UserInfo { id: row.user_id.into(), username: row.username, avatar_url: row.avatar_url },
        is_deleted: row.status == UserStatus::Deleted as i32,
        role: (row.role != 0).then(|| role(row.role)),
    });
    Ok(candidates.collect())
}

/// How members join.
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) role: Role,
    /// Where their read pointers begin.
    pub(super) last_read: Seq,
    /// Unix seconds.
    pub(super) now: i64,
}

/// Adds users who are no members yet, and counts them.
pub(super) fn add(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    ids: &[UserId],
    joining: &Joining,
) -> StoreResult<()> {
    let source = connection.dialect().texts("$5");
    sql(format!(
        "INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
         SELECT $1, k.value, $2, FALSE, $3, $4 FROM {source}"
    ))
    .bind::<Text, _>(conversation.as_str())
    .bind::<Integer, _>(joining.role as i32)
    .bind::<BigInt, _>(joining.last_read.0)
    .bind::<BigInt, _>(joining.now)
    .bind::<Text, _>(list(ids))
    .execute(connection)?;
    count(connection, conversation, i32::try_from(ids.len()).unwrap_or(i32::MAX))
}

/// Removes members, and counts them.
pub(super) fn remove(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    ids: &[UserId],
) -> StoreResult<()> {
    let named = connection.dialect().among("user_id", "$2");
    let removed = sql(format!("DELETE FROM conversation_members WHERE conversation_id = $1 AND {named}"))
        .bind::<Text, _>(conversation.as_str())
        .bind::<Text, _>(list(ids))
        .execute(connection)?;
    count(connection, conversation, -i32::try_from(removed).unwrap_or(i32::MAX))
}

/// Removes everybody: who they were.
pub(super) fn clear(
    connection: &mut DbConnection,
    conversation: &ConversationId,
) -> StoreResult<Vec<UserId>> {
    let rows = sql("DELETE FROM conversation_members WHERE conversation_id = $1 RETURNING user_id")
        .bind::<Text, _>(conversation.as_str())
        .load::<FormerRow>(connection)?;
    count(connection, conversation, -i32::try_from(rows.len()).unwrap_or(i32::MAX))?;
    Ok(rows.into_iter().map(|row| row.user_id.into()).collect())
}

#[derive(QueryableByName)]
struct FormerRow {
    #[diesel(sql_type = Text)]
    user_id: String,
}

/// The one place that makes a new version of a member list.
fn count(connection: &mut DbConnection, conversation: &ConversationId, more: i32) -> StoreResult<()> {
    sql("UPDATE conversations SET member_count = member_count + $1, member_version = member_version + 1 WHERE id = $2")
        .bind::<Integer, _>(more)
        .bind::<Text, _>(conversation.as_str())
        .execute(connection)?;
    Ok(())
}
