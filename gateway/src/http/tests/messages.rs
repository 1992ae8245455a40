//! `/conversations/{id}/messages` and `/read`.

use std::sync::{Arc, Mutex};

use actix_web::test::TestRequest;
use protos::pb::logic as pb;
use protos::pb::logic::send_message_outcome::Outcome;
use serde_json::{Value, json};

use super::{Answer, Gateway, message};

/// Lists with this query while logic answers these seqs; gives also the bounds and the direction that logic was asked for.
async fn list(query: &str, seqs: &'static [i64], has_more: bool) -> (Answer, Vec<(i64, i64, bool)>) {
    let gateway = Gateway::start().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    gateway.logic.on(move |request: pb::GetMessagesRequest| {
        record.lock().unwrap().push((request.start_seq_id, request.end_seq_id, request.ascending));
        let messages = seqs.iter().map(|seq| message(*seq)).collect();
        Ok(pb::GetMessagesResponse { messages, has_more, next_seq_id: 0, prev_seq_id: 0 })
    });
    gateway.logic.on(|_: pb::GetConversationRequest| {
        let conversation = super::conversation(protos::pb::types::ConversationType::Group);
        Ok(pb::GetConversationResponse { conversation: Some(conversation), ..Default::default() })
    });
    let path = format!("/api/conversations/c1/messages{query}");
    let answer = gateway.send_signed_in(TestRequest::get().uri(&path)).await;
    let asked = asked.lock().unwrap().clone();
    (answer, asked)
}

fn seqs(answer: &Answer) -> Vec<i64> {
    let messages = answer.data()["messages"].as_array().unwrap();
    messages.iter().map(|message| message["seqId"].as_i64().unwrap()).collect()
}

#[actix_web::test]
async fn history_is_paged_downwards_by_cursor() {
    let (first, asked) = list("", &[9, 8, 7], true).await;
    assert_eq!((first.status, seqs(&first)), (200, vec![9, 8, 7]));
    assert_eq!((&first.data()["nextCursor"], &first.data()["hasMore"]), (&json!(7), &json!(true)));
    assert_eq!(asked, [(0, 0, false)]);
    let (next, asked) = list("?cursor=7", &[6, 5], false).await;
    assert_eq!(asked, [(0, 6, false)], "the cursor's own message was in the page before");
    assert_eq!((&next.data()["nextCursor"], &next.data()["hasMore"]), (&Value::Null, &json!(false)));
}

#[actix_web::test]
async fn what_was_missed_is_read_upwards() {
    let (answer, asked) = list("?afterSeq=4&limit=2", &[5, 6], true).await;
    assert_eq!((seqs(&answer), &answer.data()["nextCursor"]), (vec![5, 6], &json!(6)));
    assert_eq!(asked, [(5, 0, true)]);
}

#[actix_web::test]
async fn beyond_either_end_there_is_nothing() {
    for query in ["?cursor=1", "?afterSeq=9223372036854775807"] {
        let (answer, asked) = list(query, &[1], true).await;
        assert_eq!((answer.status, seqs(&answer)), (200, vec![]));
        assert_eq!(answer.data()["nextCursor"], Value::Null);
        assert_eq!(asked, []);
    }
}

/// What the message is sent as, and whether logic calls it a repetition.
async fn send(body: Value, duplicate: bool) -> (Answer, pb::SendMessageRequest) {
    let gateway = Gateway::start().await;
    let sent = Arc::new(Mutex::new(None));
    let record = Arc::clone(&sent);
    gateway.logic.on(move |request: pb::SendMessagesRequest| {
        *record.lock().unwrap() = request.requests.first().cloned();
        let answer =
            pb::SendMessageResponse { message: Some(message(3)), client_msg_id: "k3".into(), duplicate };
        Ok(pb::SendMessagesResponse {
            outcomes: vec![pb::SendMessageOutcome { outcome: Some(Outcome::Sent(answer)) }],
        })
    });
    let request = TestRequest::post().uri("/api/conversations/c1/messages").set_json(body);
    let answer = gateway.send_signed_in(request).await;
    let sent = sent.lock().unwrap().take().expect("nothing was sent");
    (answer, sent)
}

