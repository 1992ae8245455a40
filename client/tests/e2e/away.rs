//! A client that was away catches up by `sync`, and a recall reaches everybody, wherever they are.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Frame, Session, TestCluster, within};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    who_was_away_gets_messages_and_recalls,
    a_backlog_comes_page_by_page_between_live_frames,
    what_is_gone_is_said_and_the_rest_is_listed,
    a_recall_reaches_every_session_but_the_one_that_asked,
    a_recall_is_the_senders_for_two_minutes_and_a_moderators_for_ever,
    a_socket_lives_on_under_a_fresh_token,
);

/// What a `sync` was answered with: the frames in between that are not live ones cannot be told apart, so all since the request.
struct Synced {
    frames: Vec<Frame>,
    done: Value,
}

impl Synced {
    fn seqs(&self, kind: &str, conversation: &str) -> Vec<i64> {
        let told = self.frames.iter().filter(|frame| frame.kind == kind);
        let here = told.filter(|frame| frame.data["conversationId"] == *conversation);
        here.map(|frame| frame.data["seqId"].as_i64().unwrap()).collect()
    }

    fn standing(&self, conversation: &str) -> &Value {
        &self.done["conversations"][conversation]
    }
}

async fn sync(session: &Session, data: Value) -> Synced {
    let before = session.frames().len();
    let done = session.request("sync", &data).await;
    assert_eq!(done.kind, "sync-done", "{done:?}");
    let frames = session.frames().split_off(before);
    let frames = frames.into_iter().take_while(|frame| frame.id != done.id).collect();
    Synced { frames, done: done.data }
}

async fn recall(session: &Session, conversation: &str, seq: i64) -> Frame {
    let data = json!({ "conversationId": conversation, "messageId": format!("{conversation}.{seq}") });
    session.request("recall-message", &data).await
}

async fn who_was_away_gets_messages_and_recalls(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let here = cluster.connect(&ann, 0).await;
    for key in ["k1", "k2", "k3"] {
        here.send(&single, key, key).await;
    }
    // Bob has the first three, and goes.
    let first = cluster.connect(&bob, 1).await;
    let all = sync(&first, json!({ "conversations": { &single: 0 } })).await;
    assert_eq!(all.seqs("new-message", &single), [1, 2, 3]);
    let standing = json!({ "lastSeq": 3, "change": 0, "readSeq": 0, "hasMore": false });
    assert_eq!(*all.standing(&single), standing);
    first.close().await;
    // Meanwhile, through the other gateway.
    here.send(&single, "k4", "k4").await;
    assert_eq!(recall(&here, &single, 2).await.kind, "message-ack");
    assert_eq!(recall(&here, &single, 4).await.kind, "message-ack");
    here.send(&single, "k5", "k5").await;
    let again = cluster.connect(&bob, 1).await;
    let missed = sync(&again, json!({ "conversations": { &single: { "seq": 3, "change": 0 } } })).await;
    assert_eq!(missed.seqs("new-message", &single), [4, 5]);
    assert_eq!(missed.seqs("message-recalled", &single), [2]);
    let gone = missed.frames.iter().find(|frame| frame.data["seqId"] == 4).unwrap();
    assert_eq!((&gone.data["deleted"], &gone.data["content"]), (&json!(true), &json!("")));
    let recalled = missed.frames.iter().find(|frame| frame.kind == "message-recalled").unwrap();
    assert_eq!((&recalled.data["operatorId"], &recalled.data["change"]), (&json!(ann.id), &json!(1)));
    let standing = json!({ "lastSeq": 5, "change": 2, "readSeq": 0, "hasMore": false });
    assert_eq!(*missed.standing(&single), standing);
    // A repetition of what was recalled brings nothing back.
    assert_eq!(here.send(&single, "again", "k2").await.seq, 2);
    let history = cluster.api(1).history(&bob, &single).await;
    let shown: Vec<&str> = history.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(shown, ["k1", "", "k3", "", "k5"]);
}

