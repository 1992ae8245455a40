//! Every frame that the contract says the server sends, and the fields of its data: no more and no fewer. What each means is tested
//! where its feature is.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Frame, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(every_frame_has_the_contracts_fields);

/// The contract's table. `resync` comes only after a fault: it is tested where a lease is renewed too late.
const FRAMES: [(&str, &str); 21] = [
    ("hello", "sessionId userId gatewayId serverTime heartbeatSeconds maxMessageBytes"),
    ("new-message", "id conversationId sender content messageType seqId clientMsgId extra deleted createdAt"),
    ("message-recalled", "conversationId messageId seqId operatorId change"),
    ("read-receipt", "conversationId userId seqId"),
    ("delivery-receipt", "conversationId userId seqId"),
    ("typing-indicator", "conversationId userId typing"),
    ("online-status", "userId status"),
    ("conversation-created", "conversation"),
    ("conversation-updated", "conversation"),
    ("conversation-deleted", "conversationId"),
    ("member-added", "conversationId userIds operatorId"),
    ("member-removed", "conversationId userIds operatorId"),
    ("friend-request", "request"),
    ("friend-accepted", "user conversationId"),
    ("notification", "text"),
    ("error", "code message details"),
    ("message-ack", "client_msg_id messageId seqId conversationId createdAt status"),
    ("read-ack", "conversationId seqId unreadCount"),
    ("sync-done", "conversations gone"),
    ("auth-ack", "expiresIn"),
    ("pong", ""),
];

async fn every_frame_has_the_contracts_fields(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let (of_ann, of_bob) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    let again = talk(cluster, [&ann, &bob, &carl], &of_ann, &of_bob).await;

    let seen: Vec<Frame> = [of_ann, of_bob, again].iter().flat_map(Session::frames).collect();
    let expected: BTreeMap<&str, BTreeSet<&str>> =
        FRAMES.iter().map(|(kind, fields)| (*kind, fields.split_whitespace().collect())).collect();
    for frame in seen.iter().filter(|frame| !is_ack_of_recall(frame)) {
        let fields: BTreeSet<&str> = frame.data.as_object().unwrap().keys().map(String::as_str).collect();
        let Some(expected) = expected.get(frame.kind.as_str()) else {
            panic!("a frame of no row: {frame:?}")
        };
        assert_eq!(&fields, expected, "{frame:?}");
        assert!(frame.timestamp > 0, "{frame:?}");
    }
    let kinds: BTreeSet<&str> = seen.iter().map(|frame| frame.kind.as_str()).collect();
    let missing: Vec<&&str> = expected.keys().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

/// Does something for every row.
async fn talk(
    cluster: &TestCluster,
    [ann, bob, carl]: [&Account; 3],
    of_ann: &Session,
    of_bob: &Session,
) -> Session {
    let api = cluster.api(0);
    let single = api.create_single(ann, bob).await;
    of_bob.frame("the new conversation", |frame| frame.kind == "conversation-created").await;
    of_ann.send(&single, "hello", "k1").await;
    of_bob.message(&single, "k1").await;
    let got = json!({ "type": "mark-delivered", "data": { "conversationId": single, "seqId": 1 } });
    of_bob.send_text(&got.to_string()).await;
    of_ann.frame("what a device has got", |frame| frame.kind == "delivery-receipt").await;
    of_bob.mark_read(&single, 1).await;
    of_ann.frame("a receipt", |frame| frame.kind == "read-receipt").await;
    of_bob.send_text(&json!({ "type": "typing", "data": { "conversationId": single } }).to_string()).await;
    of_ann.frame("typing", |frame| frame.kind == "typing-indicator").await;
    let recall = json!({ "conversationId": single, "messageId": format!("{single}.1") });
    assert_eq!(recalled(of_ann, &recall).await, json!(1));
    of_bob.frame("the recall", |frame| frame.kind == "message-recalled").await;

    let group = api.create_group(ann, &[bob]).await;
    api.post(ann, &format!("/conversations/{group}/members"), json!({ "members": [carl.id] }))
        .await
        .data(201);
    of_bob.frame("a member more", |frame| frame.kind == "member-added").await;
    let path = format!("/conversations/{group}");
    api.call(Method::PUT, &path, &ann.access, Some(json!({ "name": "another" }))).await.data(200);
    of_bob.frame("another name", |frame| frame.kind == "conversation-updated").await;
    api.call(Method::DELETE, &format!("{path}/members/{}", carl.id), &ann.access, None).await.data(200);
    of_bob.frame("a member less", |frame| frame.kind == "member-removed").await;
    api.call(Method::DELETE, &path, &ann.access, None).await.data(200);
    of_bob.frame("the end of the group", |frame| frame.kind == "conversation-deleted").await;

    let request = json!({ "targetUserId": bob.id, "message": "it is me" });
    let request = api.post(ann, "/friends/requests", request).await.data(201);
    of_bob.frame("a wish", |frame| frame.kind == "friend-request").await;
    let path = format!("/friends/requests/{}", request["id"].as_str().unwrap());
    api.call(Method::PUT, &path, &bob.access, Some(json!({ "action": "accept" }))).await.data(200);
    of_ann.frame("a friend", |frame| frame.kind == "friend-accepted").await;

    cluster.pusher(1).push(&[&ann.id], "notification", &json!({ "text": "done" })).await;
    of_ann.frame("the push", |frame| frame.kind == "notification").await;
    cluster
        .pusher(1)
        .push_with(&[&ann.id], "notification", &json!({ "text": "done" }), "p1", &[])
        .await
        .unwrap();
    of_ann.frame("the push with an id", |frame| frame.push_id.as_deref() == Some("p1")).await;
    assert_eq!(of_ann.request("sync", &json!({ "conversations": {} })).await.kind, "sync-done");
    assert_eq!(of_ann.request("auth", &json!({ "token": ann.access })).await.kind, "auth-ack");
    assert_eq!(of_ann.request("ping", &json!({})).await.kind, "pong");
    assert_eq!(of_ann.request("no-such-type", &json!({})).await.kind, "error");
    // They are contacts by now.
    let again = cluster.connect(bob, 0).await;
    again.frame("ann is online", |frame| frame.kind == "online-status").await;
    again
}

/// Recalls a message: its seq.
async fn recalled(session: &Session, recall: &Value) -> Value {
    let ack = session.request("recall-message", recall).await;
    assert!(is_ack_of_recall(&ack), "{ack:?}");
    ack.data["seqId"].clone()
}

/// It has fewer fields than the ack of a message.
fn is_ack_of_recall(frame: &Frame) -> bool {
    let fields: BTreeSet<&str> = frame.data.as_object().unwrap().keys().map(String::as_str).collect();
    frame.kind == "message-ack"
        && fields == BTreeSet::from(["conversationId", "messageId", "seqId", "status"])
}
