//! An acknowledged message is durable, stands in history exactly once, and reaches every online member's sessions.

use crate::cluster::{Message, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    an_acknowledged_message_is_in_history_once_and_on_every_other_session,
    a_message_without_a_session_reaches_all_of_its_senders_sessions,
    a_repeated_message_is_pushed_again_and_stored_once,
);

/// Checks that a conversation holds just this message, seen by this reader through every gateway, and gives it back.
async fn the_only_one(
    cluster: &TestCluster,
    reader: &crate::cluster::Account,
    conversation: &str,
) -> Message {
    let histories = [0, 1].map(|gateway| cluster.api(gateway));
    let [one, other] = histories;
    let history = one.history(reader, conversation).await;
    assert_eq!(history.len(), 1, "{history:?}");
    assert_eq!(other.history(reader, conversation).await, history);
    history.into_iter().next().unwrap()
}

async fn an_acknowledged_message_is_in_history_once_and_on_every_other_session(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob, &carl]).await;
    let sender = cluster.connect(&ann, 0).await;
    let others = [
        cluster.connect(&ann, 0).await,
        cluster.connect(&ann, 1).await,
        cluster.connect(&bob, 0).await,
        cluster.connect(&bob, 1).await,
    ];
    let ack = sender.send(&group, "hello", "k1").await;
    assert_eq!(ack.seq, 1);
    for reader in [&ann, &bob, &carl] {
        let stored = the_only_one(cluster, reader, &group).await;
        assert_eq!((stored.id, stored.content, stored.seq), (ack.message_id.clone(), "hello".into(), 1));
        assert_eq!((stored.sender_id, stored.sender_name), (ann.id.clone(), ann.name.clone()));
        assert_eq!((stored.client_msg_id, stored.kind, stored.deleted), ("k1".into(), 1, false));
    }
    let stored = the_only_one(cluster, &ann, &group).await;
    for session in &others {
        assert_eq!(session.message(&group, "k1").await, stored);
    }
    let everybody: Vec<&Session> = others.iter().chain([&sender]).collect();
    cluster.settle(&everybody).await;
    assert!(others.iter().all(|session| session.pushed(&group).len() == 1), "pushed twice");
    assert_eq!(sender.pushed(&group), [], "the sending session gets only the ack");
}

async fn a_message_without_a_session_reaches_all_of_its_senders_sessions(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(1).create_single(&ann, &bob).await;
    let sessions =
        [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await, cluster.connect(&bob, 1).await];
    let over_http = cluster.api(0).send(&ann, &single, "by HTTP", "k1").await.data(201);
    let over_grpc = cluster.logic(1).send(&ann.id, &single, "by gRPC", "k2").await;
    assert_eq!((&over_http["seqId"], over_grpc), (&1.into(), Ok(2)));
    let history = cluster.api(0).history(&bob, &single).await;
    for session in &sessions {
        assert_eq!(session.message(&single, "k1").await, history[0]);
        assert_eq!(session.message(&single, "k2").await, history[1]);
    }
}

async fn a_repeated_message_is_pushed_again_and_stored_once(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let sender = cluster.connect(&ann, 0).await;
    let first = sender.send(&single, "hello", "k1").await;
    // Bob was away: as if whatever was to bring it to him had died. The sender's retry brings it again.
    let receiver = cluster.connect(&bob, 1).await;
    assert_eq!(sender.send(&single, "hello", "k1").await, first);
    let stored = the_only_one(cluster, &bob, &single).await;
    assert_eq!(receiver.message(&single, "k1").await, stored);
}
