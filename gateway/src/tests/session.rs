//! What a session says and does.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use protos::error::CloseCode;
use protos::pb::logic as pb;
use serde_json::json;

use super::*;

#[actix_rt::test]
async fn hello_says_who_and_where_and_a_push_after_it_finds_the_session() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, hello) = gateway.connect("ann.s1").await;
    assert_eq!((&hello["userId"], &hello["gatewayId"]), (&json!("ann"), &json!("g1")));
    assert_eq!((&hello["heartbeatSeconds"], &hello["maxMessageBytes"]), (&json!(20), &json!(65_536)));
    assert!(site.presence.state().users["g1"].contains("ann"), "announced before hello");
    let result = &gateway.push(&["ann"]).await["ann"];
    assert_eq!((result.status(), result.sessions), (gateway_pb::PushStatus::Delivered, 1));
    assert_eq!(client.frame().await["type"], "notification");
}

#[actix_rt::test]
async fn a_token_is_taken_from_where_it_is_preferred_and_the_origin_is_checked() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let mut browser = gateway.open(&[("sec-websocket-protocol", "gochat.v1, bearer.bob.s1")]).await.unwrap();
    assert_eq!(browser.frame().await["data"]["userId"], "bob");
    let both = [("authorization", "Bearer ann.s1"), ("sec-websocket-protocol", "gochat.v1, bearer.bob.s1")];
    assert_eq!(gateway.open(&both).await.unwrap().frame().await["data"]["userId"], "ann");
    let good = ("authorization", "Bearer ann.s1");
    assert_eq!(gateway.open(&[]).await.err(), Some(401));
    assert_eq!(gateway.open(&[("authorization", "Bearer bad")]).await.err(), Some(401));
    assert_eq!(gateway.open(&[good, ("origin", "null")]).await.err(), Some(403));
    assert_eq!(gateway.open(&[good, ("origin", "https://evil.example")]).await.err(), Some(403));
    assert!(gateway.open(&[good, ("origin", "https://chat.example")]).await.is_ok());
    assert_eq!(gateway.get("/ws?token=ann.s1").await, 400, "no upgrade");
}

#[actix_rt::test]
async fn requests_are_answered_in_order_with_their_ids() {
    let site = Site::start().await;
    site.logic.on(|request: pb::MarkAsReadRequest| {
        Ok(pb::MarkAsReadResponse { success: true, unread_count: 10 - request.seq_id })
    });
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for id in 1..=50 {
        client.say(message(id, if id == 20 { "nowhere" } else { "c1" })).await;
        if id == 30 {
            client
                .say(json!({"type": "mark-read", "id": "read", "data": {"conversationId": "c1", "seqId": 3}}))
                .await;
        }
    }
    for id in 1..=50 {
        let answer = client.frame().await;
        let (kind, key) = (answer["type"].as_str().unwrap(), answer["data"]["client_msg_id"].as_str());
        assert_eq!((answer["id"].as_str(), key), (Some(&*id.to_string()), Some(&*format!("k{id}"))));
        assert_eq!(kind, if id == 20 { "error" } else { "message-ack" }, "{answer}");
        if id == 20 {
            assert_eq!(answer["data"]["code"], "CONVERSATION_NOT_FOUND");
        }
        if id == 30 {
            let read = client.frame().await;
            assert_eq!((&read["type"], &read["data"]["unreadCount"]), (&json!("read-ack"), &json!(7)));
        }
    }
}

#[actix_rt::test]
async fn a_message_names_its_sender_and_its_session() {
    let site = Site::start().await;
    let seen: Arc<Mutex<Vec<pb::SendMessageRequest>>> = Arc::default();
    let record = Arc::clone(&seen);
    site.logic.on(move |request: pb::SendMessagesRequest| {
        record.lock().unwrap().extend(request.requests.clone());
        Ok(pb::SendMessagesResponse {
            outcomes: request.requests.into_iter().map(|one| stored(one, 1)).collect(),
        })
    });
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, hello) = gateway.connect("ann.s1").await;
    client.say(message(1, "c1")).await;
    assert_eq!(client.frame().await["data"]["messageId"], "c1.1");
    let sent = seen.lock().unwrap()[0].clone();
    assert_eq!((sent.user_id.as_str(), sent.client_msg_id.as_str()), ("ann", "k1"));
    assert_eq!(json!(sent.origin_session_id), hello["sessionId"]);
}

