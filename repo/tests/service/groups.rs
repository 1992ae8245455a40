//! Changes of conversations that operators make: settings, roles, muting, leaving, deleting, and searching, over both databases.

use std::sync::Arc;
use std::time::Duration;

use crate::support::api::{reason, text};
use crate::support::{Api, TestDatabase, TestRepo};
use futures::future::join_all;
use kit::ManualClock;
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::repo::change_member_request::Change;
use protos::pb::types::{ConversationMemberRole as Role, ConversationType as Type, MessageType};

crate::on_both_databases! {
    a_group_is_edited_and_only_a_new_name_is_told,
    a_deleted_group_is_gone_for_all,
    a_hidden_single_returns_with_the_next_message,
    of_two_who_pass_the_ownership_on_at_once_one_wins,
    an_operator_who_has_lost_their_role_changes_nothing,
    muting_is_for_lower_roles_and_ends_with_the_ownership,
    leaving_is_told_and_ends_reading_and_writing,
    a_search_finds_the_names_that_are_shown,
}

fn wish(group: &str, operator: &str, at_least: Role, user: &str, change: Change) -> pb::ChangeMemberRequest {
    pb::ChangeMemberRequest {
        conversation_id: group.to_owned(),
        operator_id: operator.to_owned(),
        operator_role: at_least.into(),
        user_id: user.to_owned(),
        change: Some(change),
    }
}

fn to_role(role: Role) -> Change {
    Change::NewRole(role.into())
}

fn edit(group: &str, operator: &str) -> pb::UpdateConversationRequest {
    pb::UpdateConversationRequest {
        conversation_id: group.to_owned(),
        operator_id: operator.to_owned(),
        operator_role: Role::Admin.into(),
        ..Default::default()
    }
}

fn deletion(conversation: &str, operator: &str, at_least: Role) -> pb::DeleteConversationRequest {
    pb::DeleteConversationRequest {
        conversation_id: conversation.to_owned(),
        operator_id: operator.to_owned(),
        operator_role: at_least.into(),
    }
}

fn leaving(conversation: &str, user: &str) -> pb::LeaveConversationRequest {
    pb::LeaveConversationRequest { conversation_id: conversation.to_owned(), user_id: user.to_owned() }
}

async fn listed(api: &mut Api, user: &str) -> (Vec<String>, i64) {
    let request =
        pb::GetUserConversationsWithDetailsRequest { user_id: user.to_owned(), ..Default::default() };
    let answer = api.conversations.get_user_conversations_with_details(request).await.unwrap().into_inner();
    let ids = answer.conversations.into_iter().map(|item| item.conversation.unwrap().id).collect();
    let request = pb::GetUserConversationsRequest { user_id: user.to_owned(), ..Default::default() };
    let bare = api.conversations.get_user_conversations(request).await.unwrap().into_inner();
    assert_eq!((&bare.conversation_ids, bare.total), (&ids, answer.total), "both lists tell the same");
    (ids, answer.total)
}

async fn role_of(api: &mut Api, user: &str, group: &str) -> Role {
    api.details(user, group).await.unwrap().user_membership.unwrap().role()
}

