//! A gateway that has stopped answering, though its connections are open: nobody waits for it, and nothing is said to be delivered.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cluster::{Processes, Size, eventually};

/// Logic and gateways give up after half a second; the rest is for a busy machine.
const HELD_BACK: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_does_not_answer_is_unreachable_and_holds_nothing_back() {
    let cluster = Processes::start(Size::Grown).await;
    let site = &cluster.site;
    let [ann, bob, carl] = site.sign_up_all(["ann", "bob", "carl"]).await;
    let group = site.api(0).create_group(&ann, &[&bob, &carl]).await;
    let sender = site.connect(&ann, 1).await;
    let stopped = [site.connect(&bob, 0).await, site.connect(&carl, 0).await];
    let carls = site.connect(&carl, 1).await;
    sender.send(&group, "before", "k1").await;
    carls.message(&group, "k1").await;

    cluster.gateways[0].pause();
    let (users, data) = ([&*bob.id, &*carl.id, &*ann.id], serde_json::json!({}));
    let reports = site.pusher(1).push(&users, "notification", &data).await;
    let told: Vec<(&str, i32)> = reports.iter().map(|report| (report.status, report.sessions)).collect();
    assert_eq!(told, [("UNREACHABLE", 0), ("DELIVERED", 1), ("DELIVERED", 1)]);
    // What may not have been delivered waits for the next connect.
    let kept = site.pusher(1).push_kept(&[&bob.id], "kept", &[], 60).await.unwrap();
    assert_eq!((kept.results[0].status, kept.results[0].sessions), ("QUEUED", 0));
    let begun = Instant::now();
    let ack = sender.send(&group, "meanwhile", "k2").await;
    assert!(begun.elapsed() < HELD_BACK, "the ack was held back for {:?}", begun.elapsed());
    assert_eq!(carls.message(&group, "k2").await.id, ack.message_id);

    cluster.gateways[0].resume();
    let user = [&*bob.id];
    eventually("the gateway answers again", async || {
        let reports = site.pusher(1).push(&user, "notification", &data).await;
        (reports[0].status == "DELIVERED").then_some(())
    })
    .await;
    sender.send(&group, "after", "k3").await;
    for session in &stopped {
        assert_eq!(session.message(&group, "k3").await.content, "after");
    }
    let again = site.connect(&bob, 1).await;
    again.frame("what was kept", |frame| frame.push_id.as_deref() == Some("kept")).await;
    drop((sender, stopped, carls, again));
    cluster.stop().await;
}

/// A stopped gateway stands still for so long: its lease, of 10 s, outlives that.
const STOPPED: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_of_a_gateway_that_stood_still_have_everything_without_a_reconnect_over_sqlite() {
    everything_comes_without_a_reconnect(Size::Small).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_of_a_gateway_that_stood_still_have_everything_without_a_reconnect_over_postgres() {
    everything_comes_without_a_reconnect(Size::Grown).await;
}

async fn everything_comes_without_a_reconnect(size: Size) {
    let cluster = Processes::start(size).await;
    let site = &cluster.site;
    let [ann, bob, carl] = site.sign_up_all(["ann", "bob", "carl"]).await;
    let group = site.api(0).create_group(&ann, &[&bob, &carl]).await;
    let stopped = [site.connect(&bob, 0).await, site.connect(&carl, 0).await];

    let begun = Instant::now();
    cluster.gateways[0].pause();
    let keys: Vec<String> = (0..20).map(|number| format!("k{number}")).collect();
    for (key, seq) in keys.iter().zip(1..) {
        assert_eq!(site.logic(0).send(&ann.id, &group, key, key).await, Ok(seq));
    }
    sleep_until(begun + STOPPED).await;
    cluster.gateways[0].resume();

    for session in &stopped {
        // Nothing is sent any more that would show a gap.
        session.frame("resync", |frame| frame.kind == "resync").await;
        let synced = session.request("sync", &serde_json::json!({ "conversations": { &*group: 0 } })).await;
        assert_eq!(synced.kind, "sync-done", "{synced:?}");
        for key in &keys {
            assert_eq!(session.message(&group, key).await.content, *key);
        }
        assert!(!session.has_ended(), "on the same connection");
    }
    drop(stopped);
    cluster.stop().await;
}
