//! Conversations are changed, left and deleted, and everybody concerned is told of it on every gateway.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Answer, Frame, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    every_change_is_told_to_everybody_on_every_gateway,
    who_is_out_neither_reads_nor_writes_nor_lists,
    a_deleted_group_is_gone_everywhere,
    a_hidden_single_returns_with_the_next_message,
);

async fn call(
    cluster: &TestCluster,
    who: &Account,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    cluster.api(1).call(method, path, &who.access, body).await
}

async fn put(cluster: &TestCluster, who: &Account, path: &str, body: Value) -> Answer {
    call(cluster, who, Method::PUT, path, Some(body)).await
}

async fn delete(cluster: &TestCluster, who: &Account, path: &str) -> Answer {
    call(cluster, who, Method::DELETE, path, None).await
}

/// The ids of the user's list, which tells the same in its total.
async fn listed(cluster: &TestCluster, who: &Account) -> Vec<String> {
    let list = cluster.api(0).get(who, "/conversations").await.data(200);
    let items = list["conversations"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// A user's sessions, one on each gateway.
async fn everywhere(cluster: &TestCluster, who: &Account) -> [Session; 2] {
    [cluster.connect(who, 0).await, cluster.connect(who, 1).await]
}

/// Waits until each of the sessions has got such a frame about this conversation.
async fn told(sessions: &[Session], kind: &str, id: &str, matches: impl Fn(&Value) -> bool) {
    for session in sessions {
        let what = format!("{kind} for {}", session.user_id);
        session.frame(&what, |frame| frame.kind == kind && is_about(frame, id) && matches(&frame.data)).await;
    }
}

fn is_about(frame: &Frame, id: &str) -> bool {
    frame.data["conversationId"] == *id || frame.data["conversation"]["id"] == *id
}

fn count(session: &Session, kind: &str, id: &str) -> usize {
    session.frames().iter().filter(|frame| frame.kind == kind && is_about(frame, id)).count()
}

fn any(_: &Value) -> bool {
    true
}

async fn every_change_is_told_to_everybody_on_every_gateway(cluster: &mut TestCluster) {
    let [ann, bob, carl, eve] = cluster.sign_up_all(["ann", "bob", "carl", "eve"]).await;
    let (anns, bobs, carls) =
        (everywhere(cluster, &ann).await, everywhere(cluster, &bob).await, everywhere(cluster, &carl).await);
    let eves = cluster.connect(&eve, 1).await;

    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    told(&anns, "conversation-created", &group, any).await;
    told(&bobs, "conversation-created", &group, |data| data["conversation"]["ownerId"] == *ann.id).await;

    let path = format!("/conversations/{group}");
    let add = json!({ "members": [carl.id] });
    cluster.api(1).post(&ann, &format!("{path}/members"), add).await.data(201);
    told(&carls, "conversation-created", &group, |data| data["conversation"]["memberCount"] == 3).await;
    let added = |data: &Value| data["userIds"] == json!([carl.id]) && data["operatorId"] == *ann.id;
    told(&anns, "member-added", &group, added).await;
    told(&bobs, "member-added", &group, added).await;
    for session in &carls {
        let frames = session.frames();
        let place =
            |kind: &str| frames.iter().position(|frame| frame.kind == kind && is_about(frame, &group));
        assert!(
            place("conversation-created") < place("new-message"),
            "first the conversation, then its messages"
        );
    }

    let renamed = put(cluster, &ann, &path, json!({ "name": "the team" })).await.data(200);
    assert_eq!((&renamed["name"], &renamed["ownerId"]), (&json!("the team"), &json!(ann.id)));
    let shown = |data: &Value| data["conversation"]["name"] == "the team";
    for sessions in [&anns, &bobs, &carls] {
        told(sessions, "conversation-updated", &group, shown).await;
        told(sessions, "new-message", &group, |data| data["messageType"] == 4 && data["seqId"] == 2).await;
    }
    assert_eq!(cluster.api(1).listed(&bob, &group).await["unreadCount"], 2, "notices count as unread");

    put(cluster, &ann, &format!("{path}/members/{}", bob.id), json!({ "role": 3 })).await.data(200);
    for sessions in [&anns, &bobs, &carls] {
        told(sessions, "conversation-updated", &group, |data| data["conversation"]["ownerId"] == *bob.id)
            .await;
    }

    delete(cluster, &bob, &format!("{path}/members/{}", carl.id)).await.data(200);
    let removed = |data: &Value| data["userIds"] == json!([carl.id]) && data["operatorId"] == *bob.id;
    for sessions in [&anns, &bobs, &carls] {
        told(sessions, "member-removed", &group, removed).await;
    }
    call(cluster, &ann, Method::POST, &format!("{path}/leave"), None).await.data(200);
    let left = |data: &Value| data["userIds"] == json!([ann.id]) && data["operatorId"] == *ann.id;
    told(&bobs, "member-removed", &group, left).await;
    told(&anns, "member-removed", &group, left).await;

    delete(cluster, &bob, &path).await.data(200);
    told(&bobs, "conversation-deleted", &group, any).await;
    let out: Vec<&Session> = anns.iter().chain(&carls).chain([&eves]).collect();
    cluster.settle(&out).await;
    for session in out {
        assert_eq!(count(session, "conversation-deleted", &group), 0, "who is out is told no more");
    }
    assert_eq!(eves.frames().iter().filter(|frame| is_about(frame, &group)).count(), 0);
}

async fn who_is_out_neither_reads_nor_writes_nor_lists(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob, &carl]).await;
    let path = format!("/conversations/{group}");
    let (bobs, carls) = (cluster.connect(&bob, 0).await, cluster.connect(&carl, 1).await);

    // Who is muted reads on, and writes again afterwards.
    put(cluster, &ann, &format!("{path}/members/{}", carl.id), json!({ "muted": true })).await.data(200);
    told(std::slice::from_ref(&carls), "conversation-updated", &group, |_| true).await;
    let refused = carls.send_message(&group, "x", "k1").await;
    assert_eq!(refused.data["code"], "MEMBER_MUTED");
    cluster.api(0).send(&ann, &group, "for all", "k1").await.data(201);
    carls.message(&group, "k1").await;
    assert_eq!(cluster.api(1).history(&carl, &group).await.len(), 1);
    put(cluster, &carl, &format!("{path}/members/{}", bob.id), json!({ "muted": true }))
        .await
        .refused(403, "INSUFFICIENT_PERMISSION");
    put(cluster, &ann, &format!("{path}/members/{}", carl.id), json!({ "muted": false })).await.data(200);
    carls.send(&group, "again", "k2").await;

    call(cluster, &ann, Method::POST, &format!("{path}/leave"), None)
        .await
        .refused(409, "CANNOT_LEAVE_CONVERSATION");
    call(cluster, &bob, Method::POST, &format!("{path}/leave"), None).await.data(200);
    delete(cluster, &ann, &format!("{path}/members/{}", carl.id)).await.data(200);
    let last = cluster.api(0).send(&ann, &group, "alone", "k3").await.data(201)["seqId"].as_i64().unwrap();
    for (who, session) in [(&bob, &bobs), (&carl, &carls)] {
        let unknown = "CONVERSATION_NOT_FOUND";
        for read in [path.clone(), format!("{path}/messages"), format!("{path}/members")] {
            cluster.api(0).get(who, &read).await.refused(404, unknown);
        }
        cluster.api(1).send(who, &group, "x", "late").await.refused(404, unknown);
        assert_eq!(session.send_message(&group, "x", "late").await.data["code"], unknown);
        put(cluster, who, &path, json!({ "name": "mine" })).await.refused(404, unknown);
        delete(cluster, who, &path).await.refused(404, unknown);
        call(cluster, who, Method::POST, &format!("{path}/leave"), None).await.refused(404, unknown);
        assert_eq!(listed(cluster, who).await, Vec::<String>::new());
        let found = cluster.api(0).get(who, "/conversations/search?q=group").await.data(200);
        assert_eq!(found, json!({ "conversations": [] }));
        cluster.settle(&[session]).await;
        assert!(session.pushed(&group).iter().all(|message| message.seq < last));
    }
    let found = cluster.api(0).get(&ann, "/conversations/search?q=GROUP").await.data(200);
    assert_eq!(found["conversations"][0]["id"], *group);
    assert_eq!(found["conversations"][0]["myMembership"]["role"], 3);
}