async fn a_group_is_edited_and_only_a_new_name_is_told(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    clock.advance(Duration::from_secs(5));
    let request = pb::UpdateConversationRequest {
        name: Some("new".into()),
        description: Some("about".into()),
        ..edit(&group, &ann)
    };
    let edited = api.conversations.update_conversation(request.clone()).await.unwrap().into_inner();
    let conversation = edited.conversation.unwrap();
    assert_eq!(
        (conversation.name.as_str(), conversation.description.as_str(), conversation.updated_at),
        ("new", "about", 1_700_000_005)
    );
    let notice = edited.system_message.unwrap();
    assert_eq!(
        (notice.seq_id, notice.r#type(), notice.content.as_str()),
        (1, MessageType::System, "ann renamed the group to new")
    );
    assert_eq!(api.history(&group).await, [notice]);
    assert_eq!(api.details(&bob, &group).await.unwrap().unread_count, 1, "a notice counts as unread");
    let again = api.conversations.update_conversation(request).await.unwrap().into_inner();
    assert!(!again.changed && again.system_message.is_none());
    let avatar = pb::UpdateConversationRequest { avatar_url: Some("a".into()), ..edit(&group, &ann) };
    let quiet = api.conversations.update_conversation(avatar).await.unwrap().into_inner();
    assert!(quiet.changed && quiet.system_message.is_none());
    let stored = api.details(&bob, &group).await.unwrap().conversation.unwrap();
    assert_eq!(
        (stored.name, stored.avatar_url, stored.description),
        ("new".into(), "a".into(), "about".into())
    );
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    for (expected, wrong) in [
        (Reason::InsufficientPermission, edit(&group, &bob)),
        (Reason::ConversationNotFound, edit(&single, "nobody")),
        (Reason::ConversationNotFound, edit("nowhere", &ann)),
        (
            Reason::Forbidden,
            pb::UpdateConversationRequest { operator_role: Role::Member.into(), ..edit(&single, &ann) },
        ),
        (
            Reason::InvalidParameter,
            pb::UpdateConversationRequest { name: Some(" ".into()), ..edit(&group, &ann) },
        ),
    ] {
        assert_eq!(reason(api.conversations.update_conversation(wrong).await), expected);
    }
}

async fn a_deleted_group_is_gone_for_all(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    api.send(text(&group, &bob, "before")).await.unwrap();
    for (operator, expected) in
        [(bob.as_str(), Reason::InsufficientPermission), ("nobody", Reason::ConversationNotFound)]
    {
        let refused = api.conversations.delete_conversation(deletion(&group, operator, Role::Owner)).await;
        assert_eq!(reason(refused), expected);
    }
    let request = deletion(&group, &ann, Role::Owner);
    let deleted = api.conversations.delete_conversation(request.clone()).await.unwrap().into_inner();
    let mut former = deleted.former_member_ids;
    former.sort();
    let mut expected = vec![ann.clone(), bob.clone()];
    expected.sort();
    assert_eq!(former, expected);
    assert_eq!(reason(api.conversations.delete_conversation(request).await), Reason::ConversationNotFound);
    for user in [&ann, &bob] {
        assert_eq!(listed(&mut api, user).await, (vec![], 0));
        assert_eq!(api.details(user, &group).await, Err(Reason::ConversationNotFound));
        assert_eq!(api.send(text(&group, user, "after")).await, Err(Reason::ConversationNotFound));
        let repeated = api.send(text(&group, user, "before")).await;
        assert_eq!(repeated, Err(Reason::ConversationNotFound), "a repetition is no way in");
    }
    assert_eq!(api.try_history(&group).await, Err(Reason::ConversationNotFound));
    let members = pb::GetMemberIdsRequest { conversation_id: group.clone() };
    assert_eq!(reason(api.conversations.get_member_ids(members).await), Reason::ConversationNotFound);
    let members = pb::GetConversationMembersRequest { conversation_id: group.clone(), ..Default::default() };
    assert_eq!(
        reason(api.conversations.get_conversation_members(members).await),
        Reason::ConversationNotFound
    );
    let counts = pb::BatchGetUnreadCountsRequest { user_id: bob.clone(), conversation_ids: vec![group] };
    assert!(
        api.conversations.batch_get_unread_counts(counts).await.unwrap().get_ref().unread_counts.is_empty()
    );
    let world = deletion("world", &ann, Role::Member);
    api.conversations.join_world(pb::JoinWorldRequest { user_id: ann }).await.unwrap();
    assert_eq!(reason(api.conversations.delete_conversation(world).await), Reason::Forbidden);
}

async fn a_hidden_single_returns_with_the_next_message(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let hide = deletion(&single, &ann, Role::Member);
    // Also while nobody has written.
    for key in ["one", "two"] {
        let hidden = api.conversations.delete_conversation(hide.clone()).await.unwrap().into_inner();
        assert!(hidden.former_member_ids.is_empty());
        assert_eq!(listed(&mut api, &ann).await, (vec![], 0));
        assert_eq!(found(&mut api, &ann, "bob", 0).await, Vec::<String>::new());
        assert_eq!(listed(&mut api, &bob).await, (vec![single.clone()], 1), "only the caller's list");
        assert!(api.details(&ann, &single).await.is_ok(), "by its id it is there");
        let unread = pb::BatchGetUnreadCountsRequest { user_id: ann.clone(), conversation_ids: vec![] };
        let unread = api.conversations.batch_get_unread_counts(unread).await.unwrap().into_inner();
        assert!(unread.unread_counts.is_empty(), "what is not listed is not counted");
        assert!(api.single(&ann, &bob).await.existing);
        api.send(text(&single, &bob, key)).await.unwrap();
        assert_eq!(listed(&mut api, &ann).await, (vec![single.clone()], 1));
    }
    assert_eq!(api.history(&single).await.len(), 2);
    api.conversations.delete_conversation(hide).await.unwrap();
    api.send(text(&single, &ann, "mine")).await.unwrap();
    assert_eq!(listed(&mut api, &ann).await.1, 1, "one's own message shows it, too");
    let stranger = deletion(&single, "nobody", Role::Member);
    assert_eq!(reason(api.conversations.delete_conversation(stranger).await), Reason::ConversationNotFound);
}

async fn of_two_who_pass_the_ownership_on_at_once_one_wins(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 3).await;
    for _ in 0..8 {
        let group = api.group(&users[0], &users[1..]).await;
        let transfers = users[1..].iter().map(|heir| {
            let (mut api, group, owner) = (repo.api(), group.clone(), users[0].clone());
            async move {
                let request = wish(&group, &owner, Role::Owner, heir, to_role(Role::Owner));
                api.conversations.change_member(request).await.map(tonic::Response::into_inner)
            }
        });
        let outcomes = join_all(transfers).await;
        let won: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert!(won == [true, false] || won == [false, true], "{outcomes:?}");
        for outcome in outcomes {
            match outcome {
                Ok(changed) => {
                    let winner = if won[0] { &users[1] } else { &users[2] };
                    assert_eq!(changed.conversation.unwrap().owner_id, *winner);
                }
                Err(status) => {
                    assert_eq!(protos::Error::from(status).reason(), Reason::InsufficientPermission);
                }
            }
        }
        let (winner, loser) = if won[0] { (&users[1], &users[2]) } else { (&users[2], &users[1]) };
        assert_eq!(role_of(&mut api, winner, &group).await, Role::Owner);
        assert_eq!(role_of(&mut api, loser, &group).await, Role::Member);
        assert_eq!(role_of(&mut api, &users[0], &group).await, Role::Admin);
        assert_eq!(api.details(loser, &group).await.unwrap().conversation.unwrap().owner_id, *winner);
    }
}

