//! The gateway's lease, and its end.

use std::sync::atomic::{AtomicBool, Ordering};

use protos::error::CloseCode;
use protos::pb::repo::GatewayLease;
use tokio::sync::Notify;

use super::*;

#[actix_rt::test]
async fn no_socket_is_taken_before_the_lease_is_held() {
    let site = Site::start().await;
    site.presence.state().down = true;
    let gateway = site.start_gateway("g1", tuning()).await;
    let header = [("authorization", "Bearer ann.s1")];
    assert_eq!((gateway.get("/healthz").await, gateway.get("/readyz").await), (200, 503));
    assert_eq!(gateway.open(&header).await.err(), Some(503));
    site.presence.state().down = false;
    let ready = async { while gateway.get("/readyz").await != 200 {} };
    timeout(DEADLINE, ready).await.unwrap();
    assert!(gateway.open(&header).await.is_ok());
}

#[actix_rt::test]
async fn who_comes_and_goes_is_told_and_the_last_word_is_right() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    for _ in 0..5 {
        let ((first, _), (second, _)) = (gateway.connect("ann.s1").await, gateway.connect("ann.s2").await);
        assert!(site.presence.state().users["g1"].contains("ann"));
        first.close().await;
        second.close().await;
    }
    site.presence.until(|state| !state.users["g1"].contains("ann")).await;
}

#[actix_rt::test]
async fn after_the_store_lost_everything_all_are_announced_anew() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    {
        let mut state = site.presence.state();
        state.users.clear();
        (state.lost, state.deaf) = (true, true);
    }
    site.presence.until(|state| !state.lost).await;
    // As long as nobody finds her she misses what is sent: a `resync` would come too early.
    ann.expect_pong().await;
    site.presence.state().deaf = false;
    site.presence.until(|state| state.users.get("g1").is_some_and(|users| users.contains("ann"))).await;
    let resync = ann.frame().await;
    assert_eq!((&resync["type"], &resync["data"]), (&json!("resync"), &json!({})));
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_lost_answer_does_not_hide_that_the_lease_began_anew() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    {
        let mut state = site.presence.state();
        state.users.clear();
        (state.lost, state.loses_answer) = (true, true);
    }
    // The renewal after that one continues the lease, of which the gateway has never heard.
    site.presence.until(|state| state.users.get("g1").is_some_and(|users| users.contains("ann"))).await;
    assert_eq!(ann.frame().await["type"], "resync");
}

#[actix_rt::test]
async fn sessions_outlive_the_store() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (ann, _) = gateway.connect("ann.s1").await;
    let (mut bob, _) = gateway.connect("bob.s1").await;
    site.presence.state().down = true;
    ann.close().await;
    bob.expect_pong().await;
    assert_eq!(gateway.push(&["bob"]).await["bob"].sessions, 1);
    site.presence.state().down = false;
    // What changed meanwhile is told.
    site.presence
        .until(|state| !state.users["g1"].contains("ann") && state.users["g1"].contains("bob"))
        .await;
}

#[actix_rt::test]
async fn a_gateway_whose_id_was_taken_lets_its_sessions_go() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    let newer = GatewayLease {
        gateway_id: "g1".into(),
        // Greater than every id made before.
        incarnation: "z".into(),
        url: "http://127.0.0.1:9".into(),
    };
    site.presence.state().leases.insert("g1".into(), newer);
    assert_eq!(ann.close_code().await, CloseCode::Restart as u16);
    assert_eq!(gateway.get("/readyz").await, 503);
}

#[actix_rt::test]
async fn a_clean_stop_tells_every_session_and_gives_the_lease_back() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let mut clients = Vec::new();
    for user in 0..20 {
        clients.push(gateway.connect(&format!("u{user}.s1")).await.0);
    }
    let codes = async {
        let mut codes = Vec::new();
        for client in &mut clients {
            codes.push(client.close_code().await);
        }
        codes
    };
    let ((), codes) = tokio::join!(gateway.stop(), codes);
    assert_eq!(codes, [CloseCode::Restart as u16; 20]);
    let state = site.presence.state();
    assert!(state.leases.is_empty() && state.users.is_empty());
}

#[actix_rt::test]
async fn what_is_under_way_at_a_stop_is_still_answered() {
    let site = Site::start().await;
    let (asked, answers) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    site.logic.on({
        let (asked, answers) = (Arc::clone(&asked), Arc::clone(&answers));
        move |request: pb::SendMessagesRequest| {
            asked.notify_one();
            if !answers.load(Ordering::SeqCst) {
                return Err(protos::Error::unavailable("ask again"));
            }
            let outcomes = request.requests.into_iter().map(|request| stored(request, 1)).collect();
            Ok(pb::SendMessagesResponse { outcomes })
        }
    });
    let gateway = site.gateway("g1", tuning()).await;
    let (mut busy, _) = gateway.connect("ann.s1").await;
    let mut idle = Vec::new();
    for user in 0..20 {
        idle.push(gateway.connect(&format!("u{user}.s1")).await.0);
    }
    busy.say(message(1, "c1")).await;
    timeout(DEADLINE, asked.notified()).await.unwrap();
    let told = async {
        // When these have all been told, the busy one has, too.
        for client in &mut idle {
            client.close_code().await;
        }
        answers.store(true, Ordering::SeqCst);
        assert_eq!(busy.frame().await["type"], "message-ack");
        busy.close_code().await
    };
    let ((), code) = tokio::join!(gateway.stop(), told);
    assert_eq!(code, CloseCode::Restart as u16);
}

#[actix_rt::test]
async fn a_session_that_comes_while_the_gateway_stops_is_told_so() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut idle, _) = gateway.connect("bob.s1").await;
    let (asked, answers) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    site.logic.on({
        let (asked, answers) = (Arc::clone(&asked), Arc::clone(&answers));
        move |request: pb::ValidateTokenRequest| {
            asked.notify_one();
            if !answers.load(Ordering::SeqCst) {
                return Err(protos::Error::unavailable("ask again"));
            }
            Ok(validated(&request.access_token))
        }
    });
    let header = [("authorization", "Bearer ann.s1")];
    let comes = async { gateway.open(&header).await.unwrap().close_code().await };
    let stop = async {
        timeout(DEADLINE, asked.notified()).await.unwrap();
        gateway.shutdown.cancel();
        // Everybody who is there has been told.
        idle.close_code().await;
        answers.store(true, Ordering::SeqCst);
    };
    let (code, ()) = tokio::join!(comes, stop);
    assert_eq!(code, CloseCode::Restart as u16);
    gateway.stop().await;
}