async fn a_backlog_comes_page_by_page_between_live_frames(cluster: &mut TestCluster) {
    const BACKLOG: i64 = 450;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let writer = cluster.connect(&ann, 0).await;
    for number in 0..BACKLOG {
        writer.send(&single, &number.to_string(), &number.to_string()).await;
    }
    let reader = cluster.connect(&bob, 1).await;
    let (mut seq, mut pages) = (0, 0);
    let more = loop {
        // Live frames come in between.
        let key = format!("live {pages}");
        let live = writer.send(&single, "live", &key);
        let named = json!({ &single: seq });
        let page = sync(&reader, json!({ "conversations": named, "partial": true }));
        let (_, page) = tokio::join!(live, page);
        pages += 1;
        let told = page.seqs("new-message", &single);
        let asked = seq + 1..=BACKLOG.min(seq + 200);
        let next: Vec<i64> = told.iter().copied().filter(|told| asked.contains(told)).collect();
        assert_eq!(next.first(), Some(&(seq + 1)));
        seq = next.last().copied().unwrap();
        assert_eq!(seq, *asked.end(), "a whole page: {told:?}");
        if page.standing(&single)["hasMore"] == false {
            break page;
        }
    };
    assert_eq!(pages, 3);
    assert!(more.standing(&single)["lastSeq"].as_i64().unwrap() >= BACKLOG);
    cluster.settle(&[&reader]).await;
    let held: BTreeSet<i64> = reader.pushed(&single).iter().map(|message| message.seq).collect();
    assert_eq!(held, (1..=BACKLOG + pages).collect());
}

async fn what_is_gone_is_said_and_the_rest_is_listed(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let (group, other) =
        (cluster.api(0).create_group(&ann, &[&bob]).await, cluster.api(0).create_group(&ann, &[&bob]).await);
    let foreign = cluster.api(0).create_group(&ann, &[]).await;
    cluster.logic(0).send(&ann.id, &other, "x", "k1").await.unwrap();
    let session = cluster.connect(&bob, 1).await;
    let named = json!({ &group: 0, &foreign: { "seq": 4 }, "nowhere": 1 });
    let answer = sync(&session, json!({ "conversations": named })).await;
    assert_eq!(answer.done["gone"], json!([foreign, "nowhere"]));
    assert_eq!(answer.standing(&other)["lastSeq"], 1, "listed");
    assert!(answer.seqs("new-message", &other).is_empty(), "without messages");
    cluster.logic(0).remove_member(&ann.id, &group, &bob.id).await;
    let answer = sync(&session, json!({ "conversations": { &group: 0 }, "partial": true })).await;
    assert_eq!(answer.done, json!({ "conversations": {}, "gone": [group] }));
    let refused = session.request("sync", &json!({ "conversations": { "c": -1 } })).await;
    assert_eq!((refused.kind.as_str(), &refused.data["code"]), ("error", &json!("INVALID_PARAMETER")));
}

fn is_recall(frame: &Frame, conversation: &str, seq: i64) -> bool {
    frame.kind == "message-recalled"
        && (&frame.data["conversationId"], &frame.data["seqId"]) == (&json!(conversation), &json!(seq))
}