async fn an_operator_who_has_lost_their_role_changes_nothing(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 4).await;
    let group = api.group(&users[0], &users[1..3]).await;
    let set = |user: usize, role| wish(&group, &users[0], Role::Owner, &users[user], to_role(role));
    api.conversations.change_member(set(1, Role::Admin)).await.unwrap();
    api.conversations.change_member(set(1, Role::Member)).await.unwrap();
    // What the operator was allowed as an admin comes too late.
    let late = pb::ChangeMembersRequest {
        conversation_id: group.clone(),
        operator_id: users[1].clone(),
        operator_role: Role::Admin.into(),
        ..Default::default()
    };
    let add = pb::ChangeMembersRequest { add_user_ids: vec![users[3].clone()], ..late.clone() };
    let remove = pb::ChangeMembersRequest { remove_user_ids: vec![users[2].clone()], ..late };
    for late in [add, remove] {
        assert_eq!(reason(api.conversations.change_members(late).await), Reason::InsufficientPermission);
    }
    let mute = wish(&group, &users[1], Role::Admin, &users[2], Change::Muted(true));
    assert_eq!(reason(api.conversations.change_member(mute).await), Reason::InsufficientPermission);
    let take = wish(&group, &users[1], Role::Owner, &users[1], to_role(Role::Owner));
    assert_eq!(reason(api.conversations.change_member(take).await), Reason::InsufficientPermission);
    let stranger = wish(&group, &users[3], Role::Admin, &users[2], Change::Muted(true));
    assert_eq!(reason(api.conversations.change_member(stranger).await), Reason::ConversationNotFound);
    for (expected, wrong) in [
        (Reason::NotConversationMember, set(3, Role::Admin)),
        (Reason::Forbidden, set(0, Role::Member)),
        (Reason::InvalidParameter, set(1, Role::Unspecified)),
        (Reason::InvalidParameter, pb::ChangeMemberRequest { change: None, ..set(1, Role::Admin) }),
    ] {
        assert_eq!(reason(api.conversations.change_member(wrong).await), expected);
    }
    assert_eq!(api.member_ids(&group).await.0.len(), 3);
    assert_eq!(api.history(&group).await, [], "roles are told by no message");
}

