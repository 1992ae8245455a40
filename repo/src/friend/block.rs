//! Who has blocked whom. A block stands twice: as a row, and as a flag of the blocked user's membership of the SINGLE, which every save
//! reads under the conversation's lock. Both change in one transaction under that lock, so nothing is stored once a block has returned.

use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, UserId};
use protos::model::{UserInfo, UserStatus};
use protos::{Error, Reason};

use super::pair::lock_pair;
use super::{friendship, request};
use crate::conversation::{lock, single_between};
use crate::store::{DbConnection, StoreResult, sql};
use crate::user::{UserInfoRow, by_id};

/// A list of blocked users ends here; so many fit into one answer.
const MAX_LISTED: i64 = 5_000;

/// Which of two users has blocked the other; both may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) by_first: bool,
    pub(super) by_second: bool,
}

/// Blocks a user. Blocking again is no error.
pub(super) fn block(
    connection: &mut DbConnection,
    blocker: &UserId,
    blocked: &UserId,
    now: i64,
) -> StoreResult<()> {
    connection.transaction(|connection| {
        lock_pair(connection, blocker, blocked)?;
        sql("INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (blocker_id, blocked_id) DO NOTHING")
        .bind::<Text, _>(blocker.as_str())
        .bind::<Text, _>(blocked.as_str())
        .bind::<BigInt, _>(now)
        .execute(connection)?;
        friendship::delete(connection, blocker, blocked)?;
        request::withdraw_pending(connection, blocker, blocked)?;
        flag_in_single(connection, blocker, blocked, true)
    })
}

/// Takes a block back. Where there is none, nothing changes; nor does what blocking ended come back.
pub(super) fn unblock(connection: &mut DbConnection, blocker: &UserId, blocked: &UserId) -> StoreResult<()> {
    connection.transaction(|connection| {
        match lock_pair(connection, blocker, blocked) {
            // Who is gone can be let go.
            Err(_) if by_id(connection, blocked)?.status == UserStatus::Deleted => {}
            locked => drop(locked?),
        }
        sql("DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2")
            .bind::<Text, _>(blocker.as_str())
            .bind::<Text, _>(blocked.as_str())
            .execute(connection)?;
        flag_in_single(connection, blocker, blocked, false)
    })
}

/// Whom a user has blocked, the newest block first.
pub(super) fn by(connection: &mut DbConnection, blocker: &UserId) -> StoreResult<Vec<UserInfo>> {
    let rows = sql("SELECT users.id AS user_id, users.username, users.avatar_url
         FROM blocks b JOIN users ON users.id = b.blocked_id
         WHERE b.blocker_id = $1 ORDER BY b.created_at DESC, b.blocked_id DESC LIMIT $2")
    .bind::<Text, _>(blocker.as_str())
    .bind::<BigInt, _>(MAX_LISTED)
    .load::<UserInfoRow>(connection)?;
    Ok(rows.into_iter().map(UserInfo::from).collect())
}

#[derive(QueryableByName)]
struct BlockRow {
    #[diesel(sql_type = Text)]
    blocker_id: String,
}

/// The blocks between two users.
pub(super) fn between(connection: &mut DbConnection, first: &UserId, second: &UserId) -> StoreResult<Blocks> {
    let rows = sql("SELECT blocker_id FROM blocks
         WHERE (blocker_id = $1 AND blocked_id = $2) OR (blocker_id = $2 AND blocked_id = $1)")
    .bind::<Text, _>(first.as_str())
    .bind::<Text, _>(second.as_str())
    .load::<BlockRow>(connection)?;
    let is_by = |user: &UserId| rows.iter().any(|row| row.blocker_id == user.as_str());
    Ok(Blocks { by_first: is_by(first), by_second: is_by(second) })
}

/// What a user is told who is blocked.
pub(super) fn forbidden() -> Error {
    Error::new(Reason::Forbidden, "this user does not want to hear from you")
}

/// Carries the blocks between two users, whose lock is held, over into a SINGLE that the first of them has just made.
///
/// # Errors
/// `FORBIDDEN` when the creator is blocked.
pub(crate) fn apply_to_new_single(
    connection: &mut DbConnection,
    single: &ConversationId,
    creator: &UserId,
    other: &UserId,
) -> StoreResult<()> {
    let blocks = between(connection, creator, other)?;
    if blocks.by_second {
        return Err(forbidden().into());
    }
    if blocks.by_first {
        set_flag(connection, single, other, true)?;
    }
    Ok(())
}

fn flag_in_single(
    connection: &mut DbConnection,
    blocker: &UserId,
    blocked: &UserId,
    is_blocked: bool,
) -> StoreResult<()> {
    let Some(single) = single_between(connection, blocker, blocked)? else { return Ok(()) };
    lock(connection, [&single])?;
    set_flag(connection, &single, blocked, is_blocked)
}

fn set_flag(
    connection: &mut DbConnection,
    single: &ConversationId,
    member: &UserId,
    is_blocked: bool,
) -> StoreResult<()> {
    sql("UPDATE conversation_members SET blocked = $1 WHERE conversation_id = $2 AND user_id = $3")
        .bind::<Bool, _>(is_blocked)
        .bind::<Text, _>(single.as_str())
        .bind::<Text, _>(member.as_str())
        .execute(connection)?;
    Ok(())
}
