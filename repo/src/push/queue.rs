//! Reads queues, and takes out of them what users have got.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{PushId, UserId};

use super::{KeptPush, Received};
use crate::store::{DbConnection, Dialect, StoreResult, list, sql};

/// Pushes on one page of a queue.
const PAGE: i64 = 100;
/// Once those before a push have so many bytes of data, it is left to the next page. 100 users' pages fit into one answer.
const PAGE_BYTES: i64 = 64 * 1024;

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    push_id: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    data: String,
}

fn pages_statement(dialect: Dialect) -> String {
    let source = dialect.texts("$1");
    format!(
        "WITH queues AS (
             SELECT q.user_id, q.number, q.push_id, ROW_NUMBER() OVER (PARTITION BY q.user_id ORDER BY q.number) AS place,
                 SUM(OCTET_LENGTH(pushes.data)) OVER (
                     PARTITION BY q.user_id ORDER BY q.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                 ) AS bytes_before
             FROM {source} CROSS JOIN queued_pushes q CROSS JOIN pushes
             WHERE q.user_id = k.value AND q.expires_at > $2 AND pushes.number = q.number
         )
         SELECT queues.user_id, queues.number, queues.push_id, pushes.type AS kind, pushes.data
         FROM queues CROSS JOIN pushes
         WHERE queues.place <= $3 AND COALESCE(queues.bytes_before, 0) < $4 AND pushes.number = queues.number
         ORDER BY queues.user_id, queues.number"
    )
}

/// The first page of each user's queue, in order of arrival; who has none is left out. The users are distinct.
pub(super) fn pages(
    connection: &mut DbConnection,
    users: &[UserId],
    now: i64,
) -> StoreResult<Vec<(UserId, Vec<KeptPush>)>> {
    let rows = sql(pages_statement(connection.dialect()))
        .bind::<Text, _>(list(users))
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(PAGE)
        .bind::<BigInt, _>(PAGE_BYTES)
        .load::<KeptRow>(connection)?;
    let mut pages: Vec<(UserId, Vec<KeptPush>)> = Vec::new();
    for KeptRow { user_id, number, push_id, kind, data } in rows {
        let push = KeptPush { number, id: push_id.into(), kind, data };
        match pages.last_mut() {
            Some((user, page)) if user.as_str() == user_id => page.push(push),
            _ => pages.push((user_id.into(), vec![push])),
        }
    }
    Ok(pages)
}

#[derive(QueryableByName)]
struct DroppedRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Takes pushes out of queues by their numbers; how many were there.
pub(super) fn drop_kept(connection: &mut DbConnection, received: &[Received]) -> StoreResult<usize> {
    connection.transaction(|connection| {
        let source = connection.dialect().tuples("$1");
        let rows = received.iter().map(|push| (&push.user, push.number));
        let dropped = sql(format!(
            "DELETE FROM queued_pushes WHERE (user_id, number) IN (
                 SELECT k.value ->> 0, CAST(k.value ->> 1 AS BIGINT) FROM {source}
             ) RETURNING number"
        ))
        .bind::<Text, _>(list(rows))
        .load::<DroppedRow>(connection)?;
        delete_unwanted(connection, dropped.iter().map(|row| row.number))?;
        Ok(dropped.len())
    })
}

/// Deletes those of these pushes that nobody waits for any more. Of two who take out the last two rows at once, each may see the
/// other's: what they leave goes when it expires.
pub(super) fn delete_unwanted(
    connection: &mut DbConnection,
    numbers: impl IntoIterator<Item = i64>,
) -> StoreResult<()> {
    let source = connection.dialect().tuples("$1");
    sql(format!(
        "DELETE FROM pushes WHERE number IN (SELECT CAST(k.value ->> 0 AS BIGINT) FROM {source})
             AND NOT EXISTS (SELECT 1 FROM queued_pushes q WHERE q.number = pushes.number)"
    ))
    .bind::<Text, _>(list(numbers.into_iter().map(|number| [number])))
    .execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    user_id: String,
}

/// In whose queues these pushes are: of each push those of its users who wait for it.
pub(super) fn waiting(
    connection: &mut DbConnection,
    pushes: &[(PushId, Vec<UserId>)],
    now: i64,
) -> StoreResult<Vec<Vec<UserId>>> {
    let source = connection.dialect().tuples("$1");
    let rows = pushes
        .iter()
        .enumerate()
        .flat_map(|(place, (push, users))| users.iter().map(move |user| (place, user, push)));
    let rows = sql(format!(
        "SELECT CAST(k.value ->> 0 AS BIGINT) AS place, q.user_id FROM {source} CROSS JOIN queued_pushes q
         WHERE q.user_id = k.value ->> 1 AND q.push_id = k.value ->> 2 AND q.expires_at > $2 ORDER BY k.key"
    ))
    .bind::<Text, _>(list(rows))
    .bind::<BigInt, _>(now)
    .load::<FoundRow>(connection)?;
    let mut waiting = vec![Vec::new(); pushes.len()];
    for row in rows {
        if let Some(users) = usize::try_from(row.place).ok().and_then(|place| waiting.get_mut(place)) {
            users.push(row.user_id.into());
        }
    }
    Ok(waiting)
}