async fn muting_is_for_lower_roles_and_ends_with_the_ownership(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 4).await;
    let group = api.group(&users[0], &users[1..]).await;
    for (admin, is_new) in [(1, true), (2, true), (1, false)] {
        let request = wish(&group, &users[0], Role::Owner, &users[admin], to_role(Role::Admin));
        let changed = api.conversations.change_member(request).await.unwrap().into_inner();
        assert_eq!(changed.conversation.is_some(), is_new);
    }
    let mute = |operator: usize, user: usize, muted| {
        wish(&group, &users[operator], Role::Admin, &users[user], Change::Muted(muted))
    };
    for (operator, user) in [(1, 0), (1, 1), (1, 2), (0, 0)] {
        let refused = api.conversations.change_member(mute(operator, user, true)).await;
        assert_eq!(reason(refused), Reason::InsufficientPermission, "{operator} mutes {user}");
    }
    for (is_new, muted) in [(false, false), (true, true), (false, true)] {
        let changed = api.conversations.change_member(mute(1, 3, muted)).await.unwrap().into_inner();
        assert_eq!(changed.conversation.is_some(), is_new, "only what is new is there to be told");
    }
    assert_eq!(api.send(text(&group, &users[3], "k")).await, Err(Reason::MemberMuted));
    assert!(api.details(&users[3], &group).await.unwrap().user_membership.unwrap().muted, "and reads on");
    api.conversations.change_member(mute(1, 3, false)).await.unwrap();
    assert_eq!(api.send(text(&group, &users[3], "k")).await.unwrap().seq_id, 1);
    api.conversations.change_member(mute(0, 2, true)).await.unwrap();
    let pass_on = wish(&group, &users[0], Role::Owner, &users[2], to_role(Role::Owner));
    api.conversations.change_member(pass_on).await.unwrap();
    assert_eq!(api.send(text(&group, &users[2], "k")).await.unwrap().seq_id, 2, "an owner is not muted");
    let single = api.single(&users[0], &users[1]).await.conversation.unwrap().id;
    let in_single = wish(&single, &users[0], Role::Member, &users[1], Change::Muted(true));
    assert_eq!(reason(api.conversations.change_member(in_single).await), Reason::Forbidden);
}

