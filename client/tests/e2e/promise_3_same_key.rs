//! The same (sender, conversation, client_msg_id) again returns the first message, whatever the new content, and stores nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use tokio::sync::Barrier;

use crate::cluster::{Ack, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(a_repetition_returns_the_first_message, keys_raced_by_many_sessions_are_one_row_each);

const KEYS: usize = 1_000;
const SESSIONS: usize = 10;
/// Keys that are raced at once.
const AT_ONCE: usize = 20;

async fn a_repetition_returns_the_first_message(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let first = cluster.connect(&ann, 0).await.send(&group, "first", "k1").await;

    let again = cluster.connect(&ann, 1).await.send(&group, "other", "k1").await;
    assert_eq!(again, first);
    let over_http = cluster.api(1).send(&ann, &group, "another", "k1").await.data(200);
    assert_eq!((&over_http["content"], &over_http["seqId"]), (&"first".into(), &1.into()));
    assert_eq!(cluster.logic(1).send(&ann.id, &group, "yet another", "k1").await, Ok(1));

    // The key is the sender's own, and the conversation's.
    assert_eq!(cluster.logic(0).send(&bob.id, &group, "from bob", "k1").await, Ok(2));
    let elsewhere = cluster.api(0).create_single(&ann, &bob).await;
    assert_eq!(cluster.logic(0).send(&ann.id, &elsewhere, "elsewhere", "k1").await, Ok(1));
    let stored: Vec<String> =
        cluster.api(0).history(&bob, &group).await.into_iter().map(|message| message.content).collect();
    assert_eq!(stored, ["first", "from bob"]);
}

async fn keys_raced_by_many_sessions_are_one_row_each(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let sessions = join_all((0..SESSIONS).map(|gateway| cluster.connect(&ann, gateway))).await;

    let start = Barrier::new(SESSIONS);
    let racers = sessions.iter().enumerate().map(async |(racer, session)| {
        let mut acks = Vec::with_capacity(KEYS);
        for from in (0..KEYS).step_by(AT_ONCE) {
            start.wait().await;
            let race = (from..from + AT_ONCE).map(async |key| {
                session.send(&single, &format!("{key} by {racer}"), &format!("k{key}")).await
            });
            acks.extend(join_all(race).await);
        }
        acks
    });
    let acks: Vec<Vec<Ack>> = join_all(racers).await;
    for others in &acks[1..] {
        assert_eq!(others, &acks[0], "each session was told the same");
    }

    let history = cluster.api(1).history(&bob, &single).await;
    let seqs: Vec<i64> = history.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (1..).take(KEYS).collect::<Vec<i64>>(), "one row for each key, and no seq burnt");
    let stored: BTreeMap<&str, i64> =
        history.iter().map(|message| (message.client_msg_id.as_str(), message.seq)).collect();
    let told: BTreeMap<&str, i64> = acks[0].iter().map(|ack| (ack.client_msg_id.as_str(), ack.seq)).collect();
    assert_eq!(stored, told);
    let sent: BTreeSet<String> =
        (0..KEYS).flat_map(|key| (0..SESSIONS).map(move |racer| format!("{key} by {racer}"))).collect();
    assert!(history.iter().all(|message| sent.contains(&message.content)));
}
