//! Rules around conversations, and the SYSTEM messages that tell of changes.

use protos::pb::gateway::{DeliverRequest, DeliverResponse, event::Chat};
use protos::pb::logic as pb;
use protos::pb::types::{ConversationMemberRole as Role, ConversationType as Kind};
use protos::pb::{repo, types};
use protos::{Error, Reason};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::fake::with_users;
use crate::rig::{DEADLINE, Rig, reason, user};

/// `ann` is a member of `c`, of this kind and with this role; there is nothing else.
pub(crate) fn ann_is(rig: &Rig, kind: Kind, role: Role) {
    rig.repo.on(move |request: repo::GetConversationForUserRequest| async move {
        if (request.user_id.as_str(), request.conversation_id.as_str()) != ("ann", "c") {
            return Err(Error::conversation_not_found());
        }
        let conversation = types::Conversation {
            id: "c".into(),
            r#type: kind.into(),
            member_count: 2,
            ..Default::default()
        };
        let details = repo::ConversationDetails {
            conversation: Some(conversation),
            user_membership: Some(member("ann", role)),
            unread_count: 3,
            last_seq_id: 9,
            ..Default::default()
        };
        Ok(repo::GetConversationForUserResponse { details: Some(details) })
    });
}

fn member(id: &str, role: Role) -> types::ConversationMember {
    let user = types::UserInfo { id: id.into(), username: id.into(), ..Default::default() };
    types::ConversationMember {
        user: Some(user),
        role: role.into(),
        last_read_seq_id: 6,
        ..Default::default()
    }
}

/// Everybody exists, but `nobody`; whose name begins with `g` is a guest.
pub(crate) fn users_exist(rig: &Rig) {
    rig.repo.on(|request: repo::GetUsersRequest| async move {
        let ids = request.user_ids.iter().filter(|id| *id != "nobody");
        let users = ids.map(|id| types::User { is_guest: id.starts_with('g'), ..user(id) }).collect();
        Ok(repo::GetUsersResponse { users })
    });
    rig.repo.on(|request: repo::GetUserRequest| async move {
        let is_guest = request.user_id.starts_with('g');
        Ok(repo::UserResponse { user: Some(types::User { is_guest, ..user(&request.user_id) }) })
    });
}

fn creation(creator: &str, kind: Kind, members: &[&str]) -> pb::CreateConversationRequest {
    pb::CreateConversationRequest {
        creator_id: creator.into(),
        r#type: kind.into(),
        name: "name".into(),
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    }
}

