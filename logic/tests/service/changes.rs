//! Changes of conversations: which right each rests on, and who is told of it.

use std::collections::BTreeSet;

use protos::pb::gateway::{DeliverRequest, DeliverResponse, Delivery, event::Chat};
use protos::pb::logic as pb;
use protos::pb::types::{ConversationMemberRole as Role, ConversationType as Kind};
use protos::pb::{repo, types};
use protos::{Error, Reason};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::conversation::{ann_is, users_exist};
use crate::fake::with_users;
use crate::rig::{DEADLINE, Rig, reason};

/// What reaches the gateway, in order.
struct Told(mpsc::UnboundedReceiver<Delivery>);

impl Told {
    /// Also scripts the list of members: `ann` and `bob`.
    fn by(rig: &Rig) -> Self {
        let (sender, deliveries) = mpsc::unbounded_channel();
        rig.gateway.on(move |request: DeliverRequest| {
            with_users(request).for_each(|delivery| sender.send(delivery).unwrap());
            async { Ok(DeliverResponse::default()) }
        });
        rig.repo.on(|_: repo::GetMemberIdsRequest| async {
            Ok(repo::GetMemberIdsResponse {
                user_ids: vec!["ann".into(), "bob".into()],
                member_version: 4,
                r#type: 2,
            })
        });
        Self(deliveries)
    }

    async fn next(&mut self) -> (Vec<String>, Chat) {
        let delivery = timeout(DEADLINE, self.0.recv()).await.expect("somebody is told").unwrap();
        (delivery.user_ids, delivery.event.unwrap().chat.unwrap())
    }

    /// All has been told: whatever comes was told before the call was answered.
    fn nothing_more(&mut self) {
        assert!(self.0.try_recv().is_err());
    }
}

fn group(name: &str) -> types::Conversation {
    types::Conversation {
        id: "c".into(),
        r#type: Kind::Group.into(),
        name: name.into(),
        ..Default::default()
    }
}

fn notice(seq: i64) -> types::Message {
    types::Message {
        id: format!("c.{seq}"),
        conversation_id: "c".into(),
        r#type: types::MessageType::System.into(),
        seq_id: seq,
        sender: Some(types::UserInfo { id: "ann".into(), ..Default::default() }),
        ..Default::default()
    }
}

fn renaming(user: &str) -> pb::UpdateConversationRequest {
    pb::UpdateConversationRequest {
        user_id: user.into(),
        conversation_id: "c".into(),
        name: "new".into(),
        avatar_url: "not named in the mask".into(),
        update_mask: vec!["name".into()],
        ..Default::default()
    }
}

#[actix_rt::test]
async fn a_rename_is_stored_once_and_told_to_the_members() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    ann_is(&rig, Kind::Group, Role::Admin);
    rig.repo.on(|request: repo::UpdateConversationRequest| async move {
        assert_eq!(
            (request.name.as_deref(), request.avatar_url, request.description),
            (Some("new"), None, None)
        );
        assert_eq!(request.operator_role, i32::from(Role::Admin));
        Ok(repo::UpdateConversationResponse {
            conversation: Some(group("new")),
            changed: true,
            system_message: Some(notice(10)),
            member_version: 4,
        })
    });
    let answer = rig.conversations().update_conversation(renaming("ann")).await.unwrap().into_inner();
    assert_eq!(answer.conversation.unwrap().unread_count, 3, "as the caller sees it");
    let everybody = ["ann".to_owned(), "bob".to_owned()];
    let (users, event) = told.next().await;
    assert!(matches!(event, Chat::NewMessage(message) if message.seq_id == 10));
    assert_eq!(users, everybody);
    let (users, event) = told.next().await;
    let Chat::ConversationUpdated(shown) = event else { panic!("{event:?}") };
    assert_eq!((users.as_slice(), shown.conversation.unwrap().name.as_str()), (&everybody[..], "new"));
    told.nothing_more();
}