async fn a_recall_reaches_every_session_but_the_one_that_asked(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let (asking, hers, his) =
        (cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await, cluster.connect(&bob, 1).await);
    asking.send(&group, "one", "k1").await;
    asking.send(&group, "two", "k2").await;
    let ack = recall(&asking, &group, 1).await;
    let expected = json!({
        "conversationId": group, "messageId": format!("{group}.1"), "seqId": 1, "status": "success",
    });
    assert_eq!((ack.kind.as_str(), &ack.data), ("message-ack", &expected));
    for session in [&hers, &his] {
        let told = session.frame("the recall", |frame| is_recall(frame, &group, 1)).await;
        assert_eq!((&told.data["operatorId"], &told.data["change"]), (&json!(ann.id), &json!(1)));
        assert_eq!(told.data["messageId"], *format!("{group}.1"));
    }
    // Over HTTP, no session asked: all of them are told.
    let path = format!("/conversations/{group}/messages/{group}.2");
    let left = cluster.api(1).call(Method::DELETE, &path, &ann.access, None).await.data(200);
    assert_eq!((&left["seqId"], &left["deleted"], &left["content"]), (&json!(2), &json!(true), &json!("")));
    for session in [&asking, &hers, &his] {
        session.frame("the recall over HTTP", |frame| is_recall(frame, &group, 2)).await;
    }
    assert!(!asking.frames().iter().any(|frame| is_recall(frame, &group, 1)), "it asked");
    let listed = cluster.api(0).listed(&bob, &group).await;
    assert_eq!(
        (&listed["lastMessage"]["deleted"], &listed["lastMessage"]["content"]),
        (&json!(true), &json!(""))
    );
}

async fn try_recall(cluster: &TestCluster, by: &Account, conversation: &str, seq: i64) -> Result<(), Value> {
    let path = format!("/conversations/{conversation}/messages/{conversation}.{seq}");
    let answer = cluster.api(1).call(Method::DELETE, &path, &by.access, None).await;
    if answer.status == 200 { Ok(()) } else { Err(answer.body["code"].clone()) }
}

async fn a_recall_is_the_senders_for_two_minutes_and_a_moderators_for_ever(cluster: &mut TestCluster) {
    let [ann, bob, eve] = cluster.sign_up_all(["ann", "bob", "eve"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    for conversation in [&group, &single] {
        for key in ["k1", "k2"] {
            cluster.logic(0).send(&bob.id, conversation, "bob's", key).await.unwrap();
        }
    }
    cluster.logic(0).send(&ann.id, &group, "ann's", "k1").await.unwrap();
    let refused = |code: &str| Err(json!(code));
    assert_eq!(try_recall(cluster, &bob, &group, 3).await, refused("FORBIDDEN"));
    assert_eq!(try_recall(cluster, &ann, &single, 1).await, refused("FORBIDDEN"));
    assert_eq!(try_recall(cluster, &eve, &group, 1).await, refused("CONVERSATION_NOT_FOUND"));
    assert_eq!(try_recall(cluster, &bob, &group, 99).await, refused("MESSAGE_NOT_FOUND"));
    assert_eq!(try_recall(cluster, &bob, &group, 1).await, Ok(()));
    cluster.clock().advance(Duration::from_secs(125));
    assert_eq!(try_recall(cluster, &bob, &group, 2).await, refused("RECALL_TIME_EXCEEDED"));
    assert_eq!(try_recall(cluster, &bob, &single, 1).await, refused("RECALL_TIME_EXCEEDED"));
    assert_eq!(try_recall(cluster, &bob, &group, 1).await, Ok(()), "once more");
    assert_eq!(try_recall(cluster, &ann, &group, 2).await, Ok(()), "the owner");
}

async fn a_socket_lives_on_under_a_fresh_token(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let session = cluster.connect(&ann, 0).await;
    let other = cluster.api(0).sign_in(&ann).await;
    let refused = session.request("auth", &json!({ "token": other.access })).await;
    assert_eq!((refused.kind.as_str(), &refused.data["code"]), ("error", &json!("INVALID_TOKEN")));
    // Half its life later; the clock of the tokens is in whole seconds.
    cluster.clock().advance(Duration::from_secs(400));
    let fresh = cluster.api(1).refresh(&ann.refresh).await.data(200);
    let ack = session.request("auth", &json!({ "token": fresh["accessToken"] })).await;
    assert_eq!((ack.kind.as_str(), &ack.data["expiresIn"]), ("auth-ack", &fresh["expiresIn"]));
    cluster.clock().advance(Duration::from_secs(600));
    within("a pong under the fresh token", session.request("ping", &json!({}))).await;
    assert!(!session.has_ended());
}
