//! WORLD: one delivery for everybody, who is in it, and how fast one may write there.

use std::time::Duration;

use protos::pb::gateway::{DeliverRequest, SetWorldRequest, SetWorldResponse};
use protos::pb::logic::send_message_outcome::Outcome;
use protos::pb::logic::{JoinWorldChatRequest, SendMessageRequest, SendMessagesRequest};
use protos::pb::{repo, types};
use protos::{Error, Reason};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::rig::{DEADLINE, Rig};
use crate::send::{Store, delivers, open, request};

#[actix_rt::test]
async fn a_message_to_world_is_one_delivery_that_names_nobody() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let sent = SendMessageRequest { origin_session_id: "s1".into(), ..request("world", "hello") };
    rig.messages().send_message(sent).await.unwrap();
    let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    assert!(delivery.world && delivery.user_ids.is_empty(), "{delivery:?}");
    assert_eq!(delivery.exclude_session_ids, ["s1"]);
    assert_eq!(rig.gateway.calls::<DeliverRequest>(), 1);
    assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), 0, "its list is not walked");
    rig.messages().send_message(request("c", "hello")).await.unwrap();
    let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    assert_eq!((delivery.world, delivery.user_ids), (false, vec!["ann".to_owned(), "bob".to_owned()]));
}

#[actix_rt::test]
async fn who_writes_too_fast_in_world_is_refused_before_anything_is_stored_and_nobody_else() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let _deliveries = delivers(&rig.gateway, &open());
    let by = |user: &str, request| SendMessageRequest { user_id: user.into(), ..request };
    let requests: Vec<SendMessageRequest> = (0..40)
        .flat_map(|number| {
            let key = format!("k{number}");
            let of_bob = (number < 5).then(|| by("bob", request("world", &key)));
            [by("ann", request("world", &key)), by("ann", request("c", &key))].into_iter().chain(of_bob)
        })
        .collect();
    let answer = rig.messages().send_messages(SendMessagesRequest { requests: requests.clone() }).await;
    let (mut passed, mut refused) = (0, 0);
    for (request, outcome) in requests.iter().zip(answer.unwrap().into_inner().outcomes) {
        let is_limited = (request.user_id.as_str(), request.conversation_id.as_str()) == ("ann", "world");
        match outcome.outcome.unwrap() {
            Outcome::Sent(_) if is_limited => {
                assert_eq!(refused, 0, "what follows a refused one is refused too");
                passed += 1;
            }
            Outcome::Failed(failed) if is_limited => {
                assert_eq!(failed.reason, "RATE_LIMITED");
                assert!((1..=200).contains(&failed.retry_after_ms), "{failed:?}");
                refused += 1;
            }
            Outcome::Sent(_) => {}
            Outcome::Failed(failed) => panic!("{request:?}: {failed:?}"),
        }
    }
    assert!((20..25).contains(&passed), "{passed} at once");
    let refusal = loop {
        match rig.messages().send_message(by("ann", request("world", "more"))).await {
            Ok(_) => {}
            Err(status) => break Error::from(status),
        }
    };
    assert_eq!(refusal.reason(), Reason::RateLimited);
    assert!(refusal.retry_after_hint().is_some_and(|wait| wait <= Duration::from_millis(200)));
}

#[actix_rt::test]
async fn who_joins_world_is_told_to_the_gateways() {
    let rig = Rig::start().await;
    let world = || types::Conversation {
        id: "world".into(),
        r#type: types::ConversationType::World.into(),
        ..Default::default()
    };
    rig.repo.on(move |_: repo::JoinWorldRequest| async move {
        Ok(repo::JoinWorldResponse { conversation: Some(world()), joined: true })
    });
    rig.repo.on(move |_: repo::GetConversationForUserRequest| async move {
        let member = types::ConversationMember {
            user: Some(types::UserInfo { id: "ann".into(), ..Default::default() }),
            role: types::ConversationMemberRole::Member.into(),
            ..Default::default()
        };
        let details = repo::ConversationDetails {
            conversation: Some(world()),
            user_membership: Some(member),
            ..Default::default()
        };
        Ok(repo::GetConversationForUserResponse { details: Some(details) })
    });
    let (sender, mut told) = mpsc::unbounded_channel();
    rig.gateway.on(move |request: SetWorldRequest| {
        sender.send(request).unwrap();
        async { Ok(SetWorldResponse { sessions: 1 }) }
    });
    rig.conversations().join_world_chat(JoinWorldChatRequest { user_id: "ann".into() }).await.unwrap();
    let expected = SetWorldRequest { user_id: "ann".into(), joined: true, forwarded: false };
    assert_eq!(told.try_recv(), Ok(expected), "before the answer");
}
