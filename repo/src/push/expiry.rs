//! Deletes pushes that have expired, a few at a time, so that no transaction holds up the others.

use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use kit::SharedClock;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::store::{DbConnection, Store, StoreResult, sql};

/// How often it is looked for them. Until then they are told to nobody.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Rows of each table that one transaction deletes.
const AT_ONCE: i64 = 1_000;

/// Deletes what expires, for ever. What fails is tried again at the next look; repo processes may do it at the same time.
pub(crate) async fn delete_expired_for_ever(store: Store, clock: SharedClock) {
    let mut tick = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        loop {
            let now = clock.now();
            match store.write(move |connection| delete_expired(connection, now, AT_ONCE)).await {
                Ok(0) => break,
                Ok(deleted) => tracing::debug!(deleted, "expired pushes were deleted"),
                Err(error) => {
                    tracing::debug!(%error, "expired pushes could not be deleted");
                    break;
                }
            }
        }
    }
}

/// Deletes at most so many rows of queues, then at most so many pushes that no queue holds; answers how many rows went.
fn delete_expired(connection: &mut DbConnection, now: i64, at_once: i64) -> StoreResult<usize> {
    connection.transaction(|connection| {
        let queued = sql("DELETE FROM queued_pushes WHERE (user_id, number) IN (
                 SELECT q.user_id, q.number FROM pushes CROSS JOIN queued_pushes q
                 WHERE pushes.expires_at <= $1 AND q.number = pushes.number
                 ORDER BY pushes.expires_at LIMIT $2
             )")
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(at_once)
        .execute(connection)?;
        let pushes = sql("DELETE FROM pushes WHERE number IN (
                 SELECT p.number FROM pushes p
                 WHERE p.expires_at <= $1 AND NOT EXISTS (SELECT 1 FROM queued_pushes q WHERE q.number = p.number)
                 ORDER BY p.expires_at LIMIT $2
             )")
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(at_once)
        .execute(connection)?;
        Ok(queued + pushes)
    })
}

#[cfg(test)]
mod tests {
    use diesel::QueryableByName;

    use super::*;
    use crate::push::keep::keep;
    use crate::push::{NewPush, queue};
    use crate::store::{DatabaseUrl, connect_for_test, prepare};
    use crate::test_database::TestDatabase;

    #[derive(Debug, PartialEq, Eq, QueryableByName)]
    struct Left {
        #[diesel(sql_type = BigInt)]
        pushes: i64,
        #[diesel(sql_type = BigInt)]
        queued: i64,
    }

    async fn check_expiry(database: TestDatabase) {
        let url = DatabaseUrl::parse(&database.url).unwrap();
        prepare(&url).await.unwrap();
        database.execute(
            "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at,
                 updated_at) VALUES ('ann', 'ann', 'ann', '', '', FALSE, 1, 0, 0), ('bob', 'bob', 'bob', '', '', FALSE, 1, 0, 0)",
        );
        let mut connection = connect_for_test(&url);
        let push = |number: i64| NewPush {
            id: number.to_string().as_str().into(),
            kind: "x".into(),
            data: "{}".into(),
            expires_at: number,
            users: vec!["ann".into(), "bob".into()],
        };
        let pushes: Vec<NewPush> = (1..=10).map(push).collect();
        keep(&mut connection, &pushes, 0, 1_000).unwrap();
        let mut rounds = Vec::new();
        loop {
            match delete_expired(&mut connection, 6, 5).unwrap() {
                0 => break,
                deleted => rounds.push(deleted),
            }
        }
        assert!(rounds.iter().all(|deleted| *deleted <= 10) && rounds.len() > 2, "{rounds:?}");
        let left = sql(
            "SELECT (SELECT COUNT(*) FROM pushes) AS pushes, (SELECT COUNT(*) FROM queued_pushes) AS queued",
        )
        .get_result::<Left>(&mut connection)
        .unwrap();
        assert_eq!(left, Left { pushes: 4, queued: 8 });
        let pages = queue::pages(&mut connection, &["ann".into()], 0).unwrap();
        assert_eq!(pages[0].1.iter().map(|push| push.id.as_str()).collect::<Vec<_>>(), ["7", "8", "9", "10"]);
    }

    #[tokio::test]
    async fn sqlite_loses_what_has_expired_and_nothing_else() {
        check_expiry(TestDatabase::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres_loses_what_has_expired_and_nothing_else() {
        check_expiry(TestDatabase::postgres()).await;
    }
}
