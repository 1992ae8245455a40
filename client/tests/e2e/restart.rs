//! Everything is still there when all processes have been stopped and started again over the same data.

use serde_json::json;

use crate::cluster::TestCluster;
use crate::sizes::on_both_sizes;

on_both_sizes!(everything_is_still_there_after_a_restart);

async fn everything_is_still_there_after_a_restart(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let session = cluster.connect(&ann, 0).await;
    for number in 1..=3 {
        session.send(&group, &format!("message {number}"), &format!("k{number}")).await;
    }
    session.send(&single, "hello bob", "k1").await;
    cluster.api(0).mark_read(&bob, &group, 2).await;
    let (group_before, single_before) =
        (cluster.api(0).history(&bob, &group).await, cluster.api(0).history(&bob, &single).await);
    let view_before = cluster.api(0).get(&ann, &format!("/conversations/{group}")).await.data(200);

    let socket_of_bob = cluster.connect(&bob, 1).await;
    cluster.restart().await;
    assert_eq!(session.ended().await, Some(1012), "a client is told to come again");
    assert_eq!(socket_of_bob.ended().await, Some(1012));

    assert_eq!(cluster.api(0).history(&bob, &group).await, group_before);
    assert_eq!(cluster.api(1).history(&bob, &single).await, single_before);
    let view = cluster.api(1).get(&ann, &format!("/conversations/{group}")).await.data(200);
    assert_eq!(view, view_before, "name, members, read pointers and last message");
    assert_eq!(cluster.logic(0).unread(&bob.id, &group).await, 1);
    assert_eq!(cluster.api(0).listed(&bob, &single).await["peer"]["id"], *ann.id);

    // The old tokens and the password are good, old keys are known, and the count goes on.
    cluster.api(0).sign_in(&bob).await;
    let (session, receiver) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    assert_eq!(session.send(&group, "other", "k2").await.seq, 2);
    assert_eq!(session.send(&group, "message 4", "k4").await.seq, 4);
    assert_eq!(receiver.message(&group, "k4").await.content, "message 4");
    let again = json!({ "type": 1, "members": [bob.id] });
    let again = cluster.api(0).post(&ann, "/conversations", again).await;
    assert_eq!(again.body["data"]["id"], *single, "a second SINGLE of the two is the first");
}
