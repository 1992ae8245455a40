//! The WebSocket, frame by frame, and how it is opened and closed.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, ORIGIN, SEC_WEBSOCKET_PROTOCOL};

use crate::cluster::{Account, Frame, Handshake, Session, Size, TestCluster, within};
use crate::sizes;

/// The contract's largest frame, in bytes.
const MAX_FRAME: usize = 64 * 1024;

macro_rules! over_sqlite {
    ($($name:ident => $test:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                sizes::run(Size::Small, $test).await;
            }
        )+
    };
}

over_sqlite!(
    a_session_is_greeted_and_its_frames_are_answered => greets_and_answers,
    wrong_frames_are_answered_and_the_session_lives_on => answers_wrong_frames,
    ten_malformed_frames_in_a_row_close_the_session => closes_after_ten_malformed,
    an_oversize_frame_closes_the_session => closes_on_oversize,
    sockets_are_opened_by_every_way_to_show_a_token => opens,
    sockets_are_refused_without_a_token_or_from_a_foreign_page => refuses,
);

fn assert_error(frame: &Frame, code: &str) {
    assert_eq!((frame.kind.as_str(), &frame.data["code"]), ("error", &code.into()), "{frame:?}");
    assert!(frame.data["message"].as_str().is_some_and(|message| !message.is_empty()), "{frame:?}");
}

/// Two users, what they have in common, and a session of the first.
async fn scene(cluster: &TestCluster) -> (Account, Account, String, Session) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let single = cluster.api(0).create_single(&ann, &bob).await;
    let session = cluster.connect(&ann, 0).await;
    (ann, bob, single, session)
}

