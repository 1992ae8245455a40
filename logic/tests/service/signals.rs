//! Who is told of who writes, of who has read, and of what devices have got.

use protos::pb::gateway::{Delivery, event::Chat};
use protos::pb::logic::{DeliverySignal, MarkAsReadRequest, SendSignalsRequest, TypingSignal};
use protos::pb::{gateway, repo, types};
use protos::{Error, Reason};
use tokio::time::timeout;

use crate::fake::Fake;
use crate::rig::{DEADLINE, Rig, reason};
use crate::send::{Deliveries, delivers, open};

/// `c` and the SINGLE `s` have the members `ann` and `bob`, `large` has a hundred more.
fn members(repo: &Fake) {
    repo.on(|request: repo::GetMemberIdsRequest| async move {
        let kind = match request.conversation_id.as_str() {
            "s" => types::ConversationType::Single,
            _ => types::ConversationType::Group,
        };
        let others = match request.conversation_id.as_str() {
            "c" | "s" => 0,
            "large" => 100,
            _ => return Err(Error::conversation_not_found()),
        };
        let others = (0..others).map(|number| format!("u{number}"));
        let user_ids = ["ann".to_owned(), "bob".to_owned()].into_iter().chain(others).collect();
        Ok(repo::GetMemberIdsResponse { user_ids, member_version: 1, r#type: kind.into() })
    });
}

/// Read pointers that move to wherever they are wished, but not to 0.
fn pointers(repo: &Fake) {
    repo.on(|request: repo::UpdateReadPointerRequest| async move {
        Ok(repo::UpdateReadPointerResponse {
            success: true,
            unread_count: 7,
            seq_id: request.seq_id,
            moved: request.seq_id > 0,
            member_version: 1,
        })
    });
}

async fn next(deliveries: &mut Deliveries) -> (Chat, Delivery) {
    let mut delivery = timeout(DEADLINE, deliveries.recv()).await.expect("a delivery in time").unwrap();
    (delivery.event.take().unwrap().chat.unwrap(), delivery)
}

fn typing(user: &str, conversation: &str, typing: bool) -> TypingSignal {
    TypingSignal { user_id: user.into(), conversation_id: conversation.into(), typing }
}

fn indicator(user: &str, conversation: &str, typing: bool) -> Chat {
    let (user_id, conversation_id) = (user.into(), conversation.into());
    Chat::TypingIndicator(gateway::TypingIndicator { conversation_id, user_id, typing })
}

#[actix_rt::test]
async fn the_other_members_are_told_who_writes_and_strangers_tell_nobody() {
    let rig = Rig::start().await;
    members(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let signals = vec![
        typing("stranger", "c", true),
        typing("ann", "world", true),
        typing("ann", "nowhere", true),
        typing("", "c", true),
        typing("ann", "c", true),
        typing("bob", "c", true),
        typing("ann", "c", false),
    ];
    rig.messages().send_signals(SendSignalsRequest { signals, ..Default::default() }).await.unwrap();
    for (user, is_typing, other) in [("ann", true, "bob"), ("bob", true, "ann"), ("ann", false, "bob")] {
        let (event, delivery) = next(&mut deliveries).await;
        assert_eq!(event, indicator(user, "c", is_typing));
        assert_eq!((delivery.user_ids, delivery.world), (vec![other.to_owned()], false));
    }
    assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), 2, "`c` and `nowhere`, once");
    let signals = vec![typing("bob", "c", false)];
    rig.messages().send_signals(SendSignalsRequest { signals, ..Default::default() }).await.unwrap();
    assert_eq!(next(&mut deliveries).await.0, indicator("bob", "c", false));
    assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), 2, "the list is known");
    let many = SendSignalsRequest {
        signals: vec![typing("ann", "c", true); 500],
        deliveries: vec![got("ann", "s", 1); 501],
    };
    assert_eq!(reason(rig.messages().send_signals(many).await.unwrap_err()), Reason::InvalidParameter);
}

fn got(user: &str, conversation: &str, seq_id: i64) -> DeliverySignal {
    DeliverySignal { user_id: user.into(), conversation_id: conversation.into(), seq_id }
}

fn delivered(user: &str, seq_id: i64) -> Chat {
    let (user_id, conversation_id) = (user.into(), "s".into());
    Chat::DeliveryReceipt(gateway::DeliveryReceipt { conversation_id, user_id, seq_id })
}

