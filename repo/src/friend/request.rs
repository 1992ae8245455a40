//! Friend requests: one waits at most between two users, whoever asked.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, FriendRequestId, UserId};
use protos::model::{FriendRequest, FriendRequestStatus, UserInfo, UserStatus};
use protos::{Error, Reason};

use super::pair::lock_pair;
use super::{block, friendship};
use crate::conversation::{open_single, single_between};
use crate::store::{DbConnection, StoreResult, sql};

/// A list of requests ends here.
const MAX_LISTED: i64 = 1_000;

/// A request to be stored.
#[derive(Debug)]
pub(super) struct NewRequest {
    pub(super) from: UserId,
    pub(super) to: UserId,
    pub(super) message: String,
}

/// What somebody answers to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) id: FriendRequestId,
    pub(super) by: UserId,
    pub(super) accept: bool,
}

/// What an answer came to.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) request: FriendRequest,
    /// Of the two, when it was accepted.
    pub(super) single: Option<ConversationId>,
    /// False when a friendship that the first answer made has ended since.
    pub(super) friends: bool,
}

/// Which of a user's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Others want to be their friend.
    Received,
    /// They want to be others'.
    Sent,
}

#[derive(QueryableByName)]
struct RequestRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    message: String,
    #[diesel(sql_type = Integer)]
    status: i32,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
    #[diesel(sql_type = BigInt)]
    updated_at: i64,
    #[diesel(sql_type = Text)]
    from_id: String,
    #[diesel(sql_type = Text)]
    from_username: String,
    #[diesel(sql_type = Text)]
    from_avatar_url: String,
    #[diesel(sql_type = Text)]
    to_id: String,
    #[diesel(sql_type = Text)]
    to_username: String,
    #[diesel(sql_type = Text)]
    to_avatar_url: String,
}

/// What a query for [`RequestRow`]s begins with.
const SELECT: &str = "SELECT r.id, r.message, r.status, r.created_at, r.updated_at, r.from_id, r.to_id,
        f.username AS from_username, f.avatar_url AS from_avatar_url,
        t.username AS to_username, t.avatar_url AS to_avatar_url
    FROM friend_requests r JOIN users f ON f.id = r.from_id JOIN users t ON t.id = r.to_id";

