//! Who is whose friend.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::UserId;
use protos::model::{UserInfo, UserStatus};

use super::pair::lock_pair;
use crate::conversation::single_key;
use crate::store::{DbConnection, StoreResult, list, sql};
use crate::user::UserInfoRow;

/// A list of friends ends here; so many fit into one answer.
const MAX_LISTED: i64 = 5_000;

/// A user's friends by name.
pub(super) fn of(connection: &mut DbConnection, user: &UserId) -> StoreResult<Vec<UserInfo>> {
    let rows = sql("SELECT users.id AS user_id, users.username, users.avatar_url
         FROM friendships f JOIN users ON users.id = f.friend_id
         WHERE f.user_id = $1 AND users.status <> $2 ORDER BY users.username_key LIMIT $3")
    .bind::<Text, _>(user.as_str())
    .bind::<Integer, _>(UserStatus::Deleted as i32)
    .bind::<BigInt, _>(MAX_LISTED)
    .load::<UserInfoRow>(connection)?;
    Ok(rows.into_iter().map(UserInfo::from).collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    found: i32,
}

/// True while they are friends.
pub(super) fn exists(connection: &mut DbConnection, one: &UserId, other: &UserId) -> StoreResult<bool> {
    let rows = sql("SELECT 1 AS found FROM friendships WHERE user_id = $1 AND friend_id = $2")
        .bind::<Text, _>(one.as_str())
        .bind::<Text, _>(other.as_str())
        .load::<Found>(connection)?;
    Ok(rows.iter().any(|row| row.found == 1))
}

/// Makes two users friends, whose lock is held.
pub(super) fn insert(
    connection: &mut DbConnection,
    one: &UserId,
    other: &UserId,
    now: i64,
) -> StoreResult<()> {
    sql("INSERT INTO friendships (user_id, friend_id, created_at) VALUES ($1, $2, $3), ($2, $1, $3)
         ON CONFLICT (user_id, friend_id) DO NOTHING")
    .bind::<Text, _>(one.as_str())
    .bind::<Text, _>(other.as_str())
    .bind::<BigInt, _>(now)
    .execute(connection)?;
    Ok(())
}

/// Ends a friendship; false when there was none.
pub(super) fn remove(connection: &mut DbConnection, one: &UserId, other: &UserId) -> StoreResult<bool> {
    connection.transaction(|connection| {
        lock_pair(connection, one, other)?;
        delete(connection, one, other)
    })
}

/// The same under the lock of the two.
pub(super) fn delete(connection: &mut DbConnection, one: &UserId, other: &UserId) -> StoreResult<bool> {
    let deleted = sql("DELETE FROM friendships
         WHERE (user_id = $1 AND friend_id = $2) OR (user_id = $2 AND friend_id = $1)")
    .bind::<Text, _>(one.as_str())
    .bind::<Text, _>(other.as_str())
    .execute(connection)?;
    Ok(deleted > 0)
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Which of the users are friends of this one, or the other user of a SINGLE, in their order.
pub(super) fn contacts_among(
    connection: &mut DbConnection,
    user: &UserId,
    others: &[UserId],
) -> StoreResult<Vec<UserId>> {
    let source = connection.dialect().tuples("$1");
    let rows = sql(format!(
        "SELECT k.value ->> 0 AS id FROM {source}
         WHERE EXISTS (SELECT 1 FROM friendships f WHERE f.user_id = $2 AND f.friend_id = k.value ->> 0)
             OR EXISTS (SELECT 1 FROM conversations c WHERE c.single_key = k.value ->> 1 AND c.deleted_at IS NULL)
         ORDER BY k.key"
    ))
    .bind::<Text, _>(list(others.iter().map(|other| (other, single_key(user, other)))))
    .bind::<Text, _>(user.as_str())
    .load::<IdRow>(connection)?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}
