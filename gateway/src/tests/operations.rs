//! What jobs do beside single pushes: streams, broadcasts, and the sessions of users; on two gateways.

use futures::StreamExt;
use protos::pb::gateway::{BroadcastRequest, DisconnectUsersRequest, Event, GetSessionsRequest, PushStatus};
use serde_json::json;
use tonic::Code;

use super::push::two;
use super::*;

fn event(data: &str) -> Option<Event> {
    Some(Event { r#type: "notification".into(), data: data.into(), chat: None })
}

#[actix_rt::test]
async fn a_broadcast_reaches_every_session_on_every_gateway() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let ((mut ann1, _), (mut ann2, _)) = (first.connect("ann.s1").await, second.connect("ann.s2").await);
    let (mut bob, _) = second.connect("bob.s1").await;
    let request = BroadcastRequest { event: event(r#"{"n":1}"#), push_id: "b1".into() };
    for gateway in [&first, &second] {
        let answer = gateway.pusher().broadcast(request.clone()).await.unwrap().into_inner();
        assert_eq!((answer.delivered_sessions, answer.gateways), (3, 2));
        for client in [&mut ann1, &mut ann2, &mut bob] {
            let frame = client.frame().await;
            assert_eq!((&frame["data"], &frame["pushId"]), (&json!({"n": 1}), &json!("b1")));
            client.expect_pong().await;
        }
    }
    let wrong = first.pusher().broadcast(BroadcastRequest::default()).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

#[actix_rt::test]
async fn a_users_sessions_are_listed_and_closed_wherever_they_are() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let ((mut here, hello), (mut there, other_hello)) =
        (first.connect("ann.s1").await, second.connect("ann.s2").await);
    let (mut bob, _) = second.connect("bob.s1").await;
    let listed = first.pusher().get_sessions(GetSessionsRequest { user_id: "ann".into() }).await.unwrap();
    let mut listed: Vec<_> = listed
        .into_inner()
        .sessions
        .into_iter()
        .map(|session| {
            assert!(session.user_id == "ann" && session.connected_at > 0, "{session:?}");
            (session.session_id, session.gateway_id)
        })
        .collect();
    listed.sort();
    let id = |hello: &Value| hello["sessionId"].as_str().unwrap().to_owned();
    let mut expected = vec![(id(&hello), "g1".to_owned()), (id(&other_hello), "g2".to_owned())];
    expected.sort();
    assert_eq!(listed, expected);

    let request =
        DisconnectUsersRequest { user_ids: vec!["ann".into(), "ann".into()], reason: "too loud".into() };
    let answer = second.pusher().disconnect_users(request).await.unwrap().into_inner();
    assert_eq!(answer.closed_sessions, 2, "a user named twice counts once");
    assert_eq!((here.close_code().await, there.close_code().await), (1008, 1008));
    bob.expect_pong().await;
    let too_many = DisconnectUsersRequest { user_ids: vec!["u".into(); 10_001], ..Default::default() };
    assert_eq!(first.pusher().disconnect_users(too_many).await.unwrap_err().code(), Code::InvalidArgument);
}

#[actix_rt::test]
async fn a_stream_of_pushes_is_answered_in_order_and_ends_at_a_wrong_one() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let (mut ann, _) = second.connect("ann.s1").await;
    let numbered = |n: usize| {
        let user = if n.is_multiple_of(3) { "nobody" } else { "ann" };
        gateway_pb::PushToUsersRequest {
            push_id: n.to_string(),
            ..notification(&[user], &json!({ "n": n }).to_string())
        }
    };
    let pushes = (0..200).map(numbered);
    let wrong = gateway_pb::PushToUsersRequest::default();
    let stream =
        futures::stream::iter(pushes.chain([gateway_pb::PushToUsersRequest { event: None, ..wrong }]));
    let mut answers = first.pusher().push_stream(stream).await.unwrap().into_inner();
    for n in 0..200 {
        let answer = answers.next().await.unwrap().unwrap();
        let expected = if n % 3 == 0 { PushStatus::Offline } else { PushStatus::Delivered };
        assert_eq!((answer.push_id, answer.results[0].status()), (n.to_string(), expected));
    }
    assert_eq!(answers.next().await.unwrap().unwrap_err().code(), Code::InvalidArgument);
    for n in (0..200).filter(|n| n % 3 != 0) {
        assert_eq!(ann.frame().await["data"]["n"], n, "in order");
    }
}
