//! WORLD: who has joined gets every message once, whoever has not gets nothing, and nobody shouts all others down.

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use serde_json::json;

use crate::cluster::{Account, Session, Size, TestCluster};
use crate::sizes::{self, on_both_sizes};

on_both_sizes!(
    who_joins_world_gets_the_next_message_and_who_left_gets_no_more,
    one_user_does_not_flood_world
);

const WORLD: &str = "world";
/// Guests over both gateways.
const GUESTS: usize = 1_000;
/// Sign-ins and handshakes under way at once.
const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_guests_over_two_gateways_get_each_message_once() {
    sizes::run(Size::Grown, thousand_guests).await;
}

async fn thousand_guests(cluster: &mut TestCluster) {
    let connect = async |number: usize| {
        let guest = cluster.api(number).guest().await;
        cluster.connect(&guest, number).await
    };
    let sessions: Vec<Session> = stream::iter(0..GUESTS).map(connect).buffered(AT_ONCE).collect().await;
    let registered = cluster.sign_up("not-joined").await;
    let outside = [cluster.connect(&registered, 0).await, cluster.connect(&registered, 1).await];

    let sent = ["first", "second", "third"];
    for (number, key) in sent.iter().enumerate() {
        assert_eq!(sessions[0].send(WORLD, key, key).await.seq, number as i64 + 1);
    }
    let everybody: Vec<&Session> = sessions.iter().chain(&outside).collect();
    cluster.settle(&everybody).await;
    let got = |session: &Session| -> Vec<String> {
        session.pushed(WORLD).into_iter().map(|message| message.content).collect()
    };
    assert!(got(&sessions[0]).is_empty(), "the sending session gets only the ack");
    for (number, session) in sessions.iter().enumerate().skip(1) {
        assert_eq!(got(session), sent, "guest {number}");
    }
    for session in &outside {
        assert!(got(session).is_empty(), "who has not joined gets nothing");
    }
    join_all(sessions.iter().map(Session::close)).await;
}

async fn join_world(cluster: &TestCluster, gateway: usize, account: &Account) {
    let world = cluster.api(gateway).post(account, "/conversations/world/join", json!({})).await.data(200);
    assert_eq!(world["id"], WORLD);
}

async fn who_joins_world_gets_the_next_message_and_who_left_gets_no_more(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let guest = cluster.api(0).guest().await;
    let sessions = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let speaker = cluster.connect(&guest, 0).await;
    speaker.send(WORLD, "before", "k1").await;
    cluster.settle(&[&sessions[0], &sessions[1]]).await;
    join_world(cluster, 1, &ann).await;
    speaker.send(WORLD, "joined", "k2").await;
    let late = cluster.connect(&ann, 0).await;
    speaker.send(WORLD, "joined, and connected after", "k3").await;
    late.message(WORLD, "k3").await;
    cluster.logic(0).send(&ann.id, WORLD, "my own, without a session", "k4").await.unwrap();
    cluster.api(1).post(&ann, "/conversations/world/leave", serde_json::json!({})).await.data(200);
    speaker.send(WORLD, "left", "k5").await;
    cluster.settle(&[&sessions[0], &sessions[1], &late]).await;
    let keys = |session: &Session| -> Vec<String> {
        session.pushed(WORLD).into_iter().map(|message| message.client_msg_id).collect()
    };
    for session in &sessions {
        assert_eq!(keys(session), ["k2", "k3", "k4"]);
    }
    assert_eq!(keys(&late), ["k3", "k4"]);
}

async fn one_user_does_not_flood_world(cluster: &mut TestCluster) {
    let [loud, quiet] = [cluster.api(0).guest().await, cluster.api(1).guest().await];
    let (shouting, listening) = (cluster.connect(&loud, 0).await, cluster.connect(&quiet, 1).await);
    let keys: Vec<String> = (0..60).map(|number| format!("k{number}")).collect();
    let answers = join_all(keys.iter().map(|key| shouting.send_message(WORLD, "!", key))).await;
    let acked = answers.iter().filter(|answer| answer.kind == "message-ack").count();
    assert!((20..60).contains(&acked), "{acked} of 60");
    for refused in answers.iter().filter(|answer| answer.kind != "message-ack") {
        assert_eq!((refused.kind.as_str(), &refused.data["code"]), ("error", &json!("RATE_LIMITED")));
        assert!(refused.data["details"]["retryAfterMs"].as_i64().is_some_and(|wait| wait > 0), "{refused:?}");
        assert!(refused.data["client_msg_id"].is_string(), "{refused:?}");
    }
    assert_eq!(cluster.api(0).history(&quiet, WORLD).await.len(), acked, "what was refused is not stored");
    listening.send(WORLD, "others may write", "mine").await;
    shouting.message(WORLD, "mine").await;
}
