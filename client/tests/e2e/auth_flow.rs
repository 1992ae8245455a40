//! Signing in and out: refresh tokens are spent on use, and a logout holds everywhere and for ever.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Answer, Handshake, TestCluster, eventually};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_refresh_token_is_spent_and_forgiven_for_a_moment,
    a_refresh_token_that_comes_back_late_ends_the_session,
    a_logout_holds_on_every_process_and_over_a_restart,
    a_logout_closes_the_sockets_of_that_sign_in_only,
    wrong_credentials_are_refused_alike,
    a_guest_may_do_what_guests_may,
);

/// A spent token is forgiven for so long.
const GRACE: Duration = Duration::from_secs(30);

/// The tokens of a successful refresh.
fn tokens(answer: Answer) -> (String, String) {
    let data = answer.data(200);
    let text = |field: &str| data[field].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

/// Demands that a sign-in is over: neither of its tokens is good, at any process.
async fn assert_ended(cluster: &TestCluster, access: &str, refresh: &str) {
    for number in [0, 1] {
        let profile = cluster.api(number).call(Method::GET, "/users/profile", access, None).await;
        profile.refused(401, "INVALID_TOKEN");
        cluster.api(number).refresh(refresh).await.refused(401, "INVALID_TOKEN");
        assert_eq!(cluster.logic(number).validate(access).await, Err("INVALID_TOKEN".to_owned()));
        assert_eq!(Handshake::bearer(cluster.gateway(number).http, access).refusal().await, 401);
    }
}

async fn assert_good(cluster: &TestCluster, account: &Account, access: &str) {
    for number in [0, 1] {
        let profile = cluster.api(number).call(Method::GET, "/users/profile", access, None).await.data(200);
        assert_eq!(profile["id"], *account.id);
        assert_eq!(cluster.logic(number).validate(access).await, Ok(account.id.clone()));
    }
}

async fn a_refresh_token_is_spent_and_forgiven_for_a_moment(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let (access, first) = tokens(cluster.api(0).refresh(&ann.refresh).await);
    assert_ne!(first, ann.refresh);
    assert_good(cluster, &ann, &access).await;

    // The answer was lost, so the client asks again with what it has: a new successor, and the lost one dies.
    cluster.clock().advance(GRACE - Duration::from_secs(5));
    let (_, second) = tokens(cluster.api(1).refresh(&ann.refresh).await);
    assert_ne!(second, first);
    let (access, third) = tokens(cluster.api(0).refresh(&second).await);
    assert_good(cluster, &ann, &access).await;

    // The one that died is a reuse.
    cluster.api(1).refresh(&first).await.refused(401, "INVALID_TOKEN");
    assert_ended(cluster, &access, &third).await;
}

async fn a_refresh_token_that_comes_back_late_ends_the_session(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let other = cluster.api(1).sign_in(&ann).await;
    let (access, successor) = tokens(cluster.api(0).refresh(&ann.refresh).await);
    cluster.clock().advance(GRACE + Duration::from_secs(1));
    cluster.api(1).refresh(&ann.refresh).await.refused(401, "INVALID_TOKEN");
    assert_ended(cluster, &access, &successor).await;
    // The user's other sign-in is another matter.
    assert_good(cluster, &ann, &other.access).await;
    tokens(cluster.api(0).refresh(&other.refresh).await);

    // A forged token touches nothing.
    cluster.api(0).refresh("forged").await.refused(401, "INVALID_TOKEN");
    let (head, _) = other.refresh.rsplit_once('.').unwrap();
    cluster.api(0).refresh(&format!("{head}.AAAA")).await.refused(401, "INVALID_TOKEN");
    assert_good(cluster, &ann, &other.access).await;
    // An access token is no refresh token, and the other way round.
    cluster.api(0).refresh(&other.access).await.refused(401, "INVALID_TOKEN");
    let profile = cluster.api(0).call(Method::GET, "/users/profile", &other.refresh, None).await;
    profile.refused(401, "INVALID_TOKEN");
}

async fn a_logout_holds_on_every_process_and_over_a_restart(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let staying = cluster.api(1).sign_in(&ann).await;
    assert_good(cluster, &ann, &ann.access).await;
    cluster.api(0).post(&ann, "/auth/logout", json!({})).await.data(200);
    assert_ended(cluster, &ann.access, &ann.refresh).await;
    cluster.restart().await;
    assert_ended(cluster, &ann.access, &ann.refresh).await;
    assert_good(cluster, &ann, &staying.access).await;
    tokens(cluster.api(0).refresh(&staying.refresh).await);
}

async fn a_logout_closes_the_sockets_of_that_sign_in_only(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let staying = cluster.api(0).sign_in(&ann).await;
    let leaving = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let stays = cluster.connect(&staying, 1).await;
    cluster.api(1).post(&ann, "/auth/logout", json!({})).await.data(200);
    for session in &leaving {
        assert_eq!(session.ended().await, Some(4401));
    }
    assert_eq!(stays.request("ping", &json!({})).await.kind, "pong");
    let repo = cluster.repo(0);
    eventually("the user is where the other sign-in is", async || {
        (repo.presence(&ann.id).await.gateway_ids == [stays.gateway_id.clone()]).then_some(())
    })
    .await;
}

async fn wrong_credentials_are_refused_alike(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let api = cluster.api(0);
    let sign_in = async |name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        api.call(Method::POST, "/auth/login", "", Some(body)).await
    };
    let message = async |name: &str, password: &str| -> Value {
        let answer = sign_in(name, password).await;
        let message = answer.body["message"].clone();
        answer.refused(401, "INVALID_CREDENTIALS");
        message
    };
    let wrong_password = message(&ann.name, "not the password").await;
    let unknown_user = message("nobody-of-this-name", "correct horse").await;
    assert_eq!(wrong_password, unknown_user);
    let guest = cluster.api(0).guest().await;
    assert_eq!(message(&guest.name, "correct horse").await, unknown_user);
    // A name is the same in another letter case.
    sign_in(&ann.name.to_uppercase(), &ann.password).await.data(200);

    let register = async |name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        api.call(Method::POST, "/auth/register", "", Some(body)).await
    };
    register(&ann.name.to_uppercase(), "correct horse").await.refused(409, "USER_ALREADY_EXISTS");
    register("ab", "correct horse").await.refused(400, "INVALID_USERNAME");
    register("with a space", "correct horse").await.refused(400, "INVALID_USERNAME");
    register("short-password", "1234567").await.refused(400, "WEAK_PASSWORD");
    register("long-password", &"x".repeat(72)).await.refused(400, "WEAK_PASSWORD");
}

