//! Clients that ask for too much, from addresses that a trusted proxy names.

use protos::{Error, Reason};
use tokio::io::AsyncReadExt;

use super::*;

/// A gateway with these limits, whose logic knows no password.
async fn limited(limits: &str) -> (Site, Running) {
    let site = Site { rate_limits: limits.parse().unwrap(), ..Site::start().await };
    site.logic.on(|_: pb::LoginRequest| -> protos::Result<pb::LoginResponse> {
        Err(Error::new(Reason::InvalidCredentials, "wrong"))
    });
    let gateway = site.gateway("g1", tuning()).await;
    (site, gateway)
}

/// The head of the answer to a request with more lines for its head.
async fn head_of(gateway: &Running, line: &str, head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{head}\r\n{body}"
    );
    let (mut stream, mut answer) = (gateway.raw(request.as_bytes()).await, String::new());
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer.split_once("\r\n\r\n").unwrap().0.to_lowercase()
}

/// A sign-in as this user from this address; the status.
async fn login(gateway: &Running, user: &str, from: &str) -> u16 {
    let body = json!({"username": user, "password": "a wrong one"}).to_string();
    let head = head_of(gateway, "POST /api/auth/login", &format!("x-forwarded-for: {from}\r\n"), &body).await;
    let status = head[9..12].parse().unwrap();
    assert_eq!(head.contains("retry-after: "), status == 429, "{head}");
    status
}

#[actix_rt::test]
async fn an_address_that_signs_in_too_often_waits_and_no_other_does() {
    let (_site, gateway) = limited("login=3/10m").await;
    for user in ["ann", "bob", "cem"] {
        assert_eq!(login(&gateway, user, "192.0.2.1").await, 401);
    }
    assert_eq!(login(&gateway, "dan", "192.0.2.1").await, 429);
    assert_eq!(
        login(&gateway, "dan", "198.51.100.9, 192.0.2.1").await,
        429,
        "what it wrote itself gains nothing"
    );
    assert_eq!(login(&gateway, "dan", "192.0.2.2").await, 401);
    for _ in 0..6 {
        assert_eq!(
            login(&gateway, &uuid::Uuid::new_v4().to_string(), "127.0.0.1").await,
            401,
            "this machine's own"
        );
    }
}

#[actix_rt::test]
async fn who_guesses_at_a_password_does_not_lock_its_owner_out() {
    let (_site, gateway) = limited("login_account=3/10m").await;
    for name in ["ann", "ANN", " Ann"] {
        assert_eq!(login(&gateway, name, "192.0.2.1").await, 401);
    }
    assert_eq!(login(&gateway, "ann", "192.0.2.1").await, 429);
    assert_eq!(login(&gateway, "bob", "192.0.2.1").await, 401);
    assert_eq!(login(&gateway, "ann", "192.0.2.2").await, 401, "the owner is elsewhere");
    for _ in 0..3 {
        assert_eq!(login(&gateway, "ann", "127.0.0.1").await, 401);
    }
    assert_eq!(
        login(&gateway, "ann", "127.0.0.1").await,
        429,
        "an account's limit holds for this machine, too"
    );
}

#[actix_rt::test]
async fn a_users_requests_are_limited_over_all_tokens() {
    let (_site, gateway) = limited("requests=2/10m").await;
    let mut statuses = Vec::new();
    for token in ["ann.s1", "ann.s2", "ann.s3", "bob.s1"] {
        let head =
            head_of(&gateway, "GET /api/no/such", &format!("authorization: Bearer {token}\r\n"), "").await;
        assert!(head.starts_with("http/1.1 404"), "{head}");
        let authorization = format!("authorization: Bearer {token}\r\n");
        let head = head_of(&gateway, "GET /api/users/search?q=", &authorization, "").await;
        statuses.push(head[9..12] == *"429");
    }
    assert_eq!(statuses, [false, false, true, false]);
}