#[actix_rt::test]
async fn who_may_create_what() {
    let rig = Rig::start().await;
    users_exist(&rig);
    let nameless = pb::CreateConversationRequest { name: " ".into(), ..creation("ann", Kind::Group, &[]) };
    let crowd: Vec<String> = (0..2_000).map(|number| format!("u{number}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    for (bad, expected) in [
        (creation("guy", Kind::Group, &["bob"]), Reason::GuestNotAllowed),
        (creation("ann", Kind::World, &[]), Reason::InvalidParameter),
        (creation("ann", Kind::Single, &["ann"]), Reason::InvalidParameter),
        (creation("ann", Kind::Single, &[]), Reason::InvalidParameter),
        (creation("ann", Kind::Single, &["bob", "cid"]), Reason::InvalidParameter),
        (creation("ann", Kind::Single, &["nobody"]), Reason::UserNotFound),
        (creation("nobody", Kind::Group, &[]), Reason::UserNotFound),
        (creation("ann", Kind::Group, &["bob", "nobody"]), Reason::UserNotFound),
        (creation("ann", Kind::Group, &crowd), Reason::ConversationFull),
        (nameless, Reason::InvalidParameter),
    ] {
        let refused = rig.conversations().create_conversation(bad.clone()).await.unwrap_err();
        assert_eq!(reason(refused), expected, "{} {}", bad.creator_id, bad.r#type);
    }
    assert_eq!(rig.repo.calls::<repo::CreateConversationRequest>(), 0);
}

#[actix_rt::test]
async fn a_single_is_made_of_two_and_bears_no_name_of_its_own() {
    let rig = Rig::start().await;
    users_exist(&rig);
    ann_is(&rig, Kind::Single, Role::Member);
    rig.repo.on(|request: repo::CreateConversationRequest| async move {
        assert_eq!((request.owner_id.as_str(), request.name.as_str()), ("ann", ""));
        assert_eq!(request.member_ids, ["bob"]);
        let conversation =
            types::Conversation { id: "c".into(), r#type: Kind::Single.into(), ..Default::default() };
        Ok(repo::CreateConversationResponse { conversation: Some(conversation), existing: true })
    });
    let request = creation("ann", Kind::Single, &["bob", "ann", "bob"]);
    let answer = rig.conversations().create_conversation(request).await.unwrap().into_inner();
    let conversation = answer.conversation.unwrap();
    assert_eq!((conversation.id.as_str(), conversation.unread_count), ("c", 3), "as the creator sees it");
}

#[actix_rt::test]
async fn a_change_of_members_is_told_to_those_who_remain() {
    let rig = Rig::start().await;
    ann_is(&rig, Kind::Group, Role::Owner);
    let (sender, mut deliveries) = mpsc::unbounded_channel();
    rig.gateway.on(move |request: DeliverRequest| {
        with_users(request).for_each(|delivery| sender.send(delivery).unwrap());
        async { Ok(DeliverResponse::default()) }
    });
    rig.repo
        .on(|_: repo::GetMemberIdsRequest| async {
            Ok(repo::GetMemberIdsResponse { user_ids: vec!["ann".into()], member_version: 4, r#type: 2 })
        })
        .on(|request: repo::ChangeMembersRequest| async move {
            assert_eq!(request.remove_user_ids, ["bob", "cid"], "each once, and not the operator");
            assert_eq!(request.remove_up_to_role, i32::from(Role::Admin));
            assert_eq!(request.operator_role, i32::from(Role::Owner), "an admin removes no admins");
            let sender = Some(types::UserInfo { id: "ann".into(), ..Default::default() });
            let message = types::Message {
                id: "c.10".into(),
                conversation_id: "c".into(),
                r#type: types::MessageType::System.into(),
                seq_id: 10,
                sender,
                ..Default::default()
            };
            let failure = repo::MemberChangeFailure {
                user_id: "cid".into(),
                reason: Reason::NotConversationMember.to_string(),
            };
            Ok(repo::ChangeMembersResponse {
                removed_user_ids: vec!["bob".into()],
                failures: vec![failure],
                system_message: Some(message),
                member_version: 4,
                conversation: Some(types::Conversation { id: "c".into(), r#type: 2, ..Default::default() }),
                ..Default::default()
            })
        });
    let request = pb::RemoveMembersRequest {
        operator_id: "ann".into(),
        conversation_id: "c".into(),
        user_ids: ["bob", "ann", "cid", "bob"].map(Into::into).into(),
        ..Default::default()
    };
    let answer = rig.conversations().remove_members(request).await.unwrap().into_inner();
    assert!(!answer.success);
    assert_eq!(answer.removed_user_ids, ["bob"]);
    let failed: Vec<(String, String)> =
        answer.failed_users.into_iter().map(|failed| (failed.user_id, failed.reason)).collect();
    let expected = [("cid", "NOT_CONVERSATION_MEMBER"), ("ann", "FORBIDDEN")];
    assert_eq!(failed, expected.map(|(id, reason)| (id.into(), reason.into())));
    let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    assert_eq!(delivery.user_ids, ["ann"]);
    let Some(Chat::NewMessage(message)) = delivery.event.unwrap().chat else { panic!("no message") };
    assert_eq!((message.seq_id, message.r#type()), (10, types::MessageType::System));
    for receivers in [["ann"], ["bob"]] {
        let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
        assert_eq!(delivery.user_ids, receivers, "those who remain, and those removed");
        let Some(Chat::MemberRemoved(removed)) = delivery.event.unwrap().chat else { panic!("not removed") };
        assert_eq!((removed.user_ids, removed.operator_id.as_str()), (vec!["bob".to_owned()], "ann"));
    }
}

#[actix_rt::test]
async fn roles_decide_over_members_and_strangers_find_nothing() {
    let rig = Rig::start().await;
    let add = |operator: &str, conversation: &str, role: Role| {
        let request = pb::AddMembersRequest {
            operator_id: operator.into(),
            conversation_id: conversation.into(),
            user_ids: vec!["bob".into()],
            role: role.into(),
        };
        let mut conversations = rig.conversations();
        async move { conversations.add_members(request).await.map(drop).map_err(Error::from) }
    };
    for (kind, role, wish, expected) in [
        (Kind::Group, Role::Member, Role::Member, Reason::InsufficientPermission),
        (Kind::Group, Role::Admin, Role::Admin, Reason::InsufficientPermission),
        (Kind::Group, Role::Owner, Role::Owner, Reason::InvalidParameter),
        (Kind::Single, Role::Member, Role::Member, Reason::Forbidden),
        (Kind::World, Role::Member, Role::Member, Reason::Forbidden),
    ] {
        ann_is(&rig, kind, role);
        assert_eq!(add("ann", "c", wish).await.unwrap_err().reason(), expected, "{kind:?} {role:?}");
    }
    let stranger = add("eve", "c", Role::Member).await.unwrap_err();
    assert_eq!(stranger.reason(), Reason::ConversationNotFound);
    assert_eq!(stranger, add("ann", "no such", Role::Member).await.unwrap_err(), "alike");
    assert_eq!(rig.repo.calls::<repo::ChangeMembersRequest>(), 0);
}

#[actix_rt::test]
async fn history_is_for_members() {
    let rig = Rig::start().await;
    ann_is(&rig, Kind::Group, Role::Member);
    rig.repo.on(|request: repo::GetConversationMessagesRequest| async move {
        assert_eq!((request.start_seq_id, request.end_seq_id, request.limit), (0, 7, 200));
        let sender = Some(types::UserInfo { id: "bob".into(), ..Default::default() });
        let message = types::Message { seq_id: 7, r#type: 1, sender, ..Default::default() };
        Ok(repo::GetConversationMessagesResponse { messages: vec![message], has_more: true, next_seq_id: 6 })
    });
    let asked = |user: &str| {
        let request = pb::GetMessagesRequest {
            user_id: user.into(),
            conversation_id: "c".into(),
            end_seq_id: 7,
            limit: 5_000,
            ..Default::default()
        };
        let mut conversations = rig.conversations();
        async move { conversations.get_messages(request).await.map(tonic::Response::into_inner) }
    };
    let page = asked("ann").await.unwrap();
    assert_eq!((page.messages.len(), page.has_more, page.next_seq_id, page.prev_seq_id), (1, true, 6, 8));
    let refused = asked("eve").await.unwrap_err();
    assert_eq!(reason(refused), Reason::ConversationNotFound);
    assert_eq!(rig.repo.calls::<repo::GetConversationMessagesRequest>(), 1);
}

#[actix_rt::test]
async fn guests_do_not_search_for_users() {
    let rig = Rig::start().await;
    users_exist(&rig);
    rig.repo.on(|request: repo::SearchUsersRequest| async move {
        assert_eq!((request.query.as_str(), request.limit), ("bo", 20));
        Ok(repo::SearchUsersResponse { users: vec![user("bob")] })
    });
    let search = |user: &str, query: &str| {
        let request = pb::SearchUsersRequest { user_id: user.into(), query: query.into(), limit: 50 };
        let mut users = rig.users();
        async move { users.search_users(request).await.map(|found| found.into_inner().users).map_err(reason) }
    };
    assert_eq!(search("ann", " BO").await.unwrap()[0].id, "bob");
    assert_eq!(search("ann", &"x".repeat(5_000)).await, Ok(Vec::new()), "no name is that long");
    assert_eq!(search("guy", "bo").await, Err(Reason::GuestNotAllowed));
    assert_eq!(search("ann", " ").await, Err(Reason::InvalidParameter));
}
