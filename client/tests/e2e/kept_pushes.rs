//! Pushes that wait for users who are away, and pushes that are made again.

use futures::StreamExt;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message as WireMessage;

use crate::cluster::{
    Account, Frame, Handshake, Processes, Pushed, Session, Site, Size, Socket, TestCluster, eventually,
    within,
};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_user_who_was_away_gets_what_was_kept_in_order_and_once,
    nothing_is_kept_without_a_time_to_live_for_nobody_and_for_excluded_sessions,
    a_push_made_again_comes_to_nobody_who_had_it,
    what_has_expired_does_not_come,
    a_client_that_ends_before_it_answers_gets_it_again,
    a_stream_keeps_more_than_a_page_in_its_order,
);

const MINUTE: i32 = 60;

/// The statuses and sessions of a push, user by user.
fn outcomes(pushed: &Pushed) -> Vec<(&'static str, i32)> {
    pushed.results.iter().map(|report| (report.status, report.sessions)).collect()
}

async fn push(site: &Site, gateway: usize, users: &[&str], push_id: &str) -> Vec<(&'static str, i32)> {
    outcomes(&site.pusher(gateway).push_kept(users, push_id, &[], MINUTE).await.unwrap())
}

/// The ids of the notifications that have come.
fn pushed_to(session: &Session) -> Vec<String> {
    let frames = session.frames().into_iter().filter(|frame| frame.kind == "notification");
    frames.map(|frame| frame.push_id.unwrap()).collect()
}

/// Waits until repo knows that the user has got all that was kept, this push among it.
async fn is_known_to_be_received(site: &Site, user: &str, push_id: &str) {
    let repo = site.repo(0);
    eventually("the queue is empty", async || repo.kept_for(user).await.is_empty().then_some(())).await;
    assert_eq!(push(site, 0, &[user], push_id).await, [("DELIVERED", 0)]);
}

async fn a_user_who_was_away_gets_what_was_kept_in_order_and_once(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let of_bob = cluster.connect(&bob, 0).await;
    let ids = ["p1", "p2", "p3", "p4"];
    for (number, push_id) in ids.iter().enumerate() {
        let told = push(cluster, number, &[&ann.id, "no-such-user", &bob.id], push_id).await;
        assert_eq!(told, [("QUEUED", 0), ("OFFLINE", 0), ("DELIVERED", 1)]);
    }
    let made = cluster.pusher(1).push_kept(&[&ann.id], "", &[], MINUTE).await.unwrap();
    assert_eq!(outcomes(&made), [("QUEUED", 0)]);
    assert!(!made.push_id.is_empty(), "an id was made");

    let of_ann = cluster.connect(&ann, 1).await;
    let last = of_ann.frame("the last push", |frame| frame.push_id.as_ref() == Some(&made.push_id)).await;
    assert_eq!(last.data["push"], "", "as it was pushed");
    let expected: Vec<String> = ids.iter().map(ToString::to_string).chain([made.push_id]).collect();
    assert_eq!(pushed_to(&of_ann), expected);
    is_known_to_be_received(cluster, &ann.id, "p4").await;
    let again = cluster.connect(&ann, 0).await;
    push(cluster, 1, &[&ann.id], "later").await;
    again.frame("a later push", |frame| frame.push_id.as_deref() == Some("later")).await;
    cluster.settle(&[&again, &of_bob]).await;
    assert_eq!(pushed_to(&again), ["later"], "what she got does not come once more");
    assert_eq!(pushed_to(&of_bob), ids);
}

async fn nothing_is_kept_without_a_time_to_live_for_nobody_and_for_excluded_sessions(
    cluster: &mut TestCluster,
) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let of_ann = cluster.connect(&ann, 1).await;
    for gateway in 0..cluster.gateways.len() {
        let pusher = cluster.pusher(gateway);
        let push_id = format!("excluded-{gateway}");
        let pushed = pusher.push_kept(&[&ann.id], &push_id, &[&of_ann.id], MINUTE).await.unwrap();
        assert_eq!(outcomes(&pushed), [("OFFLINE", 0)]);
        let push_id = format!("not-kept-{gateway}");
        let pushed = pusher.push_kept(&[&bob.id], &push_id, &[], 0).await.unwrap();
        assert_eq!(outcomes(&pushed), [("OFFLINE", 0)]);
    }
    of_ann.close().await;
    for account in [&ann, &bob] {
        let repo = cluster.repo(0);
        eventually("the user is away", async || (!repo.presence(&account.id).await.online).then_some(()))
            .await;
        assert_eq!(push(cluster, 0, &[&account.id], "kept").await, [("QUEUED", 0)]);
        let session = cluster.connect(account, 0).await;
        // What was kept comes in order of arrival, so anything before it would have come.
        session.frame("what was kept", |frame| frame.push_id.as_deref() == Some("kept")).await;
        assert_eq!(pushed_to(&session), ["kept"]);
    }
}