#[actix_rt::test]
async fn the_other_of_a_single_is_told_what_a_device_has_got_and_nobody_else_is() {
    let rig = Rig::start().await;
    members(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let tell = async |deliveries: Vec<DeliverySignal>| {
        let request = SendSignalsRequest { deliveries, ..Default::default() };
        rig.messages().send_signals(request).await.unwrap();
    };
    let signals = vec![
        got("stranger", "s", 1),
        got("ann", "world", 1),
        got("ann", "c", 1),
        got("ann", "nowhere", 1),
        got("", "s", 9),
        got("bob", "s", 3),
        got("bob", "s", 5),
        got("bob", "s", 4),
        got("bob", "s", 0),
        got("bob", "s", i64::MIN),
    ];
    tell(signals).await;
    let (event, delivery) = next(&mut deliveries).await;
    assert_eq!(event, delivered("bob", 5));
    assert_eq!((delivery.user_ids, delivery.world), (vec!["ann".to_owned()], false));
    assert!(delivery.exclude_session_ids.is_empty());
    // Nothing else came of those; what comes next is of the next, and the SINGLE's members are known.
    let looked_up = rig.repo.calls::<repo::GetMemberIdsRequest>();
    tell(vec![got("bob", "s", i64::MAX)]).await;
    assert_eq!(next(&mut deliveries).await.0, delivered("bob", i64::MAX));
    assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), looked_up);
}

fn read(user: &str, conversation: &str, seq_id: i64, session: &str) -> MarkAsReadRequest {
    MarkAsReadRequest {
        user_id: user.into(),
        conversation_id: conversation.into(),
        seq_id,
        origin_session_id: session.into(),
    }
}

fn receipt(user: &str, conversation: &str, seq_id: i64) -> Chat {
    let (user_id, conversation_id) = (user.into(), conversation.into());
    Chat::ReadReceipt(gateway::ReadReceipt { conversation_id, user_id, seq_id })
}

#[actix_rt::test]
async fn who_reads_fast_is_told_of_once_and_to_all_but_the_session_that_asked() {
    let rig = Rig::start().await;
    members(&rig.repo);
    pointers(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    for (seq, session) in [(1, "s1"), (5, "s2"), (3, "s1"), (0, "s3")] {
        let answer = rig.conversations().mark_as_read(read("bob", "c", seq, session)).await.unwrap();
        assert_eq!(answer.into_inner().unread_count, 7);
    }
    let (event, delivery) = next(&mut deliveries).await;
    assert_eq!(event, receipt("bob", "c", 5));
    assert_eq!(delivery.user_ids, ["ann", "bob"]);
    assert_eq!(delivery.exclude_session_ids, ["s2"]);
    // Nothing else came of those four; what comes next is of the next.
    rig.conversations().mark_as_read(read("bob", "c", 0, "s1")).await.unwrap();
    rig.conversations().mark_as_read(read("bob", "c", 6, "")).await.unwrap();
    let (event, delivery) = next(&mut deliveries).await;
    assert_eq!(event, receipt("bob", "c", 6));
    assert!(delivery.exclude_session_ids.is_empty());
}

#[actix_rt::test]
async fn in_world_and_in_large_groups_only_the_reader_is_told() {
    let rig = Rig::start().await;
    members(&rig.repo);
    pointers(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    for conversation in ["world", "large"] {
        rig.conversations().mark_as_read(read("bob", conversation, 1, "s1")).await.unwrap();
        let (event, delivery) = next(&mut deliveries).await;
        assert_eq!(event, receipt("bob", conversation, 1));
        assert_eq!((delivery.user_ids, delivery.world), (vec!["bob".to_owned()], false));
    }
    // The reader is no member any more.
    rig.conversations().mark_as_read(read("stranger", "c", 1, "s1")).await.unwrap();
    rig.conversations().mark_as_read(read("ann", "c", 2, "s1")).await.unwrap();
    assert_eq!(next(&mut deliveries).await.0, receipt("ann", "c", 2));
    let bad = MarkAsReadRequest { origin_session_id: "x".repeat(200), ..read("ann", "c", 1, "") };
    let refused = rig.conversations().mark_as_read(bad).await.unwrap_err();
    assert_eq!(reason(refused), Reason::InvalidParameter);
}
