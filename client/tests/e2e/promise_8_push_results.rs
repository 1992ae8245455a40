//! A push's result says what became of it, user by user; it is never silent.

use serde_json::json;
use tonic::Code;

use crate::cluster::{PushReport, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_push_reaches_users_on_every_gateway_and_says_so,
    a_push_tells_of_every_user_once_in_the_order_asked,
    excluded_sessions_count_as_absent,
    a_wrong_push_is_refused,
);

fn report(user_id: &str, status: &'static str, sessions: &[&Session]) -> PushReport {
    let mut gateway_ids: Vec<String> = sessions.iter().map(|session| session.gateway_id.clone()).collect();
    gateway_ids.sort();
    gateway_ids.dedup();
    let count = i32::try_from(sessions.len()).unwrap();
    PushReport { user_id: user_id.to_owned(), status, sessions: count, gateway_ids }
}

async fn a_push_reaches_users_on_every_gateway_and_says_so(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let anns =
        [cluster.connect(&ann, 0).await, cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let bobs = cluster.connect(&bob, 1).await;
    for gateway in 0..cluster.gateways.len() {
        let push_id = format!("push-{gateway}");
        let data = json!({ "from": gateway, "text": "Grüße" });
        let (pusher, users) = (cluster.pusher(gateway), [&*ann.id, &*bob.id]);
        let pushed = pusher.push_with(&users, "notification", &data, &push_id, &[]).await.unwrap();
        let expected = [
            report(&ann.id, "DELIVERED", &anns.iter().collect::<Vec<_>>()),
            report(&bob.id, "DELIVERED", &[&bobs]),
        ];
        assert_eq!(pushed.results, expected);
        assert_eq!((pushed.delivered_users, pushed.offline_users), (2, 0));
        assert_eq!((pushed.delivered_sessions, &pushed.push_id), (4, &push_id));
        for session in anns.iter().chain([&bobs]) {
            let frame = session.frame("the push", |frame| frame.push_id.as_ref() == Some(&push_id)).await;
            assert_eq!((frame.kind.as_str(), &frame.data), ("notification", &data));
        }
    }
    let everybody: Vec<&Session> = anns.iter().chain([&bobs]).collect();
    cluster.settle(&everybody).await;
    for session in everybody {
        let pushes = session.frames().iter().filter(|frame| frame.kind == "notification").count();
        assert_eq!(pushes, cluster.gateways.len(), "each push comes once");
    }
}

async fn a_push_tells_of_every_user_once_in_the_order_asked(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let anns = cluster.connect(&ann, 1).await;
    let carls = cluster.connect(&carl, 0).await;
    let asked = [&*bob.id, "no-such-user", &*ann.id, &*bob.id, &*carl.id, &*ann.id];
    for gateway in 0..cluster.gateways.len() {
        let (pusher, data) = (cluster.pusher(gateway), json!({ "n": gateway }));
        let pushed = pusher.push_with(&asked, "job.done", &data, "", &[]).await.unwrap();
        let expected = [
            report(&bob.id, "OFFLINE", &[]),
            report("no-such-user", "OFFLINE", &[]),
            report(&ann.id, "DELIVERED", &[&anns]),
            report(&carl.id, "DELIVERED", &[&carls]),
        ];
        assert_eq!(pushed.results, expected);
        assert_eq!((pushed.delivered_users, pushed.offline_users, pushed.delivered_sessions), (2, 2, 2));
        let frame =
            anns.frame("the push", |frame| frame.kind == "job.done" && frame.data["n"] == gateway).await;
        assert_eq!(frame.push_id, None, "no push_id was given");
    }
    let nobody = cluster.pusher(0).push_with(&[], "job.done", &json!({}), "p", &[]).await.unwrap();
    assert_eq!((nobody.results, nobody.delivered_users, nobody.offline_users), (vec![], 0, 0));

    // A session that has closed is not delivered to, and its user is said to be offline.
    anns.close().await;
    let after = crate::cluster::eventually("the closed session is gone", async || {
        let reports = cluster.pusher(1).push(&[&ann.id], "job.done", &json!({ "n": "late" })).await;
        (reports[0].status == "OFFLINE").then_some(reports)
    });
    assert_eq!(after.await, [report(&ann.id, "OFFLINE", &[])]);
}

async fn excluded_sessions_count_as_absent(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let anns = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let bobs = cluster.connect(&bob, 1).await;
    let users = [&*ann.id, &*bob.id];
    let exclude = [&*anns[1].id, &*bobs.id];
    for gateway in 0..cluster.gateways.len() {
        let pusher = cluster.pusher(gateway);
        let pushed = pusher.push_with(&users, "quiet", &json!({}), "", &exclude).await.unwrap();
        let expected = [report(&ann.id, "DELIVERED", &[&anns[0]]), report(&bob.id, "OFFLINE", &[])];
        assert_eq!(pushed.results, expected);
    }
    cluster.settle(&[&anns[0], &anns[1], &bobs]).await;
    let quiet = |session: &Session| session.frames().iter().filter(|frame| frame.kind == "quiet").count();
    assert_eq!([&anns[0], &anns[1], &bobs].map(quiet), [cluster.gateways.len(), 0, 0]);
}

async fn a_wrong_push_is_refused(cluster: &mut TestCluster) {
    let pusher = cluster.pusher(0);
    let too_many: Vec<String> = (0..10_001).map(|number| format!("user-{number}")).collect();
    let too_many: Vec<&str> = too_many.iter().map(String::as_str).collect();
    let large = json!({ "text": "x".repeat(64 * 1024) });
    let wrong = [
        (&too_many[..], "notification", &json!({})),
        (&["u"], "Not A Type", &json!({})),
        (&["u"], "", &json!({})),
        (&["u"], "notification", &json!([1])),
        (&["u"], "notification", &large),
    ];
    for (users, kind, data) in wrong {
        let refusal = pusher.push_with(users, kind, data, "", &[]).await.unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidArgument, "{kind:?}: {refusal}");
    }
    let many = pusher.push(&too_many[1..], "notification", &json!({})).await;
    assert_eq!(many.len(), 10_000);
    assert!(many.iter().all(|report| report.status == "OFFLINE"));
}
