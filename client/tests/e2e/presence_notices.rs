//! Contacts are told who comes and goes, and backend jobs watch presence over all gateways.

use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::{Account, Frame, Processes, Rpc, Session, Size, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    contacts_are_told_and_strangers_are_not,
    a_reload_is_told_to_nobody,
    a_watch_shows_the_present_state_and_then_edges,
);

/// Others are told that a user is offline after so long.
const GRACE: Duration = Duration::from_secs(5);
/// A dead gateway's users are offline after so long.
const GATEWAY_DEATH: Duration = Duration::from_secs(15);
/// What looking takes on a busy machine.
const SLACK: Duration = Duration::from_secs(4);

/// What a session has been told of its contacts, in order. Who comes while a session is being greeted may be told of twice: once is
/// enough here.
fn told(session: &Session) -> Vec<(String, String)> {
    let frames = session.frames().into_iter().filter(|frame| frame.kind == "online-status");
    let text = |frame: &Frame, field: &str| frame.data[field].as_str().unwrap().to_owned();
    let mut told: Vec<_> = frames.map(|frame| (text(&frame, "userId"), text(&frame, "status"))).collect();
    told.dedup();
    told
}

fn status(account: &Account, status: &str) -> (String, String) {
    (account.id.clone(), status.to_owned())
}

async fn is_told(session: &Session, account: &Account, status: &str) {
    let what = format!("{} is {status}", account.name);
    session
        .frame(&what, |frame| {
            frame.kind == "online-status"
                && frame.data["userId"] == *account.id
                && frame.data["status"] == *status
        })
        .await;
}

async fn contacts_are_told_and_strangers_are_not(cluster: &mut TestCluster) {
    let [ann, bob, carl, eve] = cluster.sign_up_all(["ann", "bob", "carl", "eve"]).await;
    cluster.api(0).create_single(&ann, &bob).await;
    cluster.api(0).create_single(&carl, &ann).await;
    // A group makes nobody a contact.
    cluster.api(0).create_group(&ann, &[&eve, &bob]).await;
    let [bobs, eves] = [cluster.connect(&bob, 0).await, cluster.connect(&eve, 0).await];
    let anns = cluster.connect(&ann, 1).await;
    is_told(&bobs, &ann, "online").await;
    is_told(&anns, &bob, "online").await;
    assert_eq!(anns.frames()[0].kind, "hello");
    let left = Instant::now();
    anns.close().await;
    is_told(&bobs, &ann, "offline").await;
    assert!(left.elapsed() > GRACE - Duration::from_secs(1), "told after {:?}", left.elapsed());
    cluster.settle(&[&bobs, &eves]).await;
    assert_eq!(told(&bobs), [status(&ann, "online"), status(&ann, "offline")]);
    assert_eq!(told(&anns), [status(&bob, "online")], "carl is offline, eve is a stranger");
    assert_eq!(told(&eves), []);
}

async fn a_reload_is_told_to_nobody(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    cluster.api(0).create_single(&ann, &bob).await;
    cluster.api(0).create_single(&carl, &bob).await;
    let [bobs, anns, carls] =
        [cluster.connect(&bob, 0).await, cluster.connect(&ann, 0).await, cluster.connect(&carl, 1).await];
    is_told(&bobs, &ann, "online").await;
    is_told(&bobs, &carl, "online").await;
    let before = times_told(&bobs, &ann);
    anns.close().await;
    for gateway in [1, 0] {
        cluster.connect(&ann, gateway).await.close().await;
    }
    let _anns = cluster.connect(&ann, 1).await;
    // Who goes after that is told of when anybody would have been told of ann.
    carls.close().await;
    is_told(&bobs, &carl, "offline").await;
    cluster.settle(&[&bobs]).await;
    assert_eq!(times_told(&bobs, &ann), before);
}