#[actix_rt::test]
async fn who_may_not_does_not_reach_the_store() {
    let rig = Rig::start().await;
    let mut conversations = rig.conversations();
    let delete = |user: &str| pb::DeleteConversationRequest {
        user_id: user.into(),
        conversation_id: "c".into(),
        ..Default::default()
    };
    let role = |user: &str| pb::UpdateMemberRoleRequest {
        operator_id: user.into(),
        conversation_id: "c".into(),
        target_user_id: "bob".into(),
        new_role: Role::Owner.into(),
    };
    let mute = |user: &str| pb::MuteMemberRequest {
        operator_id: user.into(),
        conversation_id: "c".into(),
        target_user_id: "bob".into(),
        muted: true,
    };
    let leave =
        |user: &str| pb::LeaveConversationRequest { user_id: user.into(), conversation_id: "c".into() };
    use Reason::{CannotLeaveConversation, ConversationNotFound, Forbidden, InsufficientPermission};
    for (user, kind, own, [edited, deleted, promoted, muted, left]) in [
        (
            "ann",
            Kind::Group,
            Role::Member,
            [
                Some(InsufficientPermission),
                Some(InsufficientPermission),
                Some(InsufficientPermission),
                Some(InsufficientPermission),
                None,
            ],
        ),
        ("ann", Kind::Group, Role::Owner, [None, None, None, None, Some(CannotLeaveConversation)]),
        (
            "ann",
            Kind::Single,
            Role::Member,
            [Some(Forbidden), None, Some(Forbidden), Some(Forbidden), Some(CannotLeaveConversation)],
        ),
        (
            "ann",
            Kind::World,
            Role::Member,
            [Some(Forbidden), Some(Forbidden), Some(Forbidden), Some(Forbidden), None],
        ),
        ("eve", Kind::Group, Role::Owner, [Some(ConversationNotFound); 5]),
    ] {
        ann_is(&rig, kind, own);
        let outcomes = [
            (edited, conversations.update_conversation(renaming(user)).await.map(drop)),
            (deleted, conversations.delete_conversation(delete(user)).await.map(drop)),
            (promoted, conversations.update_member_role(role(user)).await.map(drop)),
            (muted, conversations.mute_member(mute(user)).await.map(drop)),
            (left, conversations.leave_conversation(leave(user)).await.map(drop)),
        ];
        for (number, (expected, outcome)) in outcomes.into_iter().enumerate() {
            // What is allowed goes on to repo, which has no script here.
            let got = Some(reason(outcome.unwrap_err()));
            let expected = expected.or(Some(Error::from(tonic::Status::unimplemented("")).reason()));
            assert_eq!(got, expected, "action {number} by {user}, {own:?} of a {kind:?}");
        }
    }
}

#[actix_rt::test]
async fn all_who_were_members_learn_that_a_group_is_gone() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    ann_is(&rig, Kind::Group, Role::Owner);
    rig.repo.on(|request: repo::DeleteConversationRequest| async move {
        assert_eq!(request.operator_role, i32::from(Role::Owner));
        Ok(repo::DeleteConversationResponse {
            former_member_ids: ["ann", "bob", "cid"].map(Into::into).into(),
        })
    });
    let request = pb::DeleteConversationRequest {
        user_id: "ann".into(),
        conversation_id: "c".into(),
        ..Default::default()
    };
    assert!(rig.conversations().delete_conversation(request.clone()).await.unwrap().get_ref().success);
    let (users, event) = told.next().await;
    assert!(matches!(event, Chat::ConversationDeleted(gone) if gone.conversation_id == "c"));
    assert_eq!(users, ["ann", "bob", "cid"]);
    // A SINGLE is only hidden.
    ann_is(&rig, Kind::Single, Role::Member);
    rig.repo
        .on(|_: repo::DeleteConversationRequest| async { Ok(repo::DeleteConversationResponse::default()) });
    assert!(rig.conversations().delete_conversation(request).await.unwrap().get_ref().success);
    told.nothing_more();
}

#[actix_rt::test]
async fn a_new_owner_is_told_and_other_roles_are_not() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    ann_is(&rig, Kind::Group, Role::Owner);
    rig.repo.on(|request: repo::ChangeMemberRequest| async move {
        assert_eq!((request.user_id.as_str(), request.operator_role), ("bob", i32::from(Role::Owner)));
        let owner = repo::change_member_request::Change::NewRole(Role::Owner.into());
        let conversation = (request.change == Some(owner))
            .then(|| types::Conversation { owner_id: "bob".into(), ..group("name") });
        Ok(repo::ChangeMemberResponse { conversation, member_version: 4 })
    });
    for role in [Role::Admin, Role::Owner] {
        let request = pb::UpdateMemberRoleRequest {
            operator_id: "ann".into(),
            conversation_id: "c".into(),
            target_user_id: "bob".into(),
            new_role: role.into(),
        };
        assert!(rig.conversations().update_member_role(request).await.unwrap().get_ref().success);
    }
    let (users, event) = told.next().await;
    let Chat::ConversationUpdated(shown) = event else { panic!("{event:?}") };
    assert_eq!((users.len(), shown.conversation.unwrap().owner_id.as_str()), (2, "bob"));
    told.nothing_more();
}

#[actix_rt::test]
async fn a_leaver_and_those_who_stay_are_told_but_not_of_the_world() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    ann_is(&rig, Kind::Group, Role::Member);
    rig.repo.on(|_: repo::LeaveConversationRequest| async {
        Ok(repo::LeaveConversationResponse { system_message: Some(notice(10)), member_version: 4 })
    });
    let request = pb::LeaveConversationRequest { user_id: "ann".into(), conversation_id: "c".into() };
    rig.conversations().leave_conversation(request.clone()).await.unwrap();
    assert!(matches!(told.next().await.1, Chat::NewMessage(_)));
    for receivers in [vec!["ann", "bob"], vec!["ann"]] {
        let (users, event) = told.next().await;
        let Chat::MemberRemoved(left) = event else { panic!("{event:?}") };
        assert_eq!(
            (users, left.user_ids, left.operator_id.as_str()),
            (owned(&receivers), owned(&["ann"]), "ann")
        );
    }
    ann_is(&rig, Kind::World, Role::Member);
    rig.repo.on(|_: repo::LeaveConversationRequest| async { Ok(repo::LeaveConversationResponse::default()) });
    rig.conversations().leave_conversation(request).await.unwrap();
    told.nothing_more();
}

