//! Who writes, who has read and whose device has got what, from one gateway to the other.

use serde_json::{Value, json};

use crate::cluster::{Frame, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    the_others_see_who_writes_and_when_they_stop_or_go,
    the_others_and_the_readers_other_sessions_see_how_far_somebody_has_read,
    the_other_of_a_single_sees_what_a_device_has_got,
    in_world_nobody_sees_who_writes_or_reads,
);

fn indicator(conversation: &str, user: &str, typing: bool) -> Value {
    json!({ "conversationId": conversation, "userId": user, "typing": typing })
}

fn receipt(conversation: &str, user: &str, seq: i64) -> Value {
    json!({ "conversationId": conversation, "userId": user, "seqId": seq })
}

/// The data of the frames of a kind that have come by now.
fn data_of(session: &Session, kind: &str) -> Vec<Value> {
    session.frames().into_iter().filter(|frame| frame.kind == kind).map(|frame| frame.data).collect()
}

async fn say(session: &Session, kind: &str, conversation: &str) {
    session.send_text(&json!({ "type": kind, "data": { "conversationId": conversation } }).to_string()).await;
}

/// Waits for the frame of this kind and data.
async fn expect(session: &Session, kind: &str, data: &Value) {
    session.frame(&format!("{kind} {data}"), |frame: &Frame| frame.kind == kind && frame.data == *data).await;
}

