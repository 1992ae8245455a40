//! Pushes, on one gateway and on two.

use protos::pb::gateway::PushStatus;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::pb::gateway::{DeliverRequest, Delivery, Event, event::Chat};
use serde_json::json;
use tonic::Code;

use super::*;

/// Two gateways that know of each other.
pub(super) async fn two(site: &Site) -> (Running, Running) {
    let (first, second) = (site.gateway("g1", tuning()).await, site.gateway("g2", tuning()).await);
    // Of a user who is nowhere presence is asked only when there is another gateway to ask.
    let known = async {
        for gateway in [&first, &second] {
            let before = site.presence.state().lookups;
            while site.presence.state().lookups == before {
                gateway.push(&["nobody"]).await;
            }
        }
    };
    timeout(DEADLINE, known).await.expect("they do not learn of each other");
    (first, second)
}

#[actix_rt::test]
async fn every_session_on_every_gateway_gets_it_once_and_the_report_says_where() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let ((mut ann1, _), (mut ann2, _)) = (first.connect("ann.s1").await, second.connect("ann.s2").await);
    let (mut bob, _) = second.connect("bob.s1").await;
    for (gateway, push_id) in [(&first, "p1"), (&second, "p2")] {
        let request = gateway_pb::PushToUsersRequest {
            push_id: push_id.into(),
            ..notification(&["bob", "nobody", "ann", "bob"], r#"{"n":1}"#)
        };
        let answer = gateway.push_request(request).await.unwrap();
        let shown: Vec<_> = answer
            .results
            .iter()
            .map(|result| {
                let mut gateways = result.gateway_ids.clone();
                gateways.sort();
                (result.user_id.as_str(), result.status(), result.sessions, gateways.join(" "))
            })
            .collect();
        let expected = [
            ("bob", PushStatus::Delivered, 1, "g2".to_owned()),
            ("nobody", PushStatus::Offline, 0, String::new()),
            ("ann", PushStatus::Delivered, 2, "g1 g2".to_owned()),
        ];
        assert_eq!(shown, expected);
        assert_eq!((answer.delivered_users, answer.offline_users, answer.delivered_sessions), (2, 1, 3));
        assert_eq!(answer.push_id, push_id);
        for client in [&mut ann1, &mut ann2, &mut bob] {
            let frame = client.frame().await;
            assert_eq!((&frame["pushId"], &frame["data"]), (&json!(push_id), &json!({"n": 1})));
            client.expect_pong().await;
        }
    }
}

#[actix_rt::test]
async fn an_excluded_session_counts_as_absent() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let ((mut one, hello), (mut other, _)) =
        (gateway.connect("ann.s1").await, gateway.connect("ann.s1").await);
    let mut request = notification(&["ann"], "{}");
    request.exclude_session_ids = vec![hello["sessionId"].as_str().unwrap().to_owned()];
    assert_eq!(gateway.push_request(request.clone()).await.unwrap().results[0].sessions, 1);
    assert_eq!(other.frame().await["type"], "notification");
    one.expect_pong().await;
    other.close().await;
    site.presence.until(|state| state.users["g1"].contains("ann")).await;
    let gone = async {
        while gateway.push_request(request.clone()).await.unwrap().results[0].status() != PushStatus::Offline
        {
        }
    };
    timeout(DEADLINE, gone).await.unwrap();
}

#[actix_rt::test]
async fn a_lone_gateway_asks_nobody_where_users_are() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    gateway.push(&["ann", "bob"]).await;
    assert_eq!(site.presence.state().lookups, 0);
}

#[actix_rt::test]
async fn when_presence_cannot_be_read_every_gateway_is_asked() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let (mut ann, _) = second.connect("ann.s1").await;
    site.presence.state().blind = true;
    let results = first.push(&["ann", "nobody"]).await;
    assert_eq!(results["ann"].status(), PushStatus::Delivered);
    assert_eq!(results["nobody"].status(), PushStatus::Offline);
    assert_eq!(ann.frame().await["type"], "notification");
}

#[actix_rt::test]
async fn users_of_a_gateway_that_does_not_answer_are_unreachable() {
    let site = Site::start().await;
    let first = site.gateway("g1", tuning()).await;
    let (mut bob, _) = first.connect("bob.s1").await;
    // A lease of a gateway that nobody serves: its port was bound and let go.
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    {
        let mut state = site.presence.state();
        let lease = protos::pb::repo::GatewayLease {
            gateway_id: "dead".into(),
            incarnation: "1".into(),
            url: format!("http://{dead}"),
        };
        state.leases.insert("dead".into(), lease);
        state.users.entry("dead".into()).or_default().extend(["ann".to_owned(), "bob".to_owned()]);
    }
    let unreachable =
        async { while first.push(&["ann"]).await["ann"].status() != PushStatus::Unreachable {} };
    timeout(DEADLINE, unreachable).await.unwrap();
    let result = &first.push(&["bob"]).await["bob"];
    assert_eq!((result.status(), result.sessions), (PushStatus::Delivered, 1));
    assert_eq!(bob.frame().await["type"], "notification");
}

#[actix_rt::test]
async fn a_message_from_logic_reaches_both_gateways_and_not_the_session_that_sent_it() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let ((mut sender, hello), (mut other, _)) =
        (first.connect("ann.s1").await, first.connect("ann.s1").await);
    let (mut far, _) = second.connect("bob.s1").await;
    let delivery = |seq| {
        let message = types::Message {
            id: format!("c1.{seq}"),
            conversation_id: "c1".into(),
            sender: Some(types::UserInfo { id: "ann".into(), ..Default::default() }),
            r#type: types::MessageType::Text.into(),
            content: "hello".into(),
            seq_id: seq,
            ..Default::default()
        };
        let (everybody, same_users) = (["ann", "bob", "away"], ![1, 4].contains(&seq));
        Delivery {
            event: Some(Event { chat: Some(Chat::NewMessage(message)), ..Default::default() }),
            user_ids: if same_users { Vec::new() } else { everybody.map(String::from).to_vec() },
            same_users,
            exclude_session_ids: vec![hello["sessionId"].as_str().unwrap().into()],
            push_id: String::new(),
            world: false,
        }
    };
    let mut router = RouterServiceClient::new(second.channel());
    for batch in [1..4, 4..7] {
        let request = DeliverRequest { deliveries: batch.map(delivery).collect(), link: None };
        let answer = router.deliver(request).await.unwrap().into_inner();
        assert!(answer.unreachable_gateway_ids.is_empty());
    }
    for seq in 1..7 {
        for client in [&mut other, &mut far] {
            let frame = client.frame().await;
            assert_eq!((&frame["type"], &frame["data"]["seqId"]), (&json!("new-message"), &json!(seq)));
        }
    }
    sender.expect_pong().await;
}

#[actix_rt::test]
async fn wrong_pushes_are_refused() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let code = |request| async { gateway.push_request(request).await.unwrap_err().code() };
    assert_eq!(code(notification(&["ann"], "[]")).await, Code::InvalidArgument);
    assert_eq!(code(notification(&["u"; 10_001], "{}")).await, Code::InvalidArgument);
    for ttl_seconds in [-1, 30 * 24 * 60 * 60 + 1] {
        let wrong = gateway_pb::PushToUsersRequest { ttl_seconds, ..notification(&["ann"], "{}") };
        assert_eq!(code(wrong).await, Code::InvalidArgument);
    }
    assert!(gateway.push_request(notification(&[], "{}")).await.unwrap().results.is_empty());
}