impl From<RequestRow> for FriendRequest {
    fn from(row: RequestRow) -> Self {
        Self {
            id: row.id.into(),
            from: UserInfo {
                id: row.from_id.into(),
                username: row.from_username,
                avatar_url: row.from_avatar_url,
            },
            to: UserInfo { id: row.to_id.into(), username: row.to_username, avatar_url: row.to_avatar_url },
            message: row.message,
            status: status(row.status),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A status of a later version is over, whatever it means.
fn status(number: i32) -> FriendRequestStatus {
    [FriendRequestStatus::Pending, FriendRequestStatus::Accepted]
        .into_iter()
        .find(|status| *status as i32 == number)
        .unwrap_or(FriendRequestStatus::Rejected)
}

fn not_found() -> Error {
    Error::new(Reason::FriendRequestNotFound, "no such friend request")
}

fn exists_already(why: &str) -> Error {
    Error::new(Reason::FriendRequestAlreadyExists, why)
}

/// The requests of a user that wait for an answer, newest first.
pub(super) fn pending(
    connection: &mut DbConnection,
    user: &UserId,
    direction: Direction,
) -> StoreResult<Vec<FriendRequest>> {
    let (mine, other) = match direction {
        Direction::Received => ("to_id", "f"),
        Direction::Sent => ("from_id", "t"),
    };
    // The status stands in the text: only so does SQLite use the indexes, which hold none that were answered.
    let rows = sql(format!(
        "{SELECT} WHERE r.{mine} = $1 AND r.status = 1 AND {other}.status <> $2
         ORDER BY r.created_at DESC, r.id DESC LIMIT $3"
    ))
    .bind::<Text, _>(user.as_str())
    .bind::<Integer, _>(UserStatus::Deleted as i32)
    .bind::<BigInt, _>(MAX_LISTED)
    .load::<RequestRow>(connection)?;
    Ok(rows.into_iter().map(FriendRequest::from).collect())
}

fn get(connection: &mut DbConnection, id: &FriendRequestId) -> StoreResult<FriendRequest> {
    let found = sql(format!("{SELECT} WHERE r.id = $1"))
        .bind::<Text, _>(id.as_str())
        .get_result::<RequestRow>(connection)
        .optional()?;
    Ok(found.ok_or_else(not_found)?.into())
}

/// Stores a request.
///
/// # Errors
/// `FORBIDDEN` when either has blocked the other; `FRIEND_REQUEST_ALREADY_EXISTS` when they are friends or one waits, in either
/// direction.
pub(super) fn create(
    connection: &mut DbConnection,
    new: &NewRequest,
    now: i64,
) -> StoreResult<FriendRequest> {
    connection.transaction(|connection| {
        let [from, to] = lock_pair(connection, &new.from, &new.to)?;
        let blocks = block::between(connection, &from.id, &to.id)?;
        if blocks.by_second {
            return Err(block::forbidden().into());
        }
        if blocks.by_first {
            return Err(Error::new(Reason::Forbidden, "you have blocked this user").into());
        }
        if friendship::exists(connection, &from.id, &to.id)? {
            return Err(exists_already("you are friends").into());
        }
        if any_pending(connection, &from.id, &to.id)? {
            return Err(exists_already("a request between you waits for its answer").into());
        }
        let request = FriendRequest {
            id: FriendRequestId::generate(),
            from,
            to,
            message: new.message.clone(),
            status: FriendRequestStatus::Pending,
            created_at: now,
            updated_at: now,
        };
        insert(connection, &request)?;
        Ok(request)
    })
}

fn insert(connection: &mut DbConnection, request: &FriendRequest) -> StoreResult<()> {
    sql("INSERT INTO friend_requests (id, from_id, to_id, message, status, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)")
    .bind::<Text, _>(request.id.as_str())
    .bind::<Text, _>(request.from.id.as_str())
    .bind::<Text, _>(request.to.id.as_str())
    .bind::<Text, _>(&request.message)
    .bind::<Integer, _>(request.status as i32)
    .bind::<BigInt, _>(request.created_at)
    .execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    found: i32,
}

/// What waits between two users, in either direction.
const PENDING_BETWEEN: &str =
    "status = 1 AND ((from_id = $1 AND to_id = $2) OR (from_id = $2 AND to_id = $1))";

fn any_pending(connection: &mut DbConnection, one: &UserId, other: &UserId) -> StoreResult<bool> {
    let rows = sql(format!("SELECT 1 AS found FROM friend_requests WHERE {PENDING_BETWEEN}"))
        .bind::<Text, _>(one.as_str())
        .bind::<Text, _>(other.as_str())
        .load::<Found>(connection)?;
    Ok(rows.iter().any(|row| row.found == 1))
}

/// Takes back what waits between two users, whose lock is held, in both directions.
pub(super) fn withdraw_pending(
    connection: &mut DbConnection,
    one: &UserId,
    other: &UserId,
) -> StoreResult<()> {
    sql(format!("DELETE FROM friend_requests WHERE {PENDING_BETWEEN}"))
        .bind::<Text, _>(one.as_str())
        .bind::<Text, _>(other.as_str())
        .execute(connection)?;
    Ok(())
}

/// Answers a request. The same answer again is the first one's, and changes nothing.
///
/// # Errors
/// `FRIEND_REQUEST_NOT_FOUND` for anybody but its receiver, and when the other answer was given before.
pub(super) fn answer(connection: &mut DbConnection, answer: &Answer, now: i64) -> StoreResult<Answered> {
    connection.transaction(|connection| {
        let asked = get(connection, &answer.id)?;
        if asked.to.id != answer.by {
            return Err(not_found().into());
        }
        let (from, to) = (&asked.from.id, &asked.to.id);
        lock_pair(connection, from, to)?;
        // It may have been answered or withdrawn while the lock was waited for.
        let mut request = get(connection, &answer.id)?;
        let wish = if answer.accept { FriendRequestStatus::Accepted } else { FriendRequestStatus::Rejected };
        if request.status == wish {
            let single = if answer.accept { single_between(connection, from, to)? } else { None };
            return Ok(Answered { request, single, friends: friendship::exists(connection, from, to)? });
        }
        if request.status != FriendRequestStatus::Pending {
            return Err(not_found().into());
        }
        (request.status, request.updated_at) = (wish, now);
        set_status(connection, &request)?;
        if !answer.accept {
            return Ok(Answered { request, single: None, friends: false });
        }
        friendship::insert(connection, from, to, now)?;
        let single = open_single(connection, from, to, now)?;
        Ok(Answered { request, single: Some(single), friends: true })
    })
}

fn set_status(connection: &mut DbConnection, request: &FriendRequest) -> StoreResult<()> {
    sql("UPDATE friend_requests SET status = $1, updated_at = $2 WHERE id = $3")
        .bind::<Integer, _>(request.status as i32)
        .bind::<BigInt, _>(request.updated_at)
        .bind::<Text, _>(request.id.as_str())
        .execute(connection)?;
    Ok(())
}
