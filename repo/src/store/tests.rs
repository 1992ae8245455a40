//! The store under strain: panics, overflow, broken connections.

use std::sync::mpsc;
use std::time::Duration;

use diesel::RunQueryDsl;
use protos::Reason;

use super::*;
use crate::test_database::TestDatabase;

const DEADLINE: Duration = Duration::from_secs(20);

async fn open(database: &TestDatabase) -> Store {
    let url = DatabaseUrl::parse(&database.url).unwrap();
    prepare(&url).await.unwrap();
    let store = Store::start(&url, Connections { read: 2, write: 1 });
    store.set_open();
    store
}

fn ask(connection: &mut DbConnection) -> StoreResult<usize> {
    Ok(sql("SELECT 1").execute(connection)?)
}

#[actix_rt::test]
async fn nothing_runs_before_the_schema_is_there() {
    let database = TestDatabase::sqlite();
    let store = Store::start(&DatabaseUrl::parse(&database.url).unwrap(), Connections { read: 1, write: 1 });
    assert_eq!(store.read(ask).await.unwrap_err().reason(), Reason::ServiceUnavailable);
    assert_eq!(store.write(ask).await.unwrap_err().reason(), Reason::ServiceUnavailable);
}

#[actix_rt::test]
async fn a_panic_costs_its_own_call_only() {
    let database = TestDatabase::sqlite();
    let store = open(&database).await;
    for _ in 0..10 {
        let outcome = store.write(|connection| {
            connection.transaction(|connection| {
                sql("DELETE FROM conversations").execute(connection)?;
                if true {
                    panic!("as the test wants");
                }
                Ok(())
            })
        });
        assert_eq!(outcome.await.unwrap_err().reason(), Reason::InternalError);
    }
    let world = store.write(|connection| {
        let worlds = sql("UPDATE conversations SET name = 'here' WHERE id = 'world'").execute(connection)?;
        Ok(worlds)
    });
    assert_eq!(world.await, Ok(1), "the transaction was undone and the thread lives");
}

#[actix_rt::test]
async fn one_call_too_many_is_refused_and_who_went_away_is_not_served() {
    let database = TestDatabase::sqlite();
    let store = open(&database).await;
    let (release, released) = mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let blocking = tokio::spawn({
        let store = store.clone();
        async move {
            let wait = move |_: &mut DbConnection| {
                began.send(()).ok();
                released.recv().ok();
                Ok(())
            };
            store.write(wait).await
        }
    });
    begun.await.unwrap();
    let (served, any_served) = mpsc::channel();
    let waiting: Vec<_> = (1..handle::WAITING)
        .map(|_| {
            let (store, served) = (store.clone(), served.clone());
            tokio::spawn(async move {
                let work = move |_: &mut DbConnection| {
                    served.send(()).ok();
                    Ok(())
                };
                store.write(work).await
            })
        })
        .collect();
    let saturated = async {
        loop {
            let refused = tokio::time::timeout(Duration::from_millis(1), store.write(ask)).await;
            if let Ok(Err(error)) = refused {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(DEADLINE, saturated).await.unwrap();
    assert_eq!((error.reason(), error.message()), (Reason::ServiceUnavailable, "the store is saturated"));
    for caller in waiting {
        // One of them may have been refused in favour of the probe above.
        caller.abort();
        caller.await.ok();
    }
    release.send(()).unwrap();
    blocking.await.unwrap().unwrap();
    assert_eq!(store.write(ask).await.map(|_| ()), Ok(()));
    assert!(any_served.try_recv().is_err(), "nobody waits for that work");
}

#[actix_rt::test]
async fn a_broken_connection_is_replaced() {
    let database = TestDatabase::postgres();
    let store = open(&database).await;
    for _ in 0..3 {
        let broken = store
            .write(|connection| Ok(sql("SELECT pg_terminate_backend(pg_backend_pid())").execute(connection)?))
            .await;
        assert_eq!(broken.unwrap_err().reason(), Reason::ServiceUnavailable);
        assert!(store.write(ask).await.is_ok());
    }
}

#[actix_rt::test]
async fn waits_for_a_lock_are_bounded() {
    let database = TestDatabase::postgres();
    let store = open(&database).await;
    let url = DatabaseUrl::parse(&database.url).unwrap();
    let mut other = connect_for_test(&url);
    let lock = "BEGIN; SELECT 1 FROM conversations WHERE id = 'world' FOR UPDATE";
    diesel::connection::SimpleConnection::batch_execute(&mut other, lock).unwrap();
    let waiting = store.write(|connection| {
        let changed = sql("UPDATE conversations SET name = '' WHERE id = 'world'").execute(connection)?;
        Ok(changed)
    });
    let refused = tokio::time::timeout(DEADLINE, waiting).await.unwrap();
    assert_eq!(refused.unwrap_err().reason(), Reason::ServiceUnavailable);
}

#[actix_rt::test]
async fn a_database_that_cannot_be_used_ends_the_wait() {
    let url = DatabaseUrl::parse("sqlite:///nowhere/at/all/gochat.db").unwrap();
    assert!(prepare(&url).await.unwrap_err().to_string().contains("cannot open /nowhere/at/all/gochat.db"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gochat.db");
    std::fs::write(&path, "this is no database, but it is long enough to be looked at as one".repeat(99))
        .unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite://{}", path.display())).unwrap();
    assert!(prepare(&url).await.unwrap_err().to_string().contains("SQLite"));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let folders = |database: &str| {
        let path = format!("{}/../migrations/{database}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let sqlite = folders("sqlite");
    assert!(sqlite.len() >= 3);
    assert_eq!(sqlite, folders("postgres"));
}
