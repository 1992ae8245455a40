//! Friends and blocks over the wire: who hears of what, and that a blocked user neither asks nor writes.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Answer, Frame, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_request_and_its_acceptance_are_told,
    guests_and_strangers_are_refused,
    a_blocked_user_neither_asks_nor_writes,
    a_block_beats_sends_that_race_it,
    presence_of_contacts_only,
);

async fn ask(cluster: &TestCluster, from: &Account, to: &Account) -> Answer {
    let body = json!({ "targetUserId": to.id, "message": "let us be friends" });
    cluster.api(0).post(from, "/friends/requests", body).await
}

async fn answer(cluster: &TestCluster, by: &Account, id: &Value, action: &str) -> Answer {
    let path = format!("/friends/requests/{}", id.as_str().unwrap());
    cluster.api(1).call(Method::PUT, &path, &by.access, Some(json!({ "action": action }))).await
}

async fn block(cluster: &TestCluster, blocker: &Account, blocked: &Account, method: Method) {
    let path = format!("/users/{}/block", blocked.id);
    cluster.api(1).call(method, &path, &blocker.access, None).await.data(200);
}

/// The ids in a list of users.
async fn listed(cluster: &TestCluster, account: &Account, path: &str, field: &str) -> Vec<String> {
    let list = cluster.api(1).get(account, path).await.data(200);
    let users = list[field].as_array().unwrap().iter();
    users.map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

async fn a_request_and_its_acceptance_are_told(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let (anns, bobs) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    let request = ask(cluster, &ann, &bob).await.data(201);
    assert_eq!((&request["from"]["id"], &request["status"]), (&json!(ann.id), &json!("pending")));
    let told = bobs.frame("the request", |frame| frame.kind == "friend-request").await;
    assert_eq!(told.data["request"], request);
    ask(cluster, &bob, &ann).await.refused(409, "FRIEND_REQUEST_ALREADY_EXISTS");
    assert_eq!(
        listed(cluster, &bob, "/friends/requests?type=received", "requests").await,
        [request["id"].as_str().unwrap()]
    );
    assert_eq!(listed(cluster, &ann, "/friends/requests?type=sent", "requests").await.len(), 1);
    cluster.api(0).get(&ann, "/friends/requests?type=all").await.refused(400, "INVALID_PARAMETER");

    answer(cluster, &ann, &request["id"], "accept").await.refused(404, "FRIEND_REQUEST_NOT_FOUND");
    let accepted = answer(cluster, &bob, &request["id"], "accept").await.data(200);
    let single = accepted["conversationId"].as_str().unwrap().to_owned();
    for (session, friend) in [(&anns, &bob), (&bobs, &ann)] {
        let told = session.frame("the acceptance", |frame| frame.kind == "friend-accepted").await;
        assert_eq!(
            (&told.data["user"]["id"], &told.data["conversationId"]),
            (&json!(friend.id), &json!(single))
        );
    }
    assert_eq!(answer(cluster, &bob, &request["id"], "accept").await.data(200), accepted);
    assert_eq!(anns.send(&single, "hello", "k").await.seq, 1);
    assert_eq!(bobs.message(&single, "k").await.sender_id, ann.id);
    assert_eq!(cluster.api(1).create_single(&bob, &ann).await, single);

    assert_eq!(listed(cluster, &ann, "/friends", "friends").await, [bob.id.as_str()]);
    let remove = format!("/friends/{}", ann.id);
    cluster.api(0).call(Method::DELETE, &remove, &bob.access, None).await.data(200);
    assert!(listed(cluster, &ann, "/friends", "friends").await.is_empty());
    cluster.api(0).call(Method::DELETE, &remove, &bob.access, None).await.refused(404, "USER_NOT_FOUND");
}

async fn guests_and_strangers_are_refused(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let guest = cluster.api(0).guest().await;
    ask(cluster, &guest, &ann).await.refused(403, "GUEST_NOT_ALLOWED");
    ask(cluster, &ann, &guest).await.refused(404, "USER_NOT_FOUND");
    ask(cluster, &ann, &ann).await.refused(400, "INVALID_PARAMETER");
    let nobody = Account { id: "nobody".to_owned(), ..guest };
    ask(cluster, &ann, &nobody).await.refused(404, "USER_NOT_FOUND");
}

async fn a_blocked_user_neither_asks_nor_writes(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let (anns, bobs) = (cluster.connect(&ann, 0).await, cluster.connect(&bob, 1).await);
    let before = bobs.send(&single, "before", "before").await;
    block(cluster, &ann, &bob, Method::PUT).await;
    block(cluster, &ann, &bob, Method::PUT).await;
    assert_eq!(listed(cluster, &ann, "/users/blocked", "users").await, [bob.id.as_str()]);
    assert!(listed(cluster, &bob, "/users/blocked", "users").await.is_empty());

    ask(cluster, &bob, &ann).await.refused(403, "FORBIDDEN");
    let refused = bobs.send_message(&single, "after", "after").await;
    assert_eq!((refused.kind.as_str(), &refused.data["code"]), ("error", &json!("FORBIDDEN")));
    cluster.api(0).send(&bob, &single, "after", "after").await.refused(403, "FORBIDDEN");
    assert_eq!(
        bobs.send(&single, "other words", "before").await.seq,
        before.seq,
        "a repetition is the first"
    );
    // The blocker still writes, and the blocked still reads.
    let ack = anns.send(&single, "from ann", "from-ann").await;
    assert_eq!((ack.seq, bobs.message(&single, "from-ann").await.seq), (2, 2));

    block(cluster, &ann, &bob, Method::DELETE).await;
    assert_eq!(bobs.send(&single, "after", "after").await.seq, 3);
    ask(cluster, &bob, &ann).await.data(201);
}

async fn a_block_beats_sends_that_race_it(cluster: &mut TestCluster) {
    const RACES: usize = 4;
    const SENDS: usize = 30;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let sessions = [cluster.connect(&bob, 0).await, cluster.connect(&bob, 1).await];
    for race in 0..RACES {
        let blocked = AtomicBool::new(false);
        let sending = sessions.iter().enumerate().map(async |(gateway, session)| {
            let mut acked_late = 0;
            for number in 0..SENDS {
                let begun_after = blocked.load(Ordering::SeqCst);
                let answer = session.send_message(&single, "x", &format!("{race}-{gateway}-{number}")).await;
                assert!(is_ack_or_forbidden(&answer), "{answer:?}");
                acked_late += usize::from(begun_after && answer.kind == "message-ack");
            }
            acked_late
        });
        let blocking = async {
            // Each race at another moment of the sending.
            let key = format!("{race}-0-{}", race * 5);
            let is_it = |frame: &Frame| frame.kind == "message-ack" && frame.data["client_msg_id"] == *key;
            sessions[0].frame("the race is on", is_it).await;
            block(cluster, &ann, &bob, Method::PUT).await;
            blocked.store(true, Ordering::SeqCst);
            cluster.api(0).history(&ann, &single).await.len()
        };
        let (acked_late, stored_then) = tokio::join!(join_all(sending), blocking);
        assert_eq!(acked_late, [0, 0], "messages begun after the block had returned were acknowledged");
        let stored = cluster.api(1).history(&ann, &single).await.len();
        assert_eq!(stored, stored_then, "stored after the block had returned");
        block(cluster, &ann, &bob, Method::DELETE).await;
    }
}

fn is_ack_or_forbidden(frame: &Frame) -> bool {
    frame.kind == "message-ack" || (frame.kind == "error" && frame.data["code"] == "FORBIDDEN")
}

async fn presence_of_contacts_only(cluster: &mut TestCluster) {
    let [ann, bob, cid, eve] = cluster.sign_up_all(["ann", "bob", "cid", "eve"]).await;
    let request = ask(cluster, &bob, &ann).await.data(201);
    answer(cluster, &ann, &request["id"], "accept").await.data(200);
    cluster.api(0).create_single(&cid, &ann).await;
    cluster.api(0).create_group(&ann, &[&eve]).await;
    let _sessions = [cluster.connect(&bob, 1).await, cluster.connect(&eve, 0).await];
    let path = format!("/users/online?ids={},{},{},nobody", eve.id, bob.id, cid.id);
    let told = cluster.api(0).get(&ann, &path).await.data(200);
    let expected = json!([{"userId": bob.id, "online": true}, {"userId": cid.id, "online": false}]);
    assert_eq!(told["users"], expected);
}
