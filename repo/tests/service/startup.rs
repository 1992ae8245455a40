//! How a repo starts: what it refuses, what it waits for, and what is still there after a restart.

use std::sync::Arc;

use crate::support::api::{reason, text};
use crate::support::{DEADLINE, TestDatabase, TestRedis, TestRepo, config};
use kit::{Shutdown, SystemClock};
use protos::Reason;
use protos::pb::repo as pb;
use repo::Repo;
use tokio::net::{TcpListener, TcpStream};
use tonic_health::pb::health_check_response::ServingStatus;

crate::on_both_databases! {
    a_second_repo_without_redis_is_refused_until_the_first_ends,
    everything_is_still_there_after_a_restart,
    a_schema_of_a_later_version_is_left_alone,
}

/// Tells why a repo over this database does not start, or stops at once.
async fn refusal(database: &TestDatabase) -> String {
    match TestRepo::launch(database, None, Arc::new(SystemClock)).await {
        Ok(repo) => repo.failure().await,
        Err(failure) => failure.to_string(),
    }
}

async fn a_second_repo_without_redis_is_refused_until_the_first_ends(database: TestDatabase) {
    let first = TestRepo::start(&database).await;
    let refused = refusal(&database).await;
    assert!(refused.contains("another repo") && refused.contains("REDIS_URL"), "{refused}");
    first.api().user("ann").await;
    first.stop().await;
    TestRepo::start(&database).await.stop().await;
}

async fn everything_is_still_there_after_a_restart(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let group = api.group(&ann, &[]).await;
    api.send(text(&group, &ann, "before")).await.unwrap();
    repo.stop().await;
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    assert_eq!(api.send(text(&group, &ann, "after")).await.unwrap().seq_id, 2);
    assert_eq!(api.send(text(&group, &ann, "before")).await.unwrap().seq_id, 1);
    assert_eq!(api.history(&group).await.len(), 2);
}

async fn a_schema_of_a_later_version_is_left_alone(database: TestDatabase) {
    TestRepo::start(&database).await.stop().await;
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    let refused = refusal(&database).await;
    assert!(refused.contains("later version") && refused.contains("9999"), "{refused}");
}

#[actix_rt::test]
async fn wrong_settings_are_refused_at_once() {
    let (database, data) = (TestDatabase::sqlite(), tempfile::tempdir().unwrap());
    let mut wrong = config(&database, &data, None);
    for (url, why) in [
        ("mysql://somewhere/db", "sqlite:// or postgres://"),
        ("postgres://u@h/db?sslmode=require", "TLS"),
        ("sqlite://", "path of a file"),
    ] {
        wrong.database_url = Some(url.to_owned());
        let refused = Repo::bind(wrong.clone(), Arc::new(SystemClock)).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut busy = config(&database, &data, None);
    busy.listen = taken.local_addr().unwrap();
    let refused = Repo::bind(busy, Arc::new(SystemClock)).await.unwrap_err().to_string();
    assert!(refused.contains("cannot listen on"), "{refused}");
}

#[actix_rt::test]
async fn two_repos_that_start_together_migrate_once() {
    let (database, redis) = (TestDatabase::postgres(), TestRedis::start());
    let start = || TestRepo::start_with(&database, Some(&redis), Arc::new(SystemClock));
    let (one, two) = futures::future::join(start(), start()).await;
    one.api().user("one").await;
    two.api().user("two").await;
}

/// A way to the PostgreSQL of the tests that is not there until it is opened.
struct Gate {
    address: std::net::SocketAddr,
    server: String,
}

impl Gate {
    /// The gate, and the database's URL through it.
    async fn closed(url: &str) -> (Self, String) {
        let authority = url.split_once("://").unwrap().1.split('/').next().unwrap();
        let server = authority.rsplit('@').next().unwrap().to_owned();
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let through = url.replace(&server, &address.to_string());
        (Self { address, server }, through)
    }

    async fn open(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let server = self.server.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(
                    async move { tokio::io::copy_bidirectional(&mut client, &mut server).await.ok() },
                );
            }
        });
    }
}

#[actix_rt::test]
async fn a_postgres_that_is_down_at_start_is_waited_for() {
    let mut database = TestDatabase::postgres();
    let (gate, through) = Gate::closed(&database.url).await;
    let direct = std::mem::replace(&mut database.url, through);
    let repo = TestRepo::launch(&database, None, Arc::new(SystemClock)).await.unwrap();
    assert_eq!(repo.serving().await, ServingStatus::NotServing);
    let asked = repo.api().users.get_user(pb::GetUserRequest { user_id: "ann".into() }).await;
    assert_eq!(reason(asked), Reason::ServiceUnavailable);
    // The whole call fails, so that its caller tries another repo: nobody looks into an answer for what may be tried again.
    let requests = vec![text("c", "ann", "k1"), text("c", "ann", "k2")];
    let saved = repo.api().messages.save_messages(pb::SaveMessagesRequest { requests }).await;
    assert_eq!(reason(saved), Reason::ServiceUnavailable);
    gate.open().await;
    repo.ready().await;
    repo.api().user("ann").await;
    repo.stop().await;
    database.url = direct;
}

#[actix_rt::test]
async fn a_repo_that_waits_still_stops() {
    let mut database = TestDatabase::postgres();
    let (_gate, through) = Gate::closed(&database.url).await;
    database.url = through;
    let data = tempfile::tempdir().unwrap();
    let stop = Shutdown::new();
    let repo = Repo::bind(config(&database, &data, None), Arc::new(SystemClock)).await.unwrap();
    let running = tokio::task::spawn_local(repo.run(stop.clone()));
    stop.cancel();
    tokio::time::timeout(DEADLINE, running).await.unwrap().unwrap().unwrap();
}