fn owned(users: &[&str]) -> Vec<String> {
    users.iter().map(ToString::to_string).collect()
}

#[actix_rt::test]
async fn those_added_learn_of_the_conversation_before_its_messages() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    ann_is(&rig, Kind::Group, Role::Admin);
    rig.repo.on(|request: repo::ChangeMembersRequest| async move {
        assert_eq!(request.operator_role, i32::from(Role::Admin));
        Ok(repo::ChangeMembersResponse {
            added_user_ids: vec!["bob".into()],
            system_message: Some(notice(10)),
            member_version: 4,
            conversation: Some(group("name")),
            ..Default::default()
        })
    });
    let request = pb::AddMembersRequest {
        operator_id: "ann".into(),
        conversation_id: "c".into(),
        user_ids: vec!["bob".into()],
        role: 0,
    };
    rig.conversations().add_members(request).await.unwrap();
    let (users, event) = told.next().await;
    assert!(matches!(event, Chat::ConversationCreated(_)), "{event:?}");
    assert_eq!(users, ["bob"]);
    assert!(matches!(told.next().await.1, Chat::NewMessage(_)));
    let (users, event) = told.next().await;
    let Chat::MemberAdded(added) = event else { panic!("{event:?}") };
    assert_eq!((users.len(), added.user_ids), (2, owned(&["bob"])));
    told.nothing_more();
}

#[actix_rt::test]
async fn a_new_conversation_is_told_to_each_as_they_see_it_and_an_old_one_to_nobody() {
    let rig = Rig::start().await;
    let mut told = Told::by(&rig);
    users_exist(&rig);
    ann_is(&rig, Kind::Single, Role::Member);
    let made = |kind: Kind, existing| {
        rig.repo.on(move |_: repo::CreateConversationRequest| async move {
            let conversation = types::Conversation { r#type: kind.into(), ..group("") };
            Ok(repo::CreateConversationResponse { conversation: Some(conversation), existing })
        });
    };
    let create = |kind: Kind, members: &[&str]| {
        let request = pb::CreateConversationRequest {
            creator_id: "ann".into(),
            r#type: kind.into(),
            name: "name".into(),
            member_ids: owned(members),
            ..Default::default()
        };
        let mut conversations = rig.conversations();
        async move { conversations.create_conversation(request).await.unwrap() }
    };
    made(Kind::Single, false);
    create(Kind::Single, &["bob"]).await;
    let mut shown = BTreeSet::new();
    for _ in 0..2 {
        let (users, event) = told.next().await;
        let Chat::ConversationCreated(created) = event else { panic!("{event:?}") };
        let peer = created.peer.unwrap();
        assert_eq!((&created.conversation.unwrap().name, &peer.username), (&peer.id, &peer.id));
        shown.insert((users.concat(), peer.id));
    }
    assert_eq!(shown, BTreeSet::from([("ann".into(), "bob".into()), ("bob".into(), "ann".into())]));
    made(Kind::Single, true);
    create(Kind::Single, &["bob"]).await;
    told.nothing_more();
    made(Kind::Group, false);
    create(Kind::Group, &["bob", "cid"]).await;
    let (mut users, event) = told.next().await;
    users.sort();
    assert!(matches!(event, Chat::ConversationCreated(created) if created.peer.is_none()));
    assert_eq!(users, ["ann", "bob", "cid"]);
    told.nothing_more();
}

#[actix_rt::test]
async fn a_search_is_among_the_callers_own() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::SearchUserConversationsRequest| async move {
        assert_eq!((request.user_id.as_str(), request.query.as_str(), request.limit), ("ann", "Te_m", 100));
        let membership = types::ConversationMember {
            user: Some(types::UserInfo { id: "ann".into(), ..Default::default() }),
            role: Role::Admin.into(),
            ..Default::default()
        };
        let details = repo::ConversationDetails {
            conversation: Some(group("team")),
            user_membership: Some(membership),
            unread_count: 2,
            last_activity_at: 7,
            ..Default::default()
        };
        Ok(repo::SearchUserConversationsResponse { conversations: vec![details] })
    });
    let request = |query: &str, limit| pb::SearchConversationsRequest {
        user_id: "ann".into(),
        query: query.into(),
        type_filter: 0,
        limit,
    };
    let answer = rig.conversations().search_conversations(request(" Te_m ", 500)).await.unwrap().into_inner();
    assert_eq!((answer.conversations[0].name.as_str(), answer.conversations[0].unread_count), ("team", 2));
    let listing = &answer.listings[0];
    assert_eq!((listing.my_membership.as_ref().unwrap().role(), listing.last_activity_at), (Role::Admin, 7));
    for (query, limit) in [("", 0), (" ", 0), ("x", -1)] {
        let refused = rig.conversations().search_conversations(request(query, limit)).await.unwrap_err();
        assert_eq!(reason(refused), Reason::InvalidParameter);
    }
}
