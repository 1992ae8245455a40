//! Puts pushes into queues: a statement for the pushes, one for the users, however many there are.

use std::collections::HashSet;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{PushId, UserId};

use super::NewPush;
use super::queue::delete_unwanted;
use crate::store::{DbConnection, StoreResult, list, sql};

/// Where a push stands, and in whose queue its id is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) number: i64,
    pub(super) users: Vec<UserId>,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct QueuedRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    user_id: String,
}

/// Keeps pushes for those of their users who exist; an outcome for each push, in their order.
pub(super) fn keep(
    connection: &mut DbConnection,
    pushes: &[NewPush],
    now: i64,
    queue_max: i64,
) -> StoreResult<Vec<Kept>> {
    if pushes.is_empty() {
        return Ok(Vec::new());
    }
    connection.transaction(|connection| {
        let numbers = insert(connection, pushes)?;
        let mut kept: Vec<Kept> =
            numbers.iter().map(|number| Kept { number: *number, users: Vec::new() }).collect();
        enqueue(connection, pushes, &numbers, now)?;
        let cut = cut(connection, pushes, queue_max)?;
        // Of a push whose users are all unknown nothing stays.
        delete_unwanted(connection, numbers.iter().copied().chain(cut))?;
        for row in queued(connection, pushes, &numbers)? {
            if let Ok(place) = numbers.binary_search(&row.number) {
                kept[place].users.push(row.user_id.into());
            }
        }
        Ok(kept)
    })
}

/// Numbers the pushes; ascending, as they are inserted in their order.
fn insert(connection: &mut DbConnection, pushes: &[NewPush]) -> StoreResult<Vec<i64>> {
    let source = connection.dialect().tuples("$1");
    let rows = sql(format!(
        "INSERT INTO pushes (type, data, expires_at)
         SELECT k.value ->> 0, k.value ->> 1, CAST(k.value ->> 2 AS BIGINT) FROM {source} WHERE TRUE ORDER BY k.key
         RETURNING number"
    ))
    .bind::<Text, _>(list(pushes.iter().map(|push| (&push.kind, &push.data, push.expires_at))))
    .load::<NumberRow>(connection)?;
    let mut numbers: Vec<i64> = rows.into_iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Ids of no user are left out, and so is a push_id that is in the user's queue; one that has expired gives its place. The order is
/// everybody's, so that of two who keep at once none waits for the other in turn.
fn enqueue(connection: &mut DbConnection, pushes: &[NewPush], numbers: &[i64], now: i64) -> StoreResult<()> {
    let source = connection.dialect().tuples("$1");
    let mut named: HashSet<(&UserId, &PushId)> = HashSet::new();
    // No row may be written twice by one statement.
    let rows = pairs(pushes, numbers).filter(|(user, push, _)| named.insert((user, &push.id)));
    sql(format!(
        "INSERT INTO queued_pushes (user_id, number, push_id, expires_at)
         SELECT users.id, CAST(k.value ->> 1 AS BIGINT), k.value ->> 2, CAST(k.value ->> 3 AS BIGINT)
         FROM {source} JOIN users ON users.id = k.value ->> 0 WHERE TRUE ORDER BY users.id, k.value ->> 2
         ON CONFLICT (user_id, push_id) DO UPDATE SET number = excluded.number, expires_at = excluded.expires_at
             WHERE queued_pushes.expires_at <= $2"
    ))
    .bind::<Text, _>(list(rows.map(|(user, push, number)| (user, number, &push.id, push.expires_at))))
    .bind::<BigInt, _>(now)
    .execute(connection)?;
    Ok(())
}

/// Cuts queues that have become too long; what numbers were cut off.
fn cut(connection: &mut DbConnection, pushes: &[NewPush], queue_max: i64) -> StoreResult<Vec<i64>> {
    let users: HashSet<&UserId> = pushes.iter().flat_map(|push| &push.users).collect();
    let source = connection.dialect().texts("$2");
    let cut = sql(format!(
        "WITH long AS MATERIALIZED (
             SELECT k.value AS user_id, (
                 SELECT beyond.number FROM queued_pushes beyond WHERE beyond.user_id = k.value
                 ORDER BY beyond.number DESC LIMIT 1 OFFSET $1
             ) AS beyond
             FROM {source}
         )
         DELETE FROM queued_pushes WHERE (user_id, number) IN (
             SELECT q.user_id, q.number FROM long CROSS JOIN queued_pushes q
             WHERE long.beyond IS NOT NULL AND q.user_id = long.user_id AND q.number <= long.beyond
         ) RETURNING number"
    ))
    .bind::<BigInt, _>(queue_max)
    .bind::<Text, _>(list(users))
    .load::<NumberRow>(connection)?;
    if !cut.is_empty() {
        tracing::warn!(
            pushes = cut.len(),
            "queues of users who are away are full: their oldest pushes are dropped"
        );
    }
    Ok(cut.into_iter().map(|row| row.number).collect())
}

/// Which of these users have which of these pushes in their queues; the number is the new push's, be the row from before.
fn queued(connection: &mut DbConnection, pushes: &[NewPush], numbers: &[i64]) -> StoreResult<Vec<QueuedRow>> {
    let source = connection.dialect().tuples("$1");
    let rows = pairs(pushes, numbers);
    let rows = sql(format!(
        "SELECT CAST(k.value ->> 1 AS BIGINT) AS number, q.user_id FROM {source} CROSS JOIN queued_pushes q
         WHERE q.user_id = k.value ->> 0 AND q.push_id = k.value ->> 2 ORDER BY k.key"
    ))
    .bind::<Text, _>(list(rows.map(|(user, push, number)| (user, number, &push.id))))
    .load::<QueuedRow>(connection)?;
    Ok(rows)
}

fn pairs<'a>(
    pushes: &'a [NewPush],
    numbers: &'a [i64],
) -> impl Iterator<Item = (&'a UserId, &'a NewPush, i64)> {
    pushes
        .iter()
        .zip(numbers)
        .flat_map(|(push, number)| push.users.iter().map(move |user| (user, push, *number)))
}