#[actix_rt::test]
async fn a_session_that_says_too_much_is_told_to_wait_and_lives_on() {
    let (_site, gateway) = limited("frames=5/10m").await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for _ in 0..5 {
        client.expect_pong().await;
    }
    let message = json!({"conversationId": "c", "content": "x", "messageType": 1, "client_msg_id": "k1"});
    client.say(json!({"type": "send-message", "id": "7", "data": message})).await;
    let answer = client.frame().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("7")));
    assert_eq!(
        (&answer["data"]["code"], &answer["data"]["client_msg_id"]),
        (&json!("RATE_LIMITED"), &json!("k1"))
    );
    let wait = answer["data"]["details"]["retryAfterMs"].as_u64().unwrap();
    assert!((60_000..=120_000).contains(&wait), "{wait}");
    gateway.push(&["ann"]).await;
    assert_eq!(client.frame().await["type"], "notification", "it still hears");
}

#[actix_rt::test]
async fn a_flood_ends_a_session_be_it_of_control_frames() {
    let (_site, gateway) = limited("frames=5/10m").await;
    for flood in
        [WsMessage::Ping(Vec::new().into()), WsMessage::text("{}"), WsMessage::Pong(Vec::new().into())]
    {
        let (mut client, _) = gateway.connect("ann.s1").await;
        // The end may come before all are sent.
        for _ in 0..220 {
            if client.0.send(flood.clone()).await.is_err() {
                break;
            }
        }
        assert_eq!(client.close_code().await, 1008, "{flood:?}");
    }
}

#[actix_rt::test]
async fn bytes_count_as_frames_do() {
    let (_site, gateway) = limited("bytes=100000/10m").await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    let padded = |id: &str| json!({"type": "ping", "id": id, "padding": "x".repeat(60_000)});
    client.say(padded("1")).await;
    assert_eq!(client.frame().await["type"], "pong");
    client.say(padded("2")).await;
    let answer = client.frame().await;
    assert_eq!((&answer["data"]["code"], &answer["id"]), (&json!("RATE_LIMITED"), &json!("2")));
    client.expect_pong().await;
}

#[actix_rt::test]
async fn a_users_messages_are_limited_over_all_sessions() {
    let (_site, gateway) = limited("sends=3/10m").await;
    let (mut first, _) = gateway.connect("ann.s1").await;
    let (mut second, _) = gateway.connect("ann.s2").await;
    let message = json!({"conversationId": "c", "content": "x", "messageType": 1});
    for turn in 0..3 {
        let client = if turn == 1 { &mut second } else { &mut first };
        client.say(json!({"type": "send-message", "data": message})).await;
        assert_eq!(client.frame().await["type"], "message-ack");
    }
    second.say(json!({"type": "send-message", "id": "4", "data": message})).await;
    let answer = second.frame().await;
    assert_eq!((&answer["data"]["code"], &answer["id"]), (&json!("RATE_LIMITED"), &json!("4")));
}

#[actix_rt::test]
async fn of_too_many_sessions_the_oldest_is_closed() {
    let (_site, gateway) = limited("sockets_user=2").await;
    let (mut first, _) = gateway.connect("ann.s1").await;
    let (mut second, _) = gateway.connect("ann.s1").await;
    let (_other, _) = gateway.connect("bob.s1").await;
    let (mut third, _) = gateway.connect("ann.s2").await;
    assert_eq!(first.close_code().await, 1008);
    second.expect_pong().await;
    third.expect_pong().await;
    assert_eq!(gateway.push(&["ann"]).await["ann"].sessions, 2);
}

#[actix_rt::test]
async fn an_address_has_so_many_sockets_and_gets_one_back_for_each_that_ends() {
    let (_site, gateway) = limited("sockets_address=2").await;
    let open = async |from: &str| {
        gateway.open(&[("authorization", "Bearer ann.s1"), ("x-forwarded-for", from)]).await
    };
    let first = open("192.0.2.1").await.unwrap();
    let _second = open("192.0.2.1").await.unwrap();
    assert_eq!(open("192.0.2.1").await.err(), Some(429));
    assert!(open("192.0.2.2").await.is_ok());
    first.close().await;
    let again = async { while open("192.0.2.1").await.is_err() {} };
    timeout(DEADLINE, again).await.expect("the place is not free again");
}

#[actix_rt::test]
async fn nothing_is_limited_when_that_is_off() {
    let (_site, gateway) = limited("off").await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for _ in 0..1_500 {
        client.expect_pong().await;
    }
}