async fn leaving_is_told_and_ends_reading_and_writing(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let before = api.member_ids(&group).await.1;
    let left = api.conversations.leave_conversation(leaving(&group, &bob)).await.unwrap().into_inner();
    let notice = left.system_message.unwrap();
    assert_eq!((notice.content.as_str(), notice.seq_id), ("bob left", 1));
    assert_eq!(notice.sender.as_ref().unwrap().id, bob);
    assert!(left.member_version > before);
    assert_eq!(api.member_ids(&group).await, (vec![ann.clone()], left.member_version));
    assert_eq!(api.details(&ann, &group).await.unwrap().conversation.unwrap().member_count, 1);
    assert_eq!(api.details(&bob, &group).await, Err(Reason::ConversationNotFound));
    assert_eq!(api.send(text(&group, &bob, "late")).await, Err(Reason::ConversationNotFound));
    assert_eq!(listed(&mut api, &bob).await.1, 0);
    let again = api.conversations.leave_conversation(leaving(&group, &bob)).await;
    assert_eq!(reason(again), Reason::ConversationNotFound);
    let owner = api.conversations.leave_conversation(leaving(&group, &ann)).await;
    assert_eq!(reason(owner), Reason::CannotLeaveConversation, "the only member, too");
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let refused = api.conversations.leave_conversation(leaving(&single, &ann)).await;
    assert_eq!(reason(refused), Reason::CannotLeaveConversation);
    api.conversations.join_world(pb::JoinWorldRequest { user_id: ann.clone() }).await.unwrap();
    let world = api.conversations.leave_conversation(leaving("world", &ann)).await.unwrap().into_inner();
    assert!(world.system_message.is_none());
    assert_eq!(api.details(&ann, "world").await, Err(Reason::ConversationNotFound));
}

async fn found(api: &mut Api, user: &str, query: &str, limit: i32) -> Vec<String> {
    let request = pb::SearchUserConversationsRequest {
        user_id: user.to_owned(),
        query: query.to_owned(),
        type_filter: 0,
        limit,
    };
    let answer = api.conversations.search_user_conversations(request).await.unwrap().into_inner();
    answer.conversations.into_iter().map(|item| item.conversation.unwrap().name).collect()
}

async fn a_search_finds_the_names_that_are_shown(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bobby").await);
    api.single(&ann, &bob).await;
    for name in ["Über Bob", "BOB's", "100%", "a_b"] {
        clock.advance(Duration::from_secs(1));
        let group = api.group(&ann, &[]).await;
        let rename = pb::UpdateConversationRequest { name: Some(name.into()), ..edit(&group, &ann) };
        api.conversations.update_conversation(rename).await.unwrap();
    }
    api.group(&bob, &[]).await;
    assert_eq!(found(&mut api, &ann, "bob", 0).await, ["BOB's", "bobby", "Über Bob"]);
    assert_eq!(found(&mut api, &ann, "bob", 2).await, ["BOB's", "bobby"]);
    assert_eq!(found(&mut api, &ann, "üBER", 0).await, ["Über Bob"]);
    assert_eq!(found(&mut api, &ann, "%", 0).await, ["100%"]);
    assert_eq!(found(&mut api, &ann, "_", 0).await, ["a_b"]);
    assert_eq!(found(&mut api, &ann, "group", 0).await, Vec::<String>::new(), "others' are not found");
    assert_eq!(found(&mut api, &bob, "ann", 0).await, ["ann"], "a SINGLE bears the other's name");
    let request = |query: &str, kind: i32, limit| pb::SearchUserConversationsRequest {
        user_id: ann.clone(),
        query: query.into(),
        type_filter: kind,
        limit,
    };
    let singles = request("bob", Type::Single.into(), 0);
    let singles = api.conversations.search_user_conversations(singles).await.unwrap().into_inner();
    assert_eq!(singles.conversations.len(), 1);
    assert_eq!(singles.conversations[0].peer.as_ref().unwrap().id, bob);
    for wrong in [request(" ", 0, 0), request("a\0b", 0, 0), request("a", 9, 0), request("a", 0, -1)] {
        let refused = api.conversations.search_user_conversations(wrong).await;
        assert_eq!(reason(refused), Reason::InvalidParameter);
    }
}
