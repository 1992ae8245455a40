//! A user is online while a live gateway holds a session of theirs. What a gateway's death does is in the chaos tests.

use std::time::Duration;

use crate::cluster::{Account, Presence, Rpc, TestCluster, eventually_within};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_user_is_online_while_a_session_is_open,
    the_last_word_wins_when_sessions_come_and_go,
    a_gateway_that_stops_takes_its_users_with_it,
);

/// The promise says 2 s; the rest is for a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(5);

/// Waits until a user is on just these gateways; `who` tells the test's step.
async fn comes_to_be_on(repo: &Rpc, account: &Account, gateway_ids: &[&str], who: &str) {
    let mut gateway_ids: Vec<String> = gateway_ids.iter().map(|id| (*id).to_owned()).collect();
    gateway_ids.sort();
    gateway_ids.dedup();
    let expected = Presence { online: !gateway_ids.is_empty(), gateway_ids };
    eventually_within(SOON, &format!("{who}: {expected:?}"), async || {
        (repo.presence(&account.id).await == expected).then_some(())
    })
    .await;
}

async fn a_user_is_online_while_a_session_is_open(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let repos = [cluster.repo(0), cluster.repo(1)];
    for repo in &repos {
        comes_to_be_on(repo, &ann, &[], "before").await;
    }
    let one = cluster.connect(&ann, 0).await;
    let other = cluster.connect(&ann, 1).await;
    // A session is announced before it is greeted: nobody has to wait here.
    for repo in &repos {
        assert!(repo.presence(&ann.id).await.online);
        comes_to_be_on(repo, &ann, &[&one.gateway_id, &other.gateway_id], "two sessions").await;
        assert!(!repo.presence(&bob.id).await.online);
    }
    one.close().await;
    for repo in &repos {
        comes_to_be_on(repo, &ann, &[&other.gateway_id], "one session").await;
    }
    // Without a goodbye, as when a program is killed.
    drop(other);
    for repo in &repos {
        comes_to_be_on(repo, &ann, &[], "no session").await;
    }
}

async fn the_last_word_wins_when_sessions_come_and_go(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let repo = cluster.repo(0);
    for _ in 0..20 {
        let old = cluster.connect(&ann, 0).await;
        let (new, ()) = tokio::join!(cluster.connect(&ann, 0), old.close());
        assert!(repo.presence(&ann.id).await.online, "the new session is open");
        new.close().await;
    }
    comes_to_be_on(&repo, &ann, &[], "all closed").await;
    let last = cluster.connect(&ann, 1).await;
    comes_to_be_on(&repo, &ann, &[&last.gateway_id], "open again").await;
}

async fn a_gateway_that_stops_takes_its_users_with_it(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let (leaving, staying) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    let alone = cluster.gateways.len() == 1;
    cluster.stop_gateway(0).await;
    assert_eq!(leaving.ended().await, Some(1012), "a client is told to come again");
    let repo = cluster.repo(0);
    comes_to_be_on(&repo, &ann, &[], "her gateway stopped").await;
    let bobs: &[&str] = if alone { &[] } else { &[&staying.gateway_id] };
    comes_to_be_on(&repo, &bob, bobs, "his gateway").await;
}