#[actix_web::test]
async fn sending_is_201_and_a_repetition_200_with_the_first_message() {
    let body = json!({"messageType": 1, "content": "hi", "client_msg_id": "k3", "extra": "{}"});
    let (answer, sent) = send(body.clone(), false).await;
    assert_eq!((answer.status, &answer.data()["id"]), (201, &json!("c1.3")));
    assert_eq!((&*sent.user_id, &*sent.conversation_id, &*sent.content), ("u1", "c1", "hi"));
    assert_eq!((&*sent.client_msg_id, &*sent.extra, sent.r#type), ("k3", "{}", 1));
    assert_eq!(sent.origin_session_id, "", "all of the sender's sessions get it");
    let (again, _) = send(body, true).await;
    assert_eq!((again.status, &again.data()["id"]), (200, &json!("c1.3")));
}

#[actix_web::test]
async fn a_message_without_a_key_gets_one() {
    for body in [
        json!({"messageType": 1, "content": "hi"}),
        json!({"messageType": 1, "content": "hi", "client_msg_id": ""}),
    ] {
        let (_, sent) = send(body, false).await;
        assert_eq!(sent.client_msg_id.len(), 32);
    }
}

#[actix_web::test]
async fn a_message_that_is_refused_says_why() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|_: pb::SendMessagesRequest| {
        let failure = pb::SendMessageFailure {
            reason: "MEMBER_MUTED".into(),
            message: "muted".into(),
            retry_after_ms: 0,
        };
        Ok(pb::SendMessagesResponse {
            outcomes: vec![pb::SendMessageOutcome { outcome: Some(Outcome::Failed(failure)) }],
        })
    });
    let post = |body: Value| TestRequest::post().uri("/api/conversations/c1/messages").set_json(body);
    let muted = gateway.send_signed_in(post(json!({"messageType": 1, "content": "hi"}))).await;
    assert_eq!((muted.status, muted.code()), (403, "MEMBER_MUTED"));
    let unknown = gateway.send_signed_in(post(json!({"messageType": 9, "content": "hi"}))).await;
    assert_eq!((unknown.status, unknown.code()), (400, "UNSUPPORTED_MESSAGE_TYPE"));
    let long_key = json!({"messageType": 1, "content": "hi", "client_msg_id": "k".repeat(129)});
    let refused = gateway.send_signed_in(post(long_key)).await;
    assert_eq!((refused.status, refused.code()), (400, "INVALID_PARAMETER"));
}

#[actix_web::test]
async fn recalling_answers_what_is_left() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::RecallMessageRequest| {
        assert_eq!((&*request.user_id, &*request.conversation_id), ("u1", "c1"));
        assert_eq!((&*request.message_id, &*request.origin_session_id), ("c1.3", ""));
        let left = protos::pb::types::Message { deleted: true, content: String::new(), ..message(3) };
        Ok(pb::RecallMessageResponse { message: Some(left) })
    });
    let recall = || TestRequest::delete().uri("/api/conversations/c1/messages/c1.3");
    let answer = gateway.send_signed_in(recall()).await;
    assert_eq!((answer.status, &answer.data()["id"]), (200, &json!("c1.3")));
    assert_eq!((&answer.data()["deleted"], &answer.data()["content"]), (&json!(true), &json!("")));
    let stranger = gateway.send(recall()).await;
    assert_eq!((stranger.status, stranger.code()), (401, "UNAUTHORIZED"));
    for (reason, status) in [
        (protos::Reason::RecallTimeExceeded, 409),
        (protos::Reason::Forbidden, 403),
        (protos::Reason::MessageNotFound, 404),
    ] {
        gateway.fail::<pb::RecallMessageRequest>(reason);
        let refused = gateway.send_signed_in(recall()).await;
        assert_eq!((refused.status, refused.code()), (status, reason.as_str()));
    }
}

#[actix_web::test]
async fn reading_answers_what_is_left() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::MarkAsReadRequest| {
        assert_eq!((&*request.user_id, &*request.conversation_id, request.seq_id), ("u1", "c1", 7));
        Ok(pb::MarkAsReadResponse { success: true, unread_count: 2 })
    });
    let read = TestRequest::put().uri("/api/conversations/c1/read").set_json(json!({"seqId": 7}));
    let answer = gateway.send_signed_in(read).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({"unreadCount": 2})));
}
