//! One's own account: where one is signed in, a new password, a picture, and names that look alike.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Answer, Handshake, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_session_that_is_ended_elsewhere_is_over_everywhere,
    a_new_password_ends_the_other_sessions_and_keeps_the_own,
    a_picture_is_changed_and_seen,
    names_are_found_and_do_not_look_alike,
);

async fn sessions(cluster: &TestCluster, account: &Account) -> Vec<Value> {
    let list = cluster.api(1).get(account, "/auth/sessions").await.data(200);
    list["sessions"].as_array().unwrap().clone()
}

async fn change_password(cluster: &TestCluster, account: &Account, old: &str, new: &str) -> Answer {
    let body = json!({ "oldPassword": old, "newPassword": new });
    cluster.api(0).call(Method::PUT, "/users/password", &account.access, Some(body)).await
}

/// Demands that neither token of a sign-in is good, at any gateway, and that no socket opens.
async fn assert_over(cluster: &TestCluster, account: &Account) {
    for number in [0, 1] {
        cluster.api(number).get(account, "/users/profile").await.refused(401, "INVALID_TOKEN");
        cluster.api(number).refresh(&account.refresh).await.refused(401, "INVALID_TOKEN");
        assert_eq!(Handshake::bearer(cluster.gateway(number).http, &account.access).refusal().await, 401);
    }
}

async fn a_session_that_is_ended_elsewhere_is_over_everywhere(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let other = cluster.api(1).sign_in(&ann).await;
    let eve = cluster.sign_up("eve").await;
    let sockets = [cluster.connect(&other, 0).await, cluster.connect(&other, 1).await];
    let own = cluster.connect(&ann, 1).await;
    let listed = sessions(cluster, &ann).await;
    assert_eq!(listed.len(), 2);
    let find = |current: bool| listed.iter().find(|session| session["current"] == current).unwrap();
    let id = find(false)["id"].as_str().unwrap();
    assert_ne!(find(true)["id"], *id);
    assert!(find(false)["expiresAt"].as_i64() > find(false)["lastUsedAt"].as_i64());

    let end = async |account: &Account, id: &str| {
        cluster.api(0).call(Method::DELETE, &format!("/auth/sessions/{id}"), &account.access, None).await
    };
    end(&eve, id).await.refused(404, "NOT_FOUND");
    end(&ann, "nothing").await.refused(404, "NOT_FOUND");
    end(&ann, id).await.data(200);
    for socket in &sockets {
        assert_eq!(socket.ended().await, Some(4401));
    }
    assert_over(cluster, &other).await;
    assert_eq!(own.request("ping", &json!({})).await.kind, "pong");
    let listed = sessions(cluster, &ann).await;
    assert_eq!((listed.len(), &listed[0]["current"]), (1, &json!(true)));
}

async fn a_new_password_ends_the_other_sessions_and_keeps_the_own(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let others = [cluster.api(0).sign_in(&ann).await, cluster.api(1).sign_in(&ann).await];
    let mut closing = Vec::new();
    for other in &others {
        closing.push(cluster.connect(other, 0).await);
        closing.push(cluster.connect(other, 1).await);
    }
    let staying = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    let guest = cluster.api(0).guest().await;
    change_password(cluster, &guest, "", "battery staple").await.refused(403, "GUEST_NOT_ALLOWED");
    change_password(cluster, &ann, "wrong horse", "battery staple").await.refused(401, "INVALID_CREDENTIALS");
    change_password(cluster, &ann, &ann.password, "short").await.refused(400, "WEAK_PASSWORD");
    cluster.api(1).get(&others[0], "/users/profile").await.data(200);

    change_password(cluster, &ann, &ann.password, "battery staple").await.data(200);
    for socket in &closing {
        assert_eq!(socket.ended().await, Some(4401));
    }
    for other in &others {
        assert_over(cluster, other).await;
    }
    for socket in &staying {
        assert_eq!(socket.request("ping", &json!({})).await.kind, "pong");
    }
    assert_eq!(sessions(cluster, &ann).await.len(), 1);
    cluster.api(0).refresh(&ann.refresh).await.data(200);
    let credentials = json!({ "username": ann.name, "password": ann.password });
    let old = cluster.api(1).call(Method::POST, "/auth/login", "", Some(credentials)).await;
    old.refused(401, "INVALID_CREDENTIALS");
    cluster.api(1).sign_in(&Account { password: "battery staple".to_owned(), ..ann }).await;
}

async fn a_picture_is_changed_and_seen(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let picture = "https://example.org/ann.png";
    let update = async |account: &Account, avatar_url: &str| {
        let body = json!({ "avatarUrl": avatar_url });
        cluster.api(0).call(Method::PUT, "/users/profile", &account.access, Some(body)).await
    };
    let changed = update(&ann, picture).await.data(200);
    assert_eq!((&changed["id"], &changed["avatarUrl"]), (&json!(ann.id), &json!(picture)));
    let single = cluster.api(1).create_single(&bob, &ann).await;
    assert_eq!(cluster.api(1).listed(&bob, &single).await["peer"]["avatarUrl"], picture);
    update(&ann, "javascript:alert(1)").await.refused(400, "INVALID_PARAMETER");
    update(&ann, &format!("https://example.org/{}", "x".repeat(2_048)))
        .await
        .refused(400, "INVALID_PARAMETER");
    let guest = cluster.api(0).guest().await;
    update(&guest, picture).await.refused(403, "GUEST_NOT_ALLOWED");
    assert_eq!(update(&ann, "").await.data(200)["avatarUrl"], "");
}

async fn names_are_found_and_do_not_look_alike(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let register = async |name: &str| {
        let body = json!({ "username": name, "password": "correct horse" });
        cluster.api(0).call(Method::POST, "/auth/register", "", Some(body)).await
    };
    register("用户名").await.data(201);
    register("Ｕ用户ｎame").await.data(201);
    register("p\u{430}ypal").await.refused(400, "INVALID_USERNAME");
    let found = async |query: &str| {
        let list = cluster.api(1).get(&ann, &format!("/users/search?q={query}")).await.data(200);
        let users = list["users"].as_array().unwrap().iter();
        users.map(|user| user["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("用户").await, ["用户名"]);
    assert_eq!(found("U用").await, ["u用户name"]);
    assert!(found("用户%25").await.is_empty() && found("_户").await.is_empty());
    let prefix = &ann.name[..ann.name.len() - 2];
    assert_eq!(found(&prefix.to_uppercase()).await, [ann.name.as_str()]);
}
