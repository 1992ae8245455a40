//! `gochat push`.

use serde_json::{Value, json};

use crate::cluster::{Size, TestCluster, within};
use crate::gochat::{Ending, Gochat};

const DATA: &str = r#"{"text":"Grüße"}"#;

/// Runs it against this gateway with the cluster's token.
async fn push(cluster: &TestCluster, arguments: &[&str], input: &str) -> Ending {
    let url = format!("http://{}", cluster.gateway(0).grpc);
    let arguments = [&["push", "--url", &url], arguments].concat();
    let mut gochat = Gochat::start(&arguments, &[("INTERNAL_TOKEN", cluster.token.expose())]);
    if !input.is_empty() {
        gochat.say(input).await;
    }
    gochat.ends().await
}

#[tokio::test]
async fn a_push_tells_of_every_user_and_by_its_status_whether_all_got_it() {
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let session = cluster.connect(&ann, 0).await;
    let users = format!("{},{}", ann.id, bob.id);

    let some =
        push(&cluster, &["--users", &users, "--data", DATA, "--push-id", "p1", "--type", "sale"], "").await;
    assert_eq!((some.status, some.errors.as_str()), (2, ""));
    assert_eq!(some.output.len(), 4, "{some:?}");
    let words = |line: usize| some.output[line].split_whitespace().collect::<Vec<_>>();
    assert_eq!(words(0), ["USER", "STATUS", "SESSIONS", "GATEWAYS"]);
    assert_eq!(words(1), [&ann.id, "DELIVERED", "1", &session.gateway_id]);
    assert_eq!(words(2), [&bob.id, "OFFLINE", "0"]);
    assert_eq!(some.output[3], "2 users: 1 delivered, 1 offline; 1 session");
    let frame = session.frame("the push", |frame| frame.push_id.as_deref() == Some("p1")).await;
    assert_eq!((frame.kind.as_str(), &frame.data), ("sale", &json!({ "text": "Grüße" })));

    let kept =
        push(&cluster, &["--users", &users, "--data", DATA, "--push-id", "p2", "--ttl", "60"], "").await;
    assert_eq!((kept.status, kept.errors.as_str()), (0, ""));
    assert_eq!(kept.output[2].split_whitespace().collect::<Vec<_>>(), [&bob.id, "QUEUED", "0"]);
    assert_eq!(kept.output[3], "2 users: 1 delivered, 1 queued; 1 session");
    let bobs = cluster.connect(&bob, 0).await;
    bobs.frame("what was kept", |frame| frame.push_id.as_deref() == Some("p2")).await;

    let all = push(&cluster, &["--user", "-", "--data", DATA, "--json"], &ann.id).await;
    assert_eq!((all.status, all.output.len()), (0, 1), "{all:?}");
    let line: Value = serde_json::from_str(&all.output[0]).unwrap();
    let expected =
        json!({"userId": ann.id, "status": "DELIVERED", "sessions": 1, "gatewayIds": [session.gateway_id]});
    assert_eq!(line, expected);
    session.frame("the second push", |frame| frame.kind == "notification").await;
}

#[tokio::test]
async fn a_push_that_fails_says_why_and_ends_with_one() {
    let cluster = TestCluster::start(Size::Small).await;
    let failed = |ending: Ending, why: &str| {
        assert_eq!((ending.status, ending.output.len()), (1, 0), "{ending:?}");
        assert!(ending.errors.contains(why), "{ending:?}");
    };
    failed(push(&cluster, &["--users", "u", "--data", "[1]"], "").await, "not a JSON object");
    failed(push(&cluster, &["--users", "u"], "").await, "--data");
    let bad_type = push(&cluster, &["--users", "u", "--data", "{}", "--type", "Not A Type"], "").await;
    failed(bad_type, "INVALID_PARAMETER");

    let url = format!("http://{}", cluster.gateway(0).grpc);
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let with_dir = [("DATA_DIR", data_dir.to_str().unwrap())];
    let arguments = ["push", "--url", &url, "--users", "u", "--data", "{}"];
    failed(Gochat::start(&arguments, &with_dir).ends().await, "no internal token");
    assert!(!data_dir.exists(), "a job makes no secret");
    let wrong = [("INTERNAL_TOKEN", "0123456789012345678901234567890123456789")];
    failed(Gochat::start(&arguments, &wrong).ends().await, "UNAUTHORIZED");

    std::fs::create_dir(&data_dir).unwrap();
    std::fs::write(data_dir.join("internal_token"), cluster.token.expose()).unwrap();
    assert_eq!(Gochat::start(&arguments, &with_dir).ends().await.status, 2, "the token's file does");
}

#[tokio::test]
async fn a_push_to_no_gateway_fails_at_once() {
    let token = [("INTERNAL_TOKEN", "0123456789012345678901234567890123456789")];
    let arguments = ["push", "--url", "http://127.0.0.1:1", "--users", "u", "--data", "{}"];
    let ending = within("the push fails", Gochat::start(&arguments, &token).ends()).await;
    assert_eq!(ending.status, 1);
    assert!(ending.errors.contains("does not answer"), "{ending:?}");
}
