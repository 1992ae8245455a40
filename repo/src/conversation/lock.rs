//! The lock on a conversation's row. Whoever takes a seq, or changes who may, holds it.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::Error;
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{ConversationType, Role};

use super::row::{conversation_type, role};
use crate::store::{DbConnection, StoreResult, list, sql};

/// What a locked row says; nobody else changes it until the transaction ends.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) kind: ConversationType,
    pub(crate) owner_id: Option<UserId>,
    pub(crate) member_count: i32,
    pub(crate) member_version: i64,
    pub(crate) last_seq: Seq,
}

#[derive(QueryableByName)]
struct LockedRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    conversation_type: i32,
    #[diesel(sql_type = Nullable<Text>)]
    owner_id: Option<String>,
    #[diesel(sql_type = Integer)]
    member_count: i32,
    #[diesel(sql_type = BigInt)]
    member_version: i64,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
}

/// Locks conversations until the transaction ends, in the order of their ids, so that two transactions never wait for each other.
/// Those that are not there, or not any more, are left out.
pub(crate) fn lock<'a>(
    connection: &mut DbConnection,
    ids: impl IntoIterator<Item = &'a ConversationId>,
) -> StoreResult<HashMap<ConversationId, Locked>> {
    let dialect = connection.dialect();
    let (named, lock_rows) = (dialect.among("c.id", "$1"), dialect.lock_rows());
    let rows = sql(format!(
        "SELECT c.id, c.type AS conversation_type, c.owner_id, c.member_count, c.member_version, c.last_seq
         FROM conversations c WHERE {named} AND c.deleted_at IS NULL
         ORDER BY c.id{lock_rows}"
    ))
    .bind::<Text, _>(list(ids))
    .load::<LockedRow>(connection)?;
    let locked = rows.into_iter().map(|row| {
        let locked = Locked {
            kind: conversation_type(row.conversation_type),
            owner_id: row.owner_id.map(UserId::from),
            member_count: row.member_count,
            member_version: row.member_version,
            last_seq: Seq(row.last_seq),
        };
        (ConversationId::from(row.id), locked)
    });
    Ok(locked.collect())
}

/// Locks one conversation.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND`.
pub(crate) fn lock_one(connection: &mut DbConnection, id: &ConversationId) -> StoreResult<Locked> {
    Ok(lock(connection, [id])?.remove(id).ok_or_else(Error::conversation_not_found)?)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    found: i32,
}

/// Refuses a conversation that is not there, or not any more.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND`.
pub(crate) fn require_conversation(connection: &mut DbConnection, id: &ConversationId) -> StoreResult<()> {
    let rows = sql("SELECT 1 AS found FROM conversations WHERE id = $1 AND deleted_at IS NULL")
        .bind::<Text, _>(id.as_str())
        .load::<Found>(connection)?;
    if rows.iter().all(|row| row.found == 0) {
        return Err(Error::conversation_not_found().into());
    }
    Ok(())
}

#[derive(QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Integer)]
    role: i32,
}

/// The user's role; `None` for who is no member.
pub(crate) fn role_of(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    user: &UserId,
) -> StoreResult<Option<Role>> {
    let row = sql("SELECT role FROM conversation_members WHERE conversation_id = $1 AND user_id = $2")
        .bind::<Text, _>(conversation.as_str())
        .bind::<Text, _>(user.as_str())
        .get_result::<RoleRow>(connection)
        .optional()?;
    Ok(row.map(|row| role(row.role)))
}