/// How often a session has been told of a user.
fn times_told(session: &Session, user: &Account) -> usize {
    let is_of = |frame: &&Frame| frame.kind == "online-status" && frame.data["userId"] == *user.id;
    session.frames().iter().filter(is_of).count()
}

async fn a_watch_shows_the_present_state_and_then_edges(cluster: &mut TestCluster) {
    let [ann, bob, eve] = cluster.sign_up_all(["ann", "bob", "eve"]).await;
    let anns = cluster.connect(&ann, 1).await;
    comes_to_be_seen(&cluster.pusher(0), &ann).await;
    let mut watch = cluster.pusher(0).watch(&[&bob.id, &ann.id]).await.unwrap();
    assert_eq!(watch.next().await.unwrap(), (bob.id.clone(), false));
    assert_eq!(watch.next().await.unwrap(), (ann.id.clone(), true));
    let mut all = cluster.pusher(1).watch(&[]).await.unwrap();
    assert_eq!(all.next().await.unwrap(), (ann.id.clone(), true));
    let other = cluster.connect(&ann, 0).await;
    let [bobs, eves] = [cluster.connect(&bob, 1).await, cluster.connect(&eve, 1).await];
    assert_eq!(watch.next().await.unwrap(), (bob.id.clone(), true));
    assert_eq!(all.next().await.unwrap(), (bob.id.clone(), true));
    assert_eq!(all.next().await.unwrap(), (eve.id.clone(), true));
    anns.close().await;
    bobs.close().await;
    eves.close().await;
    assert_eq!(watch.next().await.unwrap(), (bob.id.clone(), false), "ann has another session");
    other.close().await;
    assert_eq!(watch.next().await.unwrap(), (ann.id.clone(), false));
    for account in [&bob, &eve, &ann] {
        assert_eq!(all.next().await.unwrap(), (account.id.clone(), false));
    }
}

/// Waits until a gateway has heard of a user's session.
async fn comes_to_be_seen(gateway: &Rpc, account: &Account) {
    let mut watch = gateway.watch(&[&account.id]).await.unwrap();
    while watch.next().await.unwrap() != (account.id.clone(), true) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_gateways_users_are_told_offline() {
    let mut cluster = Processes::start(Size::Grown).await;
    let site = &cluster.site;
    let [ann, bob, carl] = site.sign_up_all(["ann", "bob", "carl"]).await;
    site.api(0).create_single(&ann, &bob).await;
    site.api(0).create_single(&carl, &bob).await;
    let bobs = site.connect(&bob, 1).await;
    let sessions = [site.connect(&ann, 0).await, site.connect(&carl, 0).await, site.connect(&carl, 1).await];
    is_told(&bobs, &ann, "online").await;
    is_told(&bobs, &carl, "online").await;
    let mut watch = site.pusher(1).watch(&[&ann.id]).await.unwrap();
    assert_eq!(watch.next().await.unwrap(), (ann.id.clone(), true));

    cluster.gateways[0].kill();
    let killed = Instant::now();
    assert_eq!(watch.next().await.unwrap(), (ann.id.clone(), false));
    assert!(killed.elapsed() < GATEWAY_DEATH + SLACK, "watched after {:?}", killed.elapsed());
    is_told(&bobs, &ann, "offline").await;
    assert!(killed.elapsed() < GATEWAY_DEATH + GRACE + SLACK, "told after {:?}", killed.elapsed());
    site.pusher(1).push(&[&bob.id], "mark", &serde_json::json!({})).await;
    bobs.frame("the mark", |frame| frame.kind == "mark").await;
    let mut told = told(&bobs);
    told.sort();
    told.dedup();
    let mut expected = [status(&ann, "online"), status(&ann, "offline"), status(&carl, "online")];
    expected.sort();
    assert_eq!(told, expected, "carl has another session");

    cluster.gateways[0].start_again();
    cluster.site.ready().await;
    drop((bobs, sessions, watch));
    cluster.stop().await;
}
