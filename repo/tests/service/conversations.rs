//! Conversations, members and read pointers, over both databases.

use std::sync::Arc;
use std::time::Duration;

use crate::support::api::{reason, text};
use crate::support::{Api, TestDatabase, TestRepo};
use futures::future::join_all;
use kit::ManualClock;
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::types::{ConversationMemberRole as Role, ConversationType as Type, MessageType};

crate::on_both_databases! {
    a_second_single_is_the_first_also_when_made_at_once,
    a_group_has_its_owner_and_distinct_members_and_no_message,
    wrong_conversations_are_refused,
    a_list_shows_every_conversation_as_its_user_sees_it,
    a_list_is_paged_filtered_and_newest_first,
    pointers_move_forward_to_the_last_message_at_most,
    members_are_listed_by_rank_and_show_pointers_in_small_rooms,
    adding_members_tells_of_it_once_and_counts_as_unread,
    removing_members_says_why_not,
    every_change_of_the_list_is_a_new_version,
    ownership_is_passed_on_and_never_lost,
    the_world_is_joined_once,
}

fn change(group: &str, operator: &str) -> pb::ChangeMembersRequest {
    pb::ChangeMembersRequest {
        conversation_id: group.to_owned(),
        operator_id: operator.to_owned(),
        ..Default::default()
    }
}

fn list(user: &str) -> pb::GetUserConversationsWithDetailsRequest {
    pb::GetUserConversationsWithDetailsRequest {
        user_id: user.to_owned(),
        include_last_message: true,
        include_sender_info: true,
        ..Default::default()
    }
}

async fn listed(
    api: &mut Api,
    request: pb::GetUserConversationsWithDetailsRequest,
) -> pb::GetUserConversationsWithDetailsResponse {
    api.conversations.get_user_conversations_with_details(request).await.unwrap().into_inner()
}

fn ids(listed: &pb::GetUserConversationsWithDetailsResponse) -> Vec<String> {
    listed.conversations.iter().map(|item| item.conversation.as_ref().unwrap().id.clone()).collect()
}

async fn a_second_single_is_the_first_also_when_made_at_once(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let made =
        join_all((0..10).map(|number| {
            let (mut api, ann, bob) = (repo.api(), ann.clone(), bob.clone());
            async move {
                if number % 2 == 0 { api.single(&ann, &bob).await } else { api.single(&bob, &ann).await }
            }
        }))
        .await;
    let first = made[0].conversation.as_ref().unwrap();
    assert!(made.iter().all(|single| single.conversation.as_ref().unwrap().id == first.id));
    assert_eq!(made.iter().filter(|single| !single.existing).count(), 1);
    assert_eq!((first.member_count, first.owner_id.as_str(), first.name.as_str()), (2, "", ""));
    assert_eq!(api.member_ids(&first.id).await.0.len(), 2);
}

async fn a_group_has_its_owner_and_distinct_members_and_no_message(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, &[bob.clone(), ann.clone(), bob.clone()]).await;
    let request =
        pb::BatchGetConversationsRequest { conversation_ids: vec![group.clone(), "nowhere".into()] };
    let found = api.conversations.batch_get_conversations(request).await.unwrap().into_inner().conversations;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].member_count, found[0].owner_id.as_str(), found[0].r#type()),
        (2, ann.as_str(), Type::Group)
    );
    assert_eq!(api.send(text(&group, &bob, "first")).await.unwrap().seq_id, 1);
}

