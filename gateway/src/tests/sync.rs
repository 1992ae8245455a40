//! `sync`, `recall-message` and `auth` over a socket.

use std::time::Duration;

use protos::error::CloseCode;
use protos::pb::logic as pb;

use super::*;

fn frame(kind: &str, id: &str, data: Value) -> Value {
    json!({"type": kind, "id": id, "data": data})
}

/// A logic in which every conversation has two messages after the client's, and a recall before.
fn answer_syncs(site: &Site) {
    site.logic.on(|request: types::SyncRequest| {
        let part = |position: types::SyncPosition| {
            let message = |seq_id: i64| types::Message {
                id: format!("{}.{seq_id}", position.conversation_id),
                conversation_id: position.conversation_id.clone(),
                sender: Some(types::UserInfo { id: "bob".into(), ..Default::default() }),
                r#type: 1,
                content: "hello".into(),
                seq_id,
                ..Default::default()
            };
            let recalled = types::RecalledMessage {
                seq_id: position.seq_id,
                operator_id: "bob".into(),
                change: position.change + 1,
            };
            types::SyncedConversation {
                messages: vec![message(position.seq_id + 1), message(position.seq_id + 2)],
                recalls: vec![recalled],
                last_seq_id: position.seq_id + 2,
                change: position.change + 1,
                read_seq_id: i64::from(request.limit),
                has_more: request.partial,
                conversation_id: position.conversation_id,
            }
        };
        let gone = vec![request.user_id];
        Ok(types::SyncResponse { conversations: request.positions.into_iter().map(part).collect(), gone })
    });
}