async fn a_guest_may_do_what_guests_may(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let guest = cluster.api(0).guest().await;
    let profile = cluster.api(1).get(&guest, "/users/profile").await.data(200);
    assert_eq!((&profile["id"], &profile["isGuest"]), (&guest.id.as_str().into(), &true.into()));
    let group = json!({ "type": 2, "name": "mine", "members": [ann.id] });
    cluster.api(0).post(&guest, "/conversations", group).await.refused(403, "GUEST_NOT_ALLOWED");
    cluster.api(0).get(&guest, "/users/search?q=ann").await.refused(403, "GUEST_NOT_ALLOWED");

    // Guests are in WORLD from the start; others join it.
    cluster.api(0).post(&ann, "/conversations/world/join", json!({})).await.data(200);
    let reader = cluster.connect(&ann, 1).await;
    cluster.api(0).listed(&guest, "world").await;
    let ack = cluster.connect(&guest, 0).await.send("world", "hello world", "k1").await;
    assert_eq!(reader.message("world", "k1").await.seq, ack.seq);

    let group = cluster.api(0).create_group(&ann, &[&guest]).await;
    cluster.connect(&guest, 1).await.send(&group, "put into a group", "k2").await;
    assert_eq!(reader.message(&group, "k2").await.sender_id, guest.id);
}