async fn a_deleted_group_is_gone_everywhere(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let path = format!("/conversations/{group}");
    let (anns, bobs) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    anns.send(&group, "before", "k1").await;
    bobs.message(&group, "k1").await;
    delete(cluster, &bob, &path).await.refused(403, "INSUFFICIENT_PERMISSION");
    assert_eq!(delete(cluster, &ann, &path).await.data(200), json!({}));
    let unknown = "CONVERSATION_NOT_FOUND";
    for (who, session) in [(&ann, &anns), (&bob, &bobs)] {
        session
            .frame("the end", |frame| frame.kind == "conversation-deleted" && is_about(frame, &group))
            .await;
        for gateway in 0..2 {
            for read in [path.clone(), format!("{path}/messages"), format!("{path}/members")] {
                cluster.api(gateway).get(who, &read).await.refused(404, unknown);
            }
            cluster.api(gateway).send(who, &group, "x", "k2").await.refused(404, unknown);
            // A repetition of what was stored is no way in either.
            cluster.api(gateway).send(who, &group, "before", "k1").await.refused(404, unknown);
        }
        assert_eq!(session.send_message(&group, "x", "k3").await.data["code"], unknown);
        put(cluster, who, &format!("{path}/read"), json!({ "seqId": 1 })).await.refused(404, unknown);
        delete(cluster, who, &path).await.refused(404, unknown);
        assert_eq!(listed(cluster, who).await, Vec::<String>::new());
    }
    cluster.settle(&[&anns, &bobs]).await;
    assert_eq!((anns.pushed(&group).len(), bobs.pushed(&group).len()), (0, 1), "nothing was pushed any more");
}