#[actix_rt::test]
async fn a_sync_is_answered_in_order_and_keeps_its_place() {
    let site = Site::start().await;
    answer_syncs(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    let send = |id: &str| {
        let data = json!({"conversationId": "c9", "content": "x", "messageType": 1, "client_msg_id": id});
        frame("send-message", id, data)
    };
    client.say(send("before")).await;
    // As text: `json!` sorts.
    let conversations = r#"{"z":{"seq":5,"change":3},"a":7}"#;
    let data = format!(r#"{{"conversations":{conversations},"limit":9,"partial":true}}"#);
    client.send(format!(r#"{{"type":"sync","id":"s","data":{data}}}"#)).await;
    client.say(send("after")).await;
    assert_eq!(client.frame().await["id"], "before");
    let mut told = Vec::new();
    for _ in 0..6 {
        let frame = client.frame().await;
        assert_eq!(frame.get("id"), None);
        let data = &frame["data"];
        told.push(format!(
            "{} {} {}",
            frame["type"].as_str().unwrap(),
            data["conversationId"],
            data["seqId"]
        ));
    }
    let expected = ["new-message \"z\" 6", "new-message \"z\" 7", "message-recalled \"z\" 5"];
    assert_eq!(told[..3], expected, "in the order of the request");
    assert_eq!(told[3..], ["new-message \"a\" 8", "new-message \"a\" 9", "message-recalled \"a\" 7"]);
    let done = client.frame().await;
    assert_eq!((&done["type"], &done["id"]), (&json!("sync-done"), &json!("s")));
    let expected = json!({
        "conversations": {
            "z": {"lastSeq": 7, "change": 4, "readSeq": 9, "hasMore": true},
            "a": {"lastSeq": 9, "change": 1, "readSeq": 9, "hasMore": true},
        },
        "gone": ["ann"],
    });
    assert_eq!(done["data"], expected);
    assert_eq!(client.frame().await["id"], "after");
}

#[actix_rt::test]
async fn a_sync_that_is_refused_is_answered_and_the_session_lives_on() {
    let site = Site::start().await;
    answer_syncs(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    let many: serde_json::Map<String, Value> = (0..1_001).map(|id| (id.to_string(), json!(0))).collect();
    // More than the ten malformed frames that would end it: these are not malformed.
    for data in [json!({"conversations": {"c": -1}}), json!({"limit": -1}), json!({"conversations": many})] {
        for _ in 0..4 {
            client.say(frame("sync", "s", data.clone())).await;
            let answer = client.frame().await;
            assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("s")));
            assert_eq!(answer["data"]["code"], "INVALID_PARAMETER");
        }
    }
    client.expect_pong().await;
}

#[actix_rt::test]
async fn a_recall_names_its_session_and_is_acknowledged() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, hello) = gateway.connect("ann.s1").await;
    let session = hello["sessionId"].as_str().unwrap().to_owned();
    site.logic.on(move |request: pb::RecallMessageRequest| {
        assert_eq!((request.user_id.as_str(), &request.origin_session_id), ("ann", &session));
        if request.message_id != "c1.4" {
            return Err(protos::Error::new(protos::Reason::RecallTimeExceeded, "too old"));
        }
        let left = types::Message {
            id: request.message_id,
            conversation_id: request.conversation_id,
            sender: Some(types::UserInfo::default()),
            r#type: 1,
            seq_id: 4,
            deleted: true,
            ..Default::default()
        };
        Ok(pb::RecallMessageResponse { message: Some(left) })
    });
    client.say(frame("recall-message", "r", json!({"conversationId": "c1", "messageId": "c1.4"}))).await;
    let ack = client.frame().await;
    assert_eq!((&ack["type"], &ack["id"]), (&json!("message-ack"), &json!("r")));
    let expected = json!({"conversationId": "c1", "messageId": "c1.4", "seqId": 4, "status": "success"});
    assert_eq!(ack["data"], expected);
    client.say(frame("recall-message", "r", json!({"conversationId": "c1", "messageId": "c1.1"}))).await;
    let refused = client.frame().await;
    assert_eq!(
        (&refused["type"], &refused["data"]["code"]),
        (&json!("error"), &json!("RECALL_TIME_EXCEEDED"))
    );
}

/// The tokens that end later are `USER.SIGN-IN.EXPIRY`.
fn know_fresh_tokens(site: &Site) {
    site.logic.on(|request: pb::ValidateTokenRequest| {
        let parts: Vec<&str> = request.access_token.split('.').collect();
        let [user, sign_in, rest @ ..] = parts.as_slice() else { return Ok(validated("bad")) };
        let known = validated(&format!("{user}.{sign_in}"));
        let expires_at = rest.first().map_or(EXPIRES_AT, |at| at.parse().unwrap());
        Ok(pb::ValidateTokenResponse { expires_at, ..known })
    });
}

#[actix_rt::test]
async fn a_session_lives_on_under_a_fresh_token_of_its_own_sign_in() {
    let site = Site::start().await;
    know_fresh_tokens(&site);
    let gateway = site.gateway("g1", Tuning { ping_every: Duration::from_millis(80), ..tuning() }).await;
    let (mut renewed, _) = gateway.connect("ann.s1").await;
    let (mut stubborn, _) = gateway.connect("ann.s1").await;
    renewed.say(frame("auth", "a", json!({"token": "ann.s1.5000"}))).await;
    let ack = renewed.frame().await;
    assert_eq!((&ack["type"], &ack["id"]), (&json!("auth-ack"), &json!("a")));
    assert_eq!(ack["data"], json!({"expiresIn": 5_000}));
    for token in ["ann.s2.5000", "bob.s1.5000", "bad"] {
        stubborn.say(frame("auth", "a", json!({"token": token}))).await;
        let refused = stubborn.frame().await;
        let expected = (&json!("error"), &json!("a"), &json!("INVALID_TOKEN"));
        assert_eq!((&refused["type"], &refused["id"], &refused["data"]["code"]), expected, "{token}");
    }
    stubborn.expect_pong().await;
    site.clock.advance(Duration::from_secs(1_500));
    assert_eq!(stubborn.close_code().await, CloseCode::SignInAgain as u16, "under the old one");
    renewed.expect_pong().await;
    site.clock.advance(Duration::from_secs(3_000));
    assert_eq!(renewed.close_code().await, CloseCode::SignInAgain as u16);
}
