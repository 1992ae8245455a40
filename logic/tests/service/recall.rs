//! From `RecallMessage` to repo and to the gateway's `Deliver`; and `Sync`, which is passed on.

use protos::pb::gateway::{DeliverRequest, DeliverResponse, Delivery, event::Chat};
use protos::pb::logic::RecallMessageRequest;
use protos::pb::types::{ConversationMemberRole as Role, ConversationType as Kind};
use protos::pb::{repo, types};
use protos::{Error, Reason};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::fake::with_users;
use crate::rig::{DEADLINE, NOW, Rig, reason};

/// `ann` is a member of `c`, of this kind and with this role, which has one message that may be recalled. Tells what repo is asked.
fn ann_is(rig: &Rig, kind: Kind, role: Role) -> mpsc::UnboundedReceiver<repo::DeleteMessageRequest> {
    rig.repo.on(move |request: repo::GetConversationForUserRequest| async move {
        if (request.user_id.as_str(), request.conversation_id.as_str()) != ("ann", "c") {
            return Err(Error::conversation_not_found());
        }
        let conversation = types::Conversation { id: "c".into(), r#type: kind.into(), ..Default::default() };
        let user = types::UserInfo { id: "ann".into(), ..Default::default() };
        let member = types::ConversationMember { user: Some(user), role: role.into(), ..Default::default() };
        let details = repo::ConversationDetails {
            conversation: Some(conversation),
            user_membership: Some(member),
            ..Default::default()
        };
        Ok(repo::GetConversationForUserResponse { details: Some(details) })
    });
    rig.repo.on(|_: repo::GetMemberIdsRequest| async {
        Ok(repo::GetMemberIdsResponse {
            user_ids: vec!["ann".into(), "bob".into()],
            member_version: 3,
            r#type: 2,
        })
    });
    let (sender, asked) = mpsc::unbounded_channel();
    rig.repo.on(move |request: repo::DeleteMessageRequest| {
        sender.send(request.clone()).unwrap();
        async move {
            if request.message_id != "c.1" {
                return Err(Error::new(Reason::MessageNotFound, "no such message"));
            }
            let message = types::Message {
                id: "c.1".into(),
                conversation_id: "c".into(),
                sender: Some(types::UserInfo { id: "bob".into(), ..Default::default() }),
                r#type: 1,
                seq_id: 1,
                deleted: true,
                ..Default::default()
            };
            Ok(repo::DeleteMessageResponse {
                success: true,
                message: Some(message),
                change: 7,
                member_version: 3,
                operator_id: "ann".into(),
            })
        }
    });
    asked
}

fn delivers(rig: &Rig) -> mpsc::UnboundedReceiver<Delivery> {
    let (sender, deliveries) = mpsc::unbounded_channel();
    rig.gateway.on(move |request: DeliverRequest| {
        with_users(request).for_each(|delivery| sender.send(delivery).unwrap());
        async { Ok(DeliverResponse::default()) }
    });
    deliveries
}

fn recall(user: &str, conversation: &str, message: &str) -> RecallMessageRequest {
    RecallMessageRequest {
        user_id: user.into(),
        conversation_id: conversation.into(),
        message_id: message.into(),
        origin_session_id: "s1".into(),
    }
}

#[actix_rt::test]
async fn a_recall_is_told_to_all_members_but_the_session_that_asked() {
    let rig = Rig::start().await;
    let mut asked = ann_is(&rig, Kind::Group, Role::Admin);
    let mut deliveries = delivers(&rig);
    // Once more it is told again: the first time may have got lost.
    for _ in 0..2 {
        let answer = rig.messages().recall_message(recall("ann", "c", "c.1")).await.unwrap().into_inner();
        assert!(answer.message.unwrap().deleted);
        let request = asked.recv().await.unwrap();
        assert_eq!((request.role_at_least(), request.sent_since), (Role::Admin, 0));
        let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
        assert_eq!(
            (delivery.user_ids.as_slice(), delivery.exclude_session_ids.as_slice()),
            (&["ann".to_owned(), "bob".to_owned()][..], &["s1".to_owned()][..])
        );
        let Some(Chat::MessageRecalled(told)) = delivery.event.unwrap().chat else { panic!("no recall") };
        assert_eq!((told.message_id.as_str(), told.seq_id, told.change), ("c.1", 1, 7));
        assert_eq!((told.conversation_id.as_str(), told.operator_id.as_str()), ("c", "ann"));
    }
}

#[actix_rt::test]
async fn whoever_does_not_moderate_has_two_minutes_for_their_own() {
    let rig = Rig::start().await;
    let _deliveries = delivers(&rig);
    for (kind, role) in
        [(Kind::Group, Role::Member), (Kind::Single, Role::Member), (Kind::World, Role::Owner)]
    {
        let mut asked = ann_is(&rig, kind, role);
        rig.messages().recall_message(recall("ann", "c", "c.1")).await.unwrap();
        let request = asked.recv().await.unwrap();
        assert_eq!((request.role_at_least(), request.sent_since), (Role::Unspecified, NOW - 120), "{kind:?}");
        assert_eq!((request.operator_id.as_str(), request.message_id.as_str()), ("ann", "c.1"));
    }
}

#[actix_rt::test]
async fn what_is_not_recalled_is_told_to_nobody() {
    let rig = Rig::start().await;
    let _asked = ann_is(&rig, Kind::Group, Role::Owner);
    let mut deliveries = delivers(&rig);
    for (request, expected) in [
        (recall("eve", "c", "c.1"), Reason::ConversationNotFound),
        (recall("ann", "d", "d.1"), Reason::ConversationNotFound),
        (recall("ann", "c", "d.1"), Reason::MessageNotFound),
        (recall("ann", "c", "c.9"), Reason::MessageNotFound),
        (recall("ann", "c", "no id"), Reason::MessageNotFound),
        (recall("ann", "c", ""), Reason::InvalidParameter),
        (recall("", "c", "c.1"), Reason::InvalidParameter),
    ] {
        let refused = rig.messages().recall_message(request.clone()).await.unwrap_err();
        assert_eq!(reason(refused), expected, "{request:?}");
    }
    assert_eq!(rig.repo.calls::<repo::DeleteMessageRequest>(), 1, "only what may be there is asked for");
    rig.messages().recall_message(recall("ann", "c", "c.1")).await.unwrap();
    let first = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    assert!(matches!(first.event.unwrap().chat, Some(Chat::MessageRecalled(told)) if told.seq_id == 1));
    assert!(deliveries.try_recv().is_err());
}

#[actix_rt::test]
async fn a_sync_is_one_call_to_repo() {
    let rig = Rig::start().await;
    rig.repo.on(|request: types::SyncRequest| async move {
        assert_eq!((request.user_id.as_str(), request.limit, request.partial), ("ann", 1_000, true));
        let conversations = request.positions.into_iter().map(|position| types::SyncedConversation {
            conversation_id: position.conversation_id,
            last_seq_id: position.seq_id + 1,
            change: position.change,
            has_more: true,
            ..Default::default()
        });
        Ok(types::SyncResponse { conversations: conversations.collect(), gone: vec!["d".into()] })
    });
    let position = types::SyncPosition { conversation_id: "c".into(), seq_id: 4, change: 2 };
    let request = types::SyncRequest {
        user_id: "ann".into(),
        positions: vec![position.clone()],
        limit: 5_000,
        partial: true,
    };
    let answer = rig.messages().sync(request.clone()).await.unwrap().into_inner();
    let part = &answer.conversations[0];
    assert_eq!((part.conversation_id.as_str(), part.last_seq_id, part.change), ("c", 5, 2));
    assert!(part.has_more && answer.gone == ["d"]);
    assert_eq!(rig.repo.calls::<types::SyncRequest>(), 1);
    let twice = types::SyncRequest { positions: vec![position.clone(), position], ..request };
    assert_eq!(reason(rig.messages().sync(twice).await.unwrap_err()), Reason::InvalidParameter);
    assert_eq!(rig.repo.calls::<types::SyncRequest>(), 1);
}