#[actix_rt::test]
async fn a_burst_is_answered_whole_acknowledged_or_refused_one_by_one() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for id in 0..2_000 {
        client.say(message(id, "c1")).await;
    }
    let mut answered = HashSet::new();
    for _ in 0..2_000 {
        let answer = client.frame().await;
        let reason = answer["data"].get("code");
        assert!(reason.is_none_or(|reason| reason == "RATE_LIMITED"), "{answer}");
        answered.insert(answer["data"]["client_msg_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(answered.len(), 2_000);
    client.expect_pong().await;
}

#[actix_rt::test]
async fn a_session_ends_with_its_token() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", Tuning { ping_every: Duration::from_millis(80), ..tuning() }).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    client.expect_pong().await;
    site.clock.advance(Duration::from_secs(1_000));
    assert_eq!(client.close_code().await, CloseCode::SignInAgain as u16);
    site.presence.until(|state| !state.users["g1"].contains("ann")).await;
}

#[actix_rt::test]
async fn a_silent_session_is_dropped_and_one_that_answers_pings_is_not() {
    let site = Site::start().await;
    let times = Tuning {
        ping_every: Duration::from_millis(100),
        silent_after: Duration::from_millis(500),
        ..tuning()
    };
    let gateway = site.gateway("g1", times).await;
    let (mut answering, _) = gateway.connect("ann.s1").await;
    let (silent, _) = gateway.connect("bob.s1").await;
    // A client that is not read from answers nothing.
    let gone = site.presence.until(|state| !state.users["g1"].contains("bob"));
    tokio::select! {
        () = gone => {}
        frame = answering.frame() => panic!("{frame}"),
    }
    drop(silent);
    answering.expect_pong().await;
}

#[actix_rt::test]
async fn who_is_silent_is_found_between_two_heartbeats() {
    let site = Site::start().await;
    let times = Tuning {
        ping_every: Duration::from_secs(3_600),
        silent_after: Duration::from_millis(300),
        ..tuning()
    };
    let gateway = site.gateway("g1", times).await;
    let (mut silent, _) = gateway.connect("ann.s1").await;
    assert_eq!(silent.close_code().await, CloseCode::GoingAway as u16);
}

#[actix_rt::test]
async fn the_end_of_a_sign_in_closes_its_sessions_alone() {
    use protos::pb::gateway::EndSignInRequest;
    use protos::pb::gateway::router_service_client::RouterServiceClient;
    let site = Site::start().await;
    let (first, second) = (site.gateway("g1", tuning()).await, site.gateway("g2", tuning()).await);
    let ((mut here, _), (mut there, _)) = (first.connect("ann.s1").await, second.connect("ann.s1").await);
    let (mut other, _) = first.connect("ann.s2").await;
    let ended = EndSignInRequest { user_id: "ann".into(), sign_in_ids: vec!["s1".into()], forwarded: false };
    let mut router = RouterServiceClient::new(first.channel());
    // The gateways learn of each other with their next renewal.
    let closed = async {
        loop {
            let closed = router.end_sign_in(ended.clone()).await.unwrap().into_inner().closed_sessions;
            if second.open(&[("authorization", "Bearer ann.s1")]).await.unwrap().next().await.is_close() {
                return closed;
            }
        }
    };
    timeout(DEADLINE, closed).await.unwrap();
    assert_eq!(here.close_code().await, CloseCode::SignInAgain as u16);
    assert_eq!(there.close_code().await, CloseCode::SignInAgain as u16);
    other.expect_pong().await;
}