async fn greets_and_answers(cluster: &mut TestCluster) {
    let (ann, _, single, session) = scene(cluster).await;
    let hello = &session.frames()[0];
    assert_eq!((hello.kind.as_str(), &hello.data["userId"]), ("hello", &ann.id.as_str().into()));
    assert_eq!(hello.data["maxMessageBytes"], MAX_FRAME);
    for field in ["serverTime", "heartbeatSeconds"] {
        assert!(hello.data[field].as_i64().is_some_and(|number| number > 0), "{field} in {hello:?}");
    }
    assert!((hello.timestamp - hello.data["serverTime"].as_i64().unwrap()).abs() <= 1);

    // `request` waits for the frame that bears its id.
    assert_eq!(session.request("ping", &json!({})).await.kind, "pong");
    let message = json!({
        "conversationId": single, "messageType": 2, "content": "a.png", "client_msg_id": "k1", "extra": "{\"w\":3}",
    });
    let ack = session.request("send-message", &message).await;
    assert_eq!(ack.kind, "message-ack", "{ack:?}");
    let stored = cluster.api(0).history(&ann, &single).await.remove(0);
    let expected = json!({
        "conversationId": single, "client_msg_id": "k1", "messageId": stored.id, "seqId": 1,
        "createdAt": stored.created_at, "status": "success",
    });
    assert_eq!(ack.data, expected);
    assert_eq!((stored.kind, stored.extra.as_str()), (2, "{\"w\":3}"));

    let read = session.request("mark-read", &json!({ "conversationId": single, "seqId": 1 })).await;
    assert_eq!(read.kind, "read-ack");
    assert_eq!(read.data, json!({ "conversationId": single, "seqId": 1, "unreadCount": 0 }));

    // Without an id of its own a frame is answered all the same; without a client_msg_id one is made.
    session.send_text(r#"{"type":"ping"}"#).await;
    session.frame("a pong without an id", |frame| frame.kind == "pong" && frame.id.is_none()).await;
    let message = json!({ "conversationId": single, "messageType": 1, "content": "no key" });
    let ack = session.request("send-message", &message).await;
    assert!(ack.data["client_msg_id"].as_str().is_some_and(|key| !key.is_empty()), "{ack:?}");
}

async fn answers_wrong_frames(cluster: &mut TestCluster) {
    let (ann, bob, single, session) = scene(cluster).await;
    let carl = cluster.sign_up("carl").await;
    let foreign = cluster.api(0).create_single(&bob, &carl).await;
    let message = |conversation: &str, content: &str, kind: i32, extra: &str| -> Value {
        json!({
            "conversationId": conversation, "messageType": kind, "content": content, "client_msg_id": "k",
            "extra": extra,
        })
    };
    let wrong = [
        (message("no-such-conversation", "x", 1, ""), "CONVERSATION_NOT_FOUND"),
        (message(&foreign, "x", 1, ""), "CONVERSATION_NOT_FOUND"),
        (message(&single, "", 1, ""), "MESSAGE_EMPTY"),
        (message(&single, "  \n", 1, ""), "MESSAGE_EMPTY"),
        (message(&single, "x", 4, ""), "UNSUPPORTED_MESSAGE_TYPE"),
        (message(&single, "x", 99, ""), "UNSUPPORTED_MESSAGE_TYPE"),
        (message(&single, "x", 1, "no JSON"), "INVALID_PARAMETER"),
        (message(&single, &"x".repeat(32 * 1024 + 1), 1, ""), "MESSAGE_TOO_LARGE"),
    ];
    for (data, code) in wrong {
        let answer = session.request("send-message", &data).await;
        assert_error(&answer, code);
        assert_eq!(answer.data["client_msg_id"], "k", "{answer:?}");
    }
    let read = json!({ "conversationId": foreign, "seqId": 1 });
    assert_error(&session.request("mark-read", &read).await, "CONVERSATION_NOT_FOUND");
    assert_error(&session.request("no-such-type", &json!({})).await, "INVALID_PARAMETER");
    assert_error(&session.request("send-message", &json!({ "content": 7 })).await, "INVALID_PARAMETER");

    let malformed = ["", "no JSON", "[]", "null", r#"{"type":7}"#, r#"{"data":{}}"#, r#"{"type":"ping""#];
    for text in malformed {
        let errors = session.frames().iter().filter(|frame| frame.kind == "error").count();
        session.send_text(text).await;
        session.frames_of("error", errors + 1).await;
        // A good frame ends the row of bad ones.
        assert_eq!(session.request("ping", &json!({})).await.kind, "pong", "after {text:?}");
    }
    assert_eq!(cluster.api(0).history(&ann, &single).await, []);
    assert_eq!(session.send(&single, "still here", "k").await.seq, 1);
}

async fn closes_after_ten_malformed(cluster: &mut TestCluster) {
    let (_, _, _, session) = scene(cluster).await;
    for _ in 0..9 {
        session.send_text("no JSON").await;
    }
    assert_eq!(session.request("ping", &json!({})).await.kind, "pong", "nine are forgiven");
    for _ in 0..10 {
        session.send_text("no JSON").await;
    }
    assert_eq!(session.ended().await, Some(1008));
}

async fn closes_on_oversize(cluster: &mut TestCluster) {
    let (ann, _, single, session) = scene(cluster).await;
    let frame_of = |length: usize| {
        let frame = json!({ "type": "ping", "data": {}, "id": "big", "padding": "" }).to_string();
        frame.replace(r#""padding":"""#, &format!(r#""padding":"{}""#, "x".repeat(length - frame.len())))
    };
    session.send_text(&frame_of(MAX_FRAME)).await;
    session.frame("an answer to the largest frame", |frame| frame.id.as_deref() == Some("big")).await;
    session.send_text(&frame_of(MAX_FRAME + 1)).await;
    assert_eq!(session.ended().await, Some(1009));
    let again = cluster.connect(&ann, 0).await;
    assert_eq!(again.send(&single, "nothing else was hurt", "k").await.seq, 1);
}

async fn opens(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let at = cluster.gateway(0).http;
    let own_page = format!("http://{at}");
    let ways = [
        Handshake::bearer(at, &ann.access),
        Handshake::bearer(at, &ann.access).header(ORIGIN, &own_page),
        Handshake::plain(at, &format!("?token={}", ann.access)),
        // The header is preferred, then the subprotocol.
        Handshake::plain(at, "?token=wrong").header(AUTHORIZATION, &format!("Bearer {}", ann.access)),
    ];
    for way in ways {
        let session = within("a socket opens", way.connect()).await.unwrap();
        assert_eq!(session.user_id, ann.id);
    }
    let (_, answer) = Handshake::subprotocols(at, &ann.access).upgrade().await.unwrap();
    assert_eq!(answer.headers()[SEC_WEBSOCKET_PROTOCOL], "gochat.v1");
    let (one, other) = (cluster.connect(&ann, 0).await, cluster.connect(&ann, 0).await);
    assert_ne!(one.id, other.id, "a user may have many sessions");
}

async fn refuses(cluster: &mut TestCluster) {
    let ann = cluster.sign_up("ann").await;
    let at = cluster.gateway(0).http;
    let no_token = [
        Handshake::plain(at, ""),
        Handshake::plain(at, "?token="),
        Handshake::plain(at, "?token=wrong"),
        Handshake::bearer(at, "wrong"),
        Handshake::bearer(at, &ann.refresh),
        Handshake::subprotocols(at, "wrong"),
        Handshake::plain(at, &format!("?token={}", ann.access)).header(AUTHORIZATION, "Bearer wrong"),
    ];
    for handshake in no_token {
        let told = format!("{handshake:?}");
        assert_eq!(within("a refusal", handshake.refusal()).await, 401, "{told}");
    }
    for origin in ["https://evil.example", "null", &format!("http://{at}.evil.example"), "http://127.0.0.1"] {
        let handshake = Handshake::bearer(at, &ann.access).header(ORIGIN, origin);
        assert_eq!(within("a refusal", handshake.refusal()).await, 403, "{origin}");
    }
}