async fn wrong_conversations_are_refused(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let request = |kind: Type, name: &str, members: &[&str]| pb::CreateConversationRequest {
        r#type: kind.into(),
        name: name.to_owned(),
        owner_id: ann.clone(),
        member_ids: members.iter().map(|&id| id.to_owned()).collect(),
        ..Default::default()
    };
    let crowd: Vec<String> = (0..2_000).map(|number| format!("user{number}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    let wrong = [
        (Reason::UserNotFound, request(Type::Group, "group", &["nobody"])),
        (Reason::UserNotFound, request(Type::Single, "", &["nobody"])),
        (Reason::InvalidParameter, request(Type::Single, "", &[&ann])),
        (Reason::InvalidParameter, request(Type::Single, "", &["one", "two"])),
        (Reason::InvalidParameter, request(Type::World, "world", &[])),
        (Reason::InvalidParameter, request(Type::Unspecified, "group", &[])),
        (Reason::InvalidParameter, request(Type::Group, " ", &[])),
        (Reason::InvalidParameter, request(Type::Group, &"x".repeat(101), &[])),
        (Reason::InvalidParameter, request(Type::Group, "a\0b", &[])),
        (Reason::ConversationFull, request(Type::Group, "group", &crowd)),
    ];
    for (expected, request) in wrong {
        assert_eq!(reason(api.conversations.create_conversation(request).await), expected);
    }
    assert_eq!(listed(&mut api, list(&ann)).await.total, 0);
}

async fn a_list_shows_every_conversation_as_its_user_sees_it(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    api.conversations.join_world(pb::JoinWorldRequest { user_id: ann.clone() }).await.unwrap();
    for key in ["one", "two"] {
        api.send(text(&single, &bob, key)).await.unwrap();
    }
    let all = listed(&mut api, list(&ann)).await;
    assert_eq!((all.total, all.has_more), (3, false));
    let of = |id: &str| {
        all.conversations.iter().find(|item| item.conversation.as_ref().unwrap().id == id).unwrap()
    };
    let item = of(&single);
    let conversation = item.conversation.as_ref().unwrap();
    assert_eq!((conversation.name.as_str(), conversation.owner_id.as_str()), ("bob", ""));
    assert_eq!(item.peer.as_ref().unwrap().id, bob);
    assert_eq!((item.unread_count, item.last_seq_id), (2, 2));
    let last = item.last_message.as_ref().unwrap();
    assert_eq!((last.seq_id, last.sender.as_ref().unwrap().username.as_str()), (2, "bob"));
    assert_eq!(item.user_membership.as_ref().unwrap().user.as_ref().unwrap().id, ann);
    let silent = of(&group);
    assert!(silent.last_message.is_none() && silent.peer.is_none() && silent.unread_count == 0);
    assert_eq!(silent.user_membership.as_ref().unwrap().role(), Role::Owner);
    assert_eq!(of("world").conversation.as_ref().unwrap().r#type(), Type::World);
    let bare = pb::GetUserConversationsWithDetailsRequest { include_last_message: false, ..list(&ann) };
    assert!(listed(&mut api, bare).await.conversations.iter().all(|item| item.last_message.is_none()));
    let anonymous = pb::GetUserConversationsWithDetailsRequest { include_sender_info: false, ..list(&ann) };
    let anonymous = listed(&mut api, anonymous).await.conversations;
    let sender = anonymous.iter().find_map(|item| item.last_message.clone()).unwrap().sender.unwrap();
    assert_eq!((sender.id, sender.username.as_str()), (bob.clone(), ""));
    assert_eq!(api.details(&ann, &single).await.as_ref(), Ok(item));
    assert_eq!(api.details(&bob, &single).await.unwrap().conversation.unwrap().name, "ann");
    assert_eq!(api.details(&bob, "world").await, Err(Reason::ConversationNotFound));
    assert_eq!(api.details(&bob, "nowhere").await, Err(Reason::ConversationNotFound));
}

async fn a_list_is_paged_filtered_and_newest_first(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let mut groups = Vec::new();
    for _ in 0..4 {
        clock.advance(Duration::from_secs(1));
        groups.push(api.group(&ann, &[]).await);
    }
    clock.advance(Duration::from_secs(1));
    api.send(text(&groups[1], &ann, "now the newest")).await.unwrap();
    let expected = [&groups[1], &groups[3], &groups[2], &groups[0], &single].map(String::clone);
    let page = |offset, limit| pb::GetUserConversationsWithDetailsRequest { offset, limit, ..list(&ann) };
    let all = listed(&mut api, page(0, 0)).await;
    assert_eq!(ids(&all), expected);
    assert_eq!(all.conversations[0].last_activity_at, 1_700_000_005);
    let middle = listed(&mut api, page(1, 3)).await;
    assert_eq!((ids(&middle).as_slice(), middle.total, middle.has_more), (&expected[1..4], 5, true));
    let end = listed(&mut api, page(4, 3)).await;
    assert_eq!((ids(&end).as_slice(), end.total, end.has_more), (&expected[4..], 5, false));
    let beyond = listed(&mut api, page(9, 3)).await;
    assert_eq!((ids(&beyond).len(), beyond.total, beyond.has_more), (0, 5, false));
    let singles =
        pb::GetUserConversationsWithDetailsRequest { type_filter: Type::Single.into(), ..list(&ann) };
    let singles = listed(&mut api, singles).await;
    assert_eq!((ids(&singles), singles.total), (vec![single], 1));
    let request =
        pb::GetUserConversationsRequest { user_id: ann.clone(), offset: 1, limit: 3, type_filter: 0 };
    let page_of_ids = api.conversations.get_user_conversations(request).await.unwrap().into_inner();
    assert_eq!((page_of_ids.conversation_ids.as_slice(), page_of_ids.total), (&expected[1..4], 5));
    assert!(page_of_ids.has_more);
    for wrong in [
        page(-1, 0),
        page(0, -1),
        pb::GetUserConversationsWithDetailsRequest { type_filter: 9, ..list(&ann) },
    ] {
        let refused = api.conversations.get_user_conversations_with_details(wrong).await;
        assert_eq!(reason(refused), Reason::InvalidParameter);
    }
}

async fn pointers_move_forward_to_the_last_message_at_most(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, eve) = (api.user("ann").await, api.user("bob").await, api.user("eve").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let other = api.group(&bob, &[]).await;
    for key in 0..5 {
        api.send(text(&group, &ann, &key.to_string())).await.unwrap();
    }
    let (_, version) = api.member_ids(&group).await;
    let mark = |user: &str, seq_id| pb::UpdateReadPointerRequest {
        user_id: user.to_owned(),
        conversation_id: group.clone(),
        seq_id,
    };
    for (to, at, unread, moved_on) in [(2, 2, 3, true), (1, 2, 3, false), (9, 5, 0, true), (0, 5, 0, false)] {
        let moved = api.conversations.update_read_pointer(mark(&bob, to)).await.unwrap().into_inner();
        assert_eq!((moved.success, moved.seq_id, moved.unread_count), (true, at, unread));
        assert_eq!((moved.moved, moved.member_version), (moved_on, version));
    }
    assert_eq!(
        reason(api.conversations.update_read_pointer(mark(&eve, 1)).await),
        Reason::ConversationNotFound
    );
    assert_eq!(reason(api.conversations.update_read_pointer(mark(&bob, -1)).await), Reason::InvalidParameter);
    api.send(text(&group, &ann, "new")).await.unwrap();
    // Many at once, of which the furthest counts.
    let marks = (0..7).map(|seq| {
        let (mut api, request) = (repo.api(), mark(&bob, seq));
        async move { api.conversations.update_read_pointer(request).await.unwrap().into_inner().seq_id }
    });
    assert_eq!(join_all(marks).await.into_iter().max(), Some(6));
    let asked = pb::GetReadPointerRequest { user_id: bob.clone(), conversation_id: group.clone() };
    assert_eq!(api.conversations.get_read_pointer(asked).await.unwrap().get_ref().seq_id, 6);
    api.send(text(&group, &ann, "newer")).await.unwrap();
    let asked = pb::GetUnreadCountRequest { user_id: bob.clone(), conversation_id: group.clone() };
    assert_eq!(api.conversations.get_unread_count(asked.clone()).await.unwrap().get_ref().unread_count, 1);
    let stranger = pb::GetUnreadCountRequest { user_id: eve, ..asked };
    assert_eq!(reason(api.conversations.get_unread_count(stranger).await), Reason::ConversationNotFound);
    let mut counts = async |named: &[&str]| {
        let conversation_ids = named.iter().map(|&id| id.to_owned()).collect();
        let request = pb::BatchGetUnreadCountsRequest { user_id: bob.clone(), conversation_ids };
        let answer = api.conversations.batch_get_unread_counts(request).await.unwrap().into_inner();
        let mut counts: Vec<(String, i64)> = answer.unread_counts.into_iter().collect();
        counts.sort();
        counts
    };
    assert_eq!(counts(&[&group, "nowhere"]).await, [(group.clone(), 1)]);
    assert_eq!(counts(&[]).await, [(group.clone(), 1), (other, 0)]);
}

async fn members_are_listed_by_rank_and_show_pointers_in_small_rooms(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let users = api.many_users("user", 101).await;
    let group = api.group(&users[50], &users[..99]).await;
    clock.advance(Duration::from_secs(5));
    let add = |id: &str| pb::ChangeMembersRequest {
        add_user_ids: vec![id.to_owned()],
        ..change(&group, &users[50])
    };
    let admin = pb::ChangeMembersRequest { add_role: Role::Admin.into(), ..add(&users[99]) };
    api.conversations.change_members(admin).await.unwrap();
    let page = |offset, limit, role_filter: i32| pb::GetConversationMembersRequest {
        conversation_id: group.clone(),
        offset,
        limit,
        role_filter,
    };
    let mut members =
        async |request| api.conversations.get_conversation_members(request).await.unwrap().into_inner();
    let first = members(page(0, 3, 0)).await;
    assert_eq!((first.total, first.has_more), (100, true));
    let listed: Vec<(&str, Role, i64)> = first
        .members
        .iter()
        .map(|member| (member.user.as_ref().unwrap().id.as_str(), member.role(), member.last_read_seq_id))
        .collect();
    assert_eq!(listed[0], (users[50].as_str(), Role::Owner, 1), "the operator has read their own notice");
    assert_eq!(listed[1], (users[99].as_str(), Role::Admin, 0));
    assert_eq!(first.members[1].joined_at, 1_700_000_005);
    let admins = members(page(0, 0, Role::Admin.into())).await;
    assert_eq!((admins.total, admins.members.len(), admins.has_more), (1, 1, false));
    assert_eq!(members(page(0, 500, 0)).await.members.len(), 100);
    // With one more the room is too large to tell who has read how far.
    api.conversations.change_members(add(&users[100])).await.unwrap();
    let request = page(0, 500, 0);
    let all = api.conversations.get_conversation_members(request).await.unwrap().into_inner().members;
    assert!(all.len() == 101 && all.iter().all(|member| member.last_read_seq_id == 0));
    let unknown =
        pb::GetConversationMembersRequest { conversation_id: "nowhere".into(), ..Default::default() };
    assert_eq!(
        reason(api.conversations.get_conversation_members(unknown).await),
        Reason::ConversationNotFound
    );
}

async fn adding_members_tells_of_it_once_and_counts_as_unread(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, eve) = (api.user("ann").await, api.user("bob").await, api.user("eve").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    api.send(text(&group, &bob, "before")).await.unwrap();
    let add = pb::ChangeMembersRequest {
        add_user_ids: vec![bob.clone(), "nobody".into(), eve.clone(), eve.clone()],
        ..change(&group, &ann)
    };
    let changed = api.conversations.change_members(add.clone()).await.unwrap().into_inner();
    assert_eq!(changed.added_user_ids, std::slice::from_ref(&eve));
    let failures: Vec<(&str, &str)> =
        changed.failures.iter().map(|failure| (failure.user_id.as_str(), failure.reason.as_str())).collect();
    assert_eq!(failures, [("nobody", "USER_NOT_FOUND")]);
    let notice = changed.system_message.unwrap();
    assert_eq!(
        (notice.seq_id, notice.r#type(), notice.content.as_str()),
        (2, MessageType::System, "ann added eve")
    );
    assert_eq!(api.history(&group).await[1], notice);
    let unread = [(&ann, 0), (&bob, 1), (&eve, 1)];
    for (user, count) in unread {
        assert_eq!(api.details(user, &group).await.unwrap().unread_count, count);
    }
    let nothing = api.conversations.change_members(add).await.unwrap().into_inner();
    assert!(nothing.system_message.is_none() && nothing.added_user_ids.is_empty());
    assert_eq!(nothing.member_version, changed.member_version);
    let full = pb::ChangeMembersRequest {
        add_user_ids: vec![api.user("one").await, api.user("two").await],
        max_members: 4,
        ..change(&group, &ann)
    };
    assert_eq!(reason(api.conversations.change_members(full).await), Reason::ConversationFull);
    let stranger = api.user("stranger").await;
    let add = pb::ChangeMembersRequest { add_user_ids: vec![stranger.clone()], ..change(&group, &stranger) };
    assert_eq!(reason(api.conversations.change_members(add).await), Reason::ConversationNotFound);
    assert_eq!(api.member_ids(&group).await.0.len(), 3);
}

async fn removing_members_says_why_not(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 5).await;
    let group = api.group(&users[0], &users[..4]).await;
    let admin = pb::UpdateMemberRoleRequest {
        conversation_id: group.clone(),
        user_id: users[1].clone(),
        new_role: Role::Admin.into(),
    };
    api.conversations.update_member_role(admin).await.unwrap();
    let remove = pb::ChangeMembersRequest {
        remove_user_ids: users.clone(),
        remove_up_to_role: Role::Member.into(),
        ..change(&group, &users[1])
    };
    let changed = api.conversations.change_members(remove).await.unwrap().into_inner();
    assert_eq!(changed.removed_user_ids, users[2..4]);
    let mut failures: Vec<(String, String)> =
        changed.failures.into_iter().map(|failure| (failure.user_id, failure.reason)).collect();
    failures.sort();
    let refused = |user: usize, why: &str| (users[user].clone(), why.to_owned());
    let too_high = "INSUFFICIENT_PERMISSION";
    assert_eq!(failures, [refused(0, too_high), refused(1, too_high), refused(4, "NOT_CONVERSATION_MEMBER")]);
    assert_eq!(changed.system_message.unwrap().content, "user001 removed user002, user003");
    assert_eq!(api.details(&users[2], &group).await, Err(Reason::ConversationNotFound));
    let leave = pb::ChangeMembersRequest {
        remove_user_ids: vec![users[1].clone()],
        remove_up_to_role: Role::Admin.into(),
        ..change(&group, &users[1])
    };
    assert_eq!(
        api.conversations.change_members(leave).await.unwrap().get_ref().removed_user_ids,
        users[1..2]
    );
    assert_eq!(api.member_ids(&group).await.0, [users[0].clone()]);
    let single = api.single(&users[0], &users[1]).await.conversation.unwrap().id;
    let remove =
        pb::ChangeMembersRequest { remove_user_ids: vec![users[1].clone()], ..change(&single, &users[0]) };
    assert_eq!(reason(api.conversations.change_members(remove).await), Reason::Forbidden);
    let both = pb::ChangeMembersRequest {
        add_user_ids: vec![users[1].clone()],
        remove_user_ids: vec![users[2].clone()],
        ..change(&group, &users[0])
    };
    assert_eq!(reason(api.conversations.change_members(both).await), Reason::InvalidParameter);
}

async fn every_change_of_the_list_is_a_new_version(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 4).await;
    let group = api.group(&users[0], &users[..1]).await;
    let mut versions = vec![api.member_ids(&group).await.1];
    let add = |ids: &[String]| pb::AddConversationMemberRequest {
        conversation_id: group.clone(),
        user_ids: ids.to_vec(),
        role: Role::Unspecified.into(),
    };
    api.conversations.add_conversation_member(add(&users[1..3])).await.unwrap();
    versions.push(api.member_ids(&group).await.1);
    let change_add =
        pb::ChangeMembersRequest { add_user_ids: vec![users[3].clone()], ..change(&group, &users[0]) };
    versions.push(api.conversations.change_members(change_add).await.unwrap().get_ref().member_version);
    let remove =
        pb::RemoveConversationMemberRequest { conversation_id: group.clone(), user_id: users[1].clone() };
    api.conversations.remove_conversation_member(remove.clone()).await.unwrap();
    let (ids, version) = api.member_ids(&group).await;
    versions.push(version);
    assert!(versions.is_sorted_by(|before, after| before < after), "{versions:?}");
    let mut expected = vec![users[0].clone(), users[2].clone(), users[3].clone()];
    expected.sort();
    assert_eq!(ids, expected);
    // What changes nothing is no new version.
    api.conversations.add_conversation_member(add(&users[2..3])).await.unwrap();
    assert_eq!(
        reason(api.conversations.remove_conversation_member(remove).await),
        Reason::NotConversationMember
    );
    let unknown = add(&["nobody".to_owned(), users[1].clone()]);
    assert_eq!(reason(api.conversations.add_conversation_member(unknown).await), Reason::UserNotFound);
    assert_eq!(api.member_ids(&group).await, (expected, version));
    let saved = api.send_all(vec![text(&group, &users[0], "key")]).await.pop().unwrap().unwrap();
    assert_eq!(saved.member_version, version, "a save tells the version that it saw");
    let owner = pb::RemoveConversationMemberRequest { conversation_id: group, user_id: users[0].clone() };
    assert_eq!(
        reason(api.conversations.remove_conversation_member(owner).await),
        Reason::CannotLeaveConversation
    );
}

async fn ownership_is_passed_on_and_never_lost(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, eve) = (api.user("ann").await, api.user("bob").await, api.user("eve").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let set = |user: &str, role: Role| pb::UpdateMemberRoleRequest {
        conversation_id: group.clone(),
        user_id: user.to_owned(),
        new_role: role.into(),
    };
    assert_eq!(
        reason(api.conversations.update_member_role(set(&ann, Role::Member)).await),
        Reason::Forbidden
    );
    assert_eq!(
        reason(api.conversations.update_member_role(set(&eve, Role::Admin)).await),
        Reason::NotConversationMember
    );
    assert_eq!(
        reason(api.conversations.update_member_role(set(&bob, Role::Unspecified)).await),
        Reason::InvalidParameter
    );
    assert!(api.conversations.update_member_role(set(&bob, Role::Owner)).await.unwrap().get_ref().success);
    let role = |details: &pb::ConversationDetails| details.user_membership.as_ref().unwrap().role();
    let (of_ann, of_bob) =
        (api.details(&ann, &group).await.unwrap(), api.details(&bob, &group).await.unwrap());
    assert_eq!((role(&of_ann), role(&of_bob)), (Role::Admin, Role::Owner));
    assert_eq!(of_ann.conversation.unwrap().owner_id, bob);
}

async fn the_world_is_joined_once(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 3).await;
    let join = |user: &str| pb::JoinWorldRequest { user_id: user.to_owned() };
    let mut world = String::new();
    for user in &users[..2] {
        let joined = api.conversations.join_world(join(user)).await.unwrap().into_inner();
        assert!(joined.joined);
        world = joined.conversation.unwrap().id;
    }
    let again = api.conversations.join_world(join(&users[0])).await.unwrap().into_inner();
    assert!(!again.joined);
    assert_eq!(again.conversation.unwrap().member_count, 2);
    assert_eq!(api.send(text(&world, &users[2], "key")).await, Err(Reason::ConversationNotFound));
    assert_eq!(api.send(text(&world, &users[0], "key")).await.unwrap().seq_id, 1);
    assert_eq!(api.details(&users[1], &world).await.unwrap().unread_count, 1);
    let leave = pb::RemoveConversationMemberRequest { conversation_id: world, user_id: users[1].clone() };
    assert!(api.conversations.remove_conversation_member(leave).await.unwrap().get_ref().success);
    assert_eq!(reason(api.conversations.join_world(join("nobody")).await), Reason::UserNotFound);
}