async fn a_push_made_again_comes_to_nobody_who_had_it(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let users = [&*ann.id, &*bob.id];
    let first = cluster.connect(&ann, 0).await;
    assert_eq!(push(cluster, 0, &users, "p1").await, [("DELIVERED", 1), ("QUEUED", 0)]);
    first.frame("the push", |frame| frame.push_id.as_deref() == Some("p1")).await;
    first.close().await;
    let moved = cluster.connect(&ann, 1).await;
    for gateway in [1, 0, 1] {
        assert_eq!(push(cluster, gateway, &users, "p1").await, [("DELIVERED", 0), ("QUEUED", 0)]);
    }
    cluster.settle(&[&moved]).await;
    assert!(pushed_to(&moved).is_empty());
    // While nothing is kept, too; and another id is another push.
    for (push_id, sessions) in [("p2", 1), ("p2", 0), ("p1", 0), ("p3", 1)] {
        let pushed = cluster.pusher(1).push_kept(&[&ann.id], push_id, &[], 0).await.unwrap();
        assert_eq!(outcomes(&pushed), [("DELIVERED", sessions)], "{push_id}");
    }
    cluster.settle(&[&moved]).await;
    assert_eq!(pushed_to(&moved), ["p2", "p3"]);
}

async fn what_has_expired_does_not_come(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    for (push_id, ttl_seconds) in [("short", MINUTE), ("long", 10 * MINUTE)] {
        let pushed = cluster.pusher(0).push_kept(&[&ann.id], push_id, &[], ttl_seconds).await.unwrap();
        assert_eq!(outcomes(&pushed), [("QUEUED", 0)]);
    }
    cluster.clock().advance(Duration::from_secs(61));
    let session = cluster.connect(&ann, 0).await;
    session.frame("the long one", |frame| frame.push_id.as_deref() == Some("long")).await;
    assert_eq!(pushed_to(&session), ["long"]);
}

/// A socket that is read frame by frame, so that no pong goes out unasked.
struct Deaf(Socket);

impl Deaf {
    async fn connect(site: &Site, account: &Account, gateway: usize) -> Self {
        let handshake = Handshake::bearer(site.gateway(gateway).http, &account.access);
        Self(within("a handshake", handshake.upgrade()).await.unwrap().0)
    }

    /// Reads up to the push, and no further.
    async fn read_push(&mut self) -> String {
        loop {
            let message = within("a push", self.0.next()).await.expect("the socket lives").unwrap();
            if let WireMessage::Text(text) = message
                && let Some(push_id) = serde_json::from_str::<Frame>(&text).unwrap().push_id
            {
                return push_id;
            }
        }
    }
}

async fn a_client_that_ends_before_it_answers_gets_it_again(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    assert_eq!(push(cluster, 0, &[&ann.id], "p1").await, [("QUEUED", 0)]);
    for gateway in 0..4 {
        let mut deaf = Deaf::connect(cluster, &ann, gateway).await;
        assert_eq!(deaf.read_push().await, "p1");
        assert_eq!(
            push(cluster, gateway, &[&ann.id], "p1").await,
            [("QUEUED", 0)],
            "not known to be received"
        );
    }
    let session = cluster.connect(&ann, 1).await;
    session.frame("the push", |frame| frame.push_id.as_deref() == Some("p1")).await;
    is_known_to_be_received(cluster, &ann.id, "p1").await;
    assert_eq!(pushed_to(&session), ["p1"]);
}

async fn a_stream_keeps_more_than_a_page_in_its_order(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let of_bob = cluster.connect(&bob, 1).await;
    let ids: Vec<String> = (0..250).map(|number| format!("p{number}")).collect();
    let users = [&*ann.id, "no-such-user", &*bob.id];
    let answers = cluster.pusher(0).push_stream(&users, &ids, MINUTE).await;
    assert_eq!(answers.iter().map(|answer| answer.push_id.clone()).collect::<Vec<_>>(), ids);
    for answer in &answers {
        assert_eq!(outcomes(answer), [("QUEUED", 0), ("OFFLINE", 0), ("DELIVERED", 1)]);
    }
    let of_ann = cluster.connect(&ann, 1).await;
    of_ann.frames_of("notification", ids.len()).await;
    assert_eq!(pushed_to(&of_ann), ids);
    of_bob.frames_of("notification", ids.len()).await;
    is_known_to_be_received(cluster, &ann.id, "p249").await;
    let again = cluster.pusher(1).push_stream(&users, &ids, MINUTE).await;
    for answer in &again {
        assert_eq!(outcomes(answer), [("DELIVERED", 0), ("OFFLINE", 0), ("DELIVERED", 0)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_outlives_every_process_over_sqlite() {
    outlives_every_process(Size::Small).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_outlives_every_process_over_postgres_and_redis() {
    outlives_every_process(Size::Grown).await;
}

async fn outlives_every_process(size: Size) {
    let mut cluster = Processes::start(size).await;
    let site = cluster.site.clone();
    let ann = site.sign_up("ann").await;
    assert_eq!(push(&site, 0, &[&ann.id], "p1").await, [("QUEUED", 0)]);
    kill_all(&mut cluster).await;
    let mut deaf = Deaf::connect(&site, &ann, 0).await;
    assert_eq!(deaf.read_push().await, "p1");
    // Between the frame and the proof that it was received.
    kill_all(&mut cluster).await;
    drop(deaf);
    let session = site.connect(&ann, 1).await;
    session.frame("the push", |frame| frame.push_id.as_deref() == Some("p1")).await;
    is_known_to_be_received(&site, &ann.id, "p1").await;
    assert_eq!(pushed_to(&session), ["p1"]);
    drop(session);
    cluster.stop().await;
}

/// `kill -9` of every gateway and repo, which start again.
async fn kill_all(cluster: &mut Processes) {
    for process in cluster.gateways.iter_mut().chain(&mut cluster.repos) {
        process.kill();
        process.start_again();
    }
    cluster.site.ready().await;
}