async fn the_others_see_who_writes_and_when_they_stop_or_go(cluster: &mut TestCluster) {
    let [ann, bob, carl, eve] = cluster.sign_up_all(["ann", "bob", "carl", "eve"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob, &carl]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let anns = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let others = [cluster.connect(&bob, 1).await, cluster.connect(&carl, 0).await];
    let stranger = cluster.connect(&eve, 0).await;
    say(&stranger, "typing", &group).await;
    for _ in 0..3 {
        say(&anns[0], "typing", &group).await;
    }
    say(&anns[0], "stop-typing", &group).await;
    for session in &others {
        expect(session, "typing-indicator", &indicator(&group, &ann.id, false)).await;
    }
    say(&anns[0], "typing", &single).await;
    expect(&others[0], "typing-indicator", &indicator(&single, &ann.id, true)).await;
    anns[0].close().await;
    expect(&others[0], "typing-indicator", &indicator(&single, &ann.id, false)).await;
    cluster.settle(&[&others[0], &others[1], &anns[1], &stranger]).await;
    let in_group = [indicator(&group, &ann.id, true), indicator(&group, &ann.id, false)];
    let in_single = [indicator(&single, &ann.id, true), indicator(&single, &ann.id, false)];
    assert_eq!(data_of(&others[0], "typing-indicator"), [in_group.clone(), in_single].concat());
    assert_eq!(data_of(&others[1], "typing-indicator"), in_group);
    assert!(data_of(&anns[1], "typing-indicator").is_empty(), "one knows that one writes");
    assert!(data_of(&stranger, "typing-indicator").is_empty());
}

async fn the_others_and_the_readers_other_sessions_see_how_far_somebody_has_read(cluster: &mut TestCluster) {
    let [ann, bob, eve] = cluster.sign_up_all(["ann", "bob", "eve"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let anns = cluster.connect(&ann, 0).await;
    let bobs = [cluster.connect(&bob, 1).await, cluster.connect(&bob, 0).await];
    let stranger = cluster.connect(&eve, 1).await;
    for seq in 1..=5 {
        anns.send(&single, "hello", &format!("k{seq}")).await;
    }
    for seq in [1, 2, 3] {
        bobs[0].mark_read(&single, seq).await;
    }
    for session in [&anns, &bobs[1]] {
        expect(session, "read-receipt", &receipt(&single, &bob.id, 3)).await;
    }
    // Nothing moves, so nobody is told; then it moves by HTTP, where no session asks.
    assert_eq!(bobs[0].mark_read(&single, 2).await, 2);
    cluster.api(0).mark_read(&bob, &single, 5).await;
    for session in [&anns, &bobs[0], &bobs[1]] {
        expect(session, "read-receipt", &receipt(&single, &bob.id, 5)).await;
    }
    cluster.settle(&[&anns, &bobs[0], &bobs[1], &stranger]).await;
    assert_eq!(data_of(&bobs[0], "read-receipt"), [receipt(&single, &bob.id, 5)], "it asked for the first");
    for session in [&anns, &bobs[1]] {
        let told: Vec<i64> =
            data_of(session, "read-receipt").iter().map(|data| data["seqId"].as_i64().unwrap()).collect();
        assert!(told.is_sorted() && told.ends_with(&[5]), "never back: {told:?}");
        let mut once = told.clone();
        once.dedup();
        assert_eq!(once, told, "what did not move is not told");
    }
    assert!(data_of(&stranger, "read-receipt").is_empty());
}

async fn got(session: &Session, conversation: &str, seq: i64) {
    let data = json!({ "conversationId": conversation, "seqId": seq });
    session.send_text(&json!({ "type": "mark-delivered", "data": data }).to_string()).await;
}

async fn the_other_of_a_single_sees_what_a_device_has_got(cluster: &mut TestCluster) {
    let [ann, bob, eve] = cluster.sign_up_all(["ann", "bob", "eve"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let anns = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let bobs = [cluster.connect(&bob, 1).await, cluster.connect(&bob, 0).await];
    let stranger = cluster.connect(&eve, 1).await;
    for seq in 1..=3 {
        anns[0].send(&single, "hello", &format!("k{seq}")).await;
        anns[0].send(&group, "hello", &format!("g{seq}")).await;
    }
    got(&stranger, &single, 3).await;
    for seq in [1, 2] {
        got(&bobs[0], &group, seq).await;
        got(&bobs[0], &single, seq).await;
    }
    for session in &anns {
        expect(session, "delivery-receipt", &receipt(&single, &bob.id, 2)).await;
    }
    got(&bobs[1], &single, 3).await;
    for session in &anns {
        expect(session, "delivery-receipt", &receipt(&single, &bob.id, 3)).await;
    }
    let refused = bobs[0].request("mark-delivered", &json!({ "conversationId": single, "seqId": 0 })).await;
    assert_eq!((refused.kind.as_str(), &refused.data["code"]), ("error", &json!("INVALID_PARAMETER")));
    cluster.settle(&[&anns[0], &anns[1], &bobs[0], &bobs[1], &stranger]).await;
    for session in &anns {
        let told = data_of(session, "delivery-receipt");
        let is_of_bob = |data: &Value| data["conversationId"] == *single && data["userId"] == *bob.id;
        assert!(told.iter().all(is_of_bob), "{told:?}");
        assert!(told.iter().map(|data| data["seqId"].as_i64()).is_sorted(), "{told:?}");
    }
    for session in [&bobs[0], &bobs[1], &stranger] {
        assert!(data_of(session, "delivery-receipt").is_empty());
    }
}

async fn in_world_nobody_sees_who_writes_or_reads(cluster: &mut TestCluster) {
    let [ann, bob] = [cluster.api(0).guest().await, cluster.api(1).guest().await];
    let anns = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let bobs = cluster.connect(&bob, 1).await;
    let seq = bobs.send("world", "hello", "k").await.seq;
    say(&anns[0], "typing", "world").await;
    anns[0].mark_read("world", seq).await;
    expect(&anns[1], "read-receipt", &receipt("world", &ann.id, seq)).await;
    cluster.settle(&[&anns[0], &anns[1], &bobs]).await;
    assert!(data_of(&bobs, "read-receipt").is_empty());
    assert!(data_of(&anns[0], "read-receipt").is_empty(), "it asked");
    assert!(data_of(&bobs, "typing-indicator").is_empty());
}