async fn a_hidden_single_returns_with_the_next_message(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let (anns, bobs) = (everywhere(cluster, &ann).await, everywhere(cluster, &bob).await);
    let single = cluster.api(0).create_single(&ann, &bob).await;
    for (sessions, peer) in [(&anns, &bob), (&bobs, &ann)] {
        told(sessions, "conversation-created", &single, |data| {
            let shown = &data["conversation"];
            shown["name"] == *peer.name && shown["peer"]["id"] == *peer.id
        })
        .await;
    }
    let path = format!("/conversations/{single}");
    anns[0].send(&single, "one", "k1").await;
    delete(cluster, &ann, &path).await.data(200);
    assert_eq!(listed(cluster, &ann).await, Vec::<String>::new());
    assert_eq!(listed(cluster, &bob).await, std::slice::from_ref(&single));
    assert_eq!(cluster.api(1).history(&ann, &single).await.len(), 1, "by its id it is there");
    assert_eq!(cluster.api(1).create_single(&bob, &ann).await, single);
    assert_eq!(listed(cluster, &ann).await, Vec::<String>::new(), "an old one is not a new one");
    bobs[1].send(&single, "two", "k2").await;
    assert_eq!(listed(cluster, &ann).await, std::slice::from_ref(&single));
    anns[1].message(&single, "k2").await;
    for session in anns.iter().chain(&bobs) {
        cluster.settle(&[session]).await;
        let frames = [
            count(session, "conversation-created", &single),
            count(session, "conversation-deleted", &single),
        ];
        assert_eq!(frames, [1, 0]);
    }
    call(cluster, &ann, Method::POST, &format!("{path}/leave"), None)
        .await
        .refused(409, "CANNOT_LEAVE_CONVERSATION");

    // WORLD is joined and left; nobody deletes it.
    let world = cluster.api(0).post(&ann, "/conversations/world/join", json!({})).await.data(200);
    let world = format!("/conversations/{}", world["id"].as_str().unwrap());
    delete(cluster, &ann, &world).await.refused(403, "FORBIDDEN");
    call(cluster, &ann, Method::POST, &format!("{world}/leave"), None).await.data(200);
    cluster.api(0).get(&ann, &world).await.refused(404, "CONVERSATION_NOT_FOUND");
    assert_eq!(listed(cluster, &ann).await, [single]);
}
