//! Friendships, friend requests and blocks, over both databases.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures::future::{join, join_all};
use protos::Reason;
use protos::pb::{repo as pb, types};

use crate::support::api::{Api, reason, text};
use crate::support::{TestDatabase, TestRepo};

crate::on_both_databases! {
    a_request_waits_and_is_answered_once,
    one_request_waits_between_two_whoever_asks,
    requests_that_cross_make_one,
    accepting_opens_the_single_or_finds_it,
    a_block_ends_what_was_between_two,
    a_blocked_user_stores_nothing_in_the_single,
    nothing_is_stored_once_a_block_has_returned,
    a_block_waits_for_saves_under_way,
    blocks_of_two_users_are_two,
    a_single_made_under_a_block_has_its_flag,
    a_single_and_a_block_at_once_leave_no_gap,
    contacts_are_friends_and_peers,
    lists_leave_out_who_is_gone,
}

impl Api {
    async fn ask(&mut self, from: &str, to: &str) -> Result<types::FriendRequest, Reason> {
        let request = pb::CreateFriendRequestRequest {
            from_user_id: from.to_owned(),
            to_user_id: to.to_owned(),
            message: "hello".into(),
        };
        let asked = self.friends.create_friend_request(request).await;
        asked.map(|asked| asked.into_inner().request.unwrap()).map_err(|status| reason::<()>(Err(status)))
    }

    async fn answer(
        &mut self,
        id: &str,
        by: &str,
        accept: bool,
    ) -> Result<pb::AnswerFriendRequestResponse, Reason> {
        let request =
            pb::AnswerFriendRequestRequest { request_id: id.to_owned(), user_id: by.to_owned(), accept };
        let answered = self.friends.answer_friend_request(request).await;
        answered.map(tonic::Response::into_inner).map_err(|status| reason::<()>(Err(status)))
    }

    async fn befriend(&mut self, one: &str, other: &str) -> String {
        let request = self.ask(one, other).await.unwrap();
        self.answer(&request.id, other, true).await.unwrap().conversation_id
    }

    async fn friends_of(&mut self, user: &str) -> Vec<String> {
        let request = pb::GetFriendsRequest { user_id: user.to_owned() };
        ids(self.friends.get_friends(request).await.unwrap().into_inner().friends)
    }

    async fn waiting(&mut self, user: &str, sent: bool) -> Vec<String> {
        let request = pb::GetFriendRequestsRequest { user_id: user.to_owned(), sent };
        let waiting = self.friends.get_friend_requests(request).await.unwrap().into_inner().requests;
        waiting.into_iter().map(|request| request.id).collect()
    }

    async fn unfriend(&mut self, user: &str, friend: &str) -> bool {
        let request = pb::RemoveFriendRequest { user_id: user.to_owned(), friend_id: friend.to_owned() };
        self.friends.remove_friend(request).await.unwrap().into_inner().removed
    }

    async fn block(&mut self, blocker: &str, blocked: &str) {
        let request = pb::BlockUserRequest { blocker_id: blocker.to_owned(), blocked_id: blocked.to_owned() };
        assert!(self.friends.block_user(request).await.unwrap().get_ref().success);
    }

    async fn unblock(&mut self, blocker: &str, blocked: &str) {
        let request =
            pb::UnblockUserRequest { blocker_id: blocker.to_owned(), blocked_id: blocked.to_owned() };
        assert!(self.friends.unblock_user(request).await.unwrap().get_ref().success);
    }

    async fn blocked_by(&mut self, user: &str) -> Vec<String> {
        let request = pb::GetBlockedRequest { user_id: user.to_owned() };
        ids(self.friends.get_blocked(request).await.unwrap().into_inner().users)
    }

    async fn try_single(&mut self, creator: &str, other: &str) -> Result<String, Reason> {
        let request = pb::CreateConversationRequest {
            r#type: types::ConversationType::Single.into(),
            owner_id: creator.to_owned(),
            member_ids: vec![other.to_owned()],
            ..Default::default()
        };
        let created = self.conversations.create_conversation(request).await;
        let id = created.map(|created| created.into_inner().conversation.unwrap().id);
        id.map_err(|status| reason::<()>(Err(status)))
    }
}

fn ids(users: Vec<types::UserInfo>) -> Vec<String> {
    users.into_iter().map(|user| user.id).collect()
}

async fn a_request_waits_and_is_answered_once(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob, cid] = [api.user("ann").await, api.user("bob").await, api.user("cid").await];
    let first = api.ask(&ann, &bob).await.unwrap();
    assert_eq!((first.status.as_str(), first.message.as_str()), ("pending", "hello"));
    assert_eq!((&first.from.as_ref().unwrap().id, &first.to.as_ref().unwrap().id), (&ann, &bob));
    let second = api.ask(&cid, &bob).await.unwrap();
    assert_eq!(api.waiting(&bob, false).await, [second.id.clone(), first.id.clone()], "newest first");
    assert_eq!(api.waiting(&ann, true).await, [first.id.as_str()]);
    assert!(api.waiting(&bob, true).await.is_empty() && api.waiting(&ann, false).await.is_empty());

    for by in [&ann, &cid] {
        assert_eq!(api.answer(&first.id, by, true).await.unwrap_err(), Reason::FriendRequestNotFound);
    }
    assert_eq!(api.answer("nothing", &bob, true).await.unwrap_err(), Reason::FriendRequestNotFound);
    let accepted = api.answer(&first.id, &bob, true).await.unwrap();
    assert_eq!(accepted.request.as_ref().unwrap().status, "accepted");
    assert!(accepted.friends && !accepted.conversation_id.is_empty());
    assert_eq!(api.answer(&first.id, &bob, true).await.unwrap(), accepted, "the same answer again");
    assert_eq!(api.answer(&first.id, &bob, false).await.unwrap_err(), Reason::FriendRequestNotFound);
    let rejected = api.answer(&second.id, &bob, false).await.unwrap();
    assert_eq!((rejected.conversation_id.as_str(), rejected.friends), ("", false));
    assert_eq!(api.answer(&second.id, &bob, false).await.unwrap(), rejected);
    assert_eq!(api.answer(&second.id, &bob, true).await.unwrap_err(), Reason::FriendRequestNotFound);

    assert!(api.waiting(&bob, false).await.is_empty());
    assert_eq!(api.friends_of(&ann).await, [bob.as_str()]);
    assert_eq!(api.friends_of(&bob).await, [ann.as_str()]);
    assert!(api.friends_of(&cid).await.is_empty());
    assert!(api.unfriend(&bob, &ann).await);
    assert!(!api.unfriend(&ann, &bob).await);
    assert!(api.friends_of(&ann).await.is_empty() && api.friends_of(&bob).await.is_empty());
    let late = api.answer(&first.id, &bob, true).await.unwrap();
    assert!(!late.friends, "an old answer makes no friendship anew");
    assert!(api.friends_of(&ann).await.is_empty());
}

async fn one_request_waits_between_two_whoever_asks(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    let request = api.ask(&ann, &bob).await.unwrap();
    for (from, to) in [(&ann, &bob), (&bob, &ann)] {
        assert_eq!(api.ask(from, to).await.unwrap_err(), Reason::FriendRequestAlreadyExists);
    }
    api.answer(&request.id, &bob, false).await.unwrap();
    let request = api.ask(&bob, &ann).await.expect("after a refusal one may ask again");
    api.answer(&request.id, &ann, true).await.unwrap();
    for (from, to) in [(&ann, &bob), (&bob, &ann)] {
        assert_eq!(api.ask(from, to).await.unwrap_err(), Reason::FriendRequestAlreadyExists);
    }
    assert_eq!(api.ask(&ann, "nobody").await.unwrap_err(), Reason::UserNotFound);
    assert_eq!(api.ask(&ann, &ann).await.unwrap_err(), Reason::InvalidParameter);
}

async fn requests_that_cross_make_one(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, others) = (api.user("ann").await, api.many_users("other", 20).await);
    let asks = others.iter().map(async |other| {
        let (mut one, mut two) = (api.clone(), api.clone());
        let (there, back) = join(one.ask(&ann, other), two.ask(other, &ann)).await;
        assert!(there.is_ok() != back.is_ok(), "{there:?} {back:?}");
        assert_eq!(there.or(back).err(), None);
    });
    join_all(asks).await;
    let mut api = api.clone();
    assert_eq!(api.waiting(&ann, true).await.len() + api.waiting(&ann, false).await.len(), others.len());
}

async fn accepting_opens_the_single_or_finds_it(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob, cid] = [api.user("ann").await, api.user("bob").await, api.user("cid").await];
    let opened = api.befriend(&ann, &bob).await;
    assert_eq!(api.single(&bob, &ann).await.conversation.unwrap().id, opened);
    assert_eq!(api.send(text(&opened, &ann, "k")).await.unwrap().seq_id, 1, "opening stores no message");
    let there = api.single(&ann, &cid).await.conversation.unwrap().id;
    assert_eq!(api.befriend(&cid, &ann).await, there);
}

async fn a_block_ends_what_was_between_two(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob, cid] = [api.user("ann").await, api.user("bob").await, api.user("cid").await];
    api.befriend(&ann, &bob).await;
    let received = api.ask(&cid, &ann).await.unwrap();
    for _ in 0..2 {
        api.block(&ann, &bob).await;
        api.block(&ann, &cid).await;
    }
    assert!(api.friends_of(&ann).await.is_empty() && api.friends_of(&bob).await.is_empty());
    assert!(api.waiting(&ann, false).await.is_empty() && api.waiting(&cid, true).await.is_empty());
    assert_eq!(api.answer(&received.id, &ann, true).await.unwrap_err(), Reason::FriendRequestNotFound);
    let mut blocked = api.blocked_by(&ann).await;
    blocked.sort();
    let mut expected = [bob.clone(), cid.clone()];
    expected.sort();
    assert_eq!(blocked, expected);
    assert!(api.blocked_by(&bob).await.is_empty());
    for (from, to) in [(&bob, &ann), (&ann, &bob)] {
        assert_eq!(api.ask(from, to).await.unwrap_err(), Reason::Forbidden);
    }
    for _ in 0..2 {
        api.unblock(&ann, &bob).await;
    }
    assert_eq!(api.blocked_by(&ann).await, [cid]);
    assert!(api.friends_of(&ann).await.is_empty(), "what blocking ended does not come back");
    api.ask(&bob, &ann).await.unwrap();
    let unknown = pb::BlockUserRequest { blocker_id: ann.clone(), blocked_id: "nobody".into() };
    assert_eq!(reason(api.friends.block_user(unknown).await), Reason::UserNotFound);
    let oneself = pb::BlockUserRequest { blocker_id: ann.clone(), blocked_id: ann };
    assert_eq!(reason(api.friends.block_user(oneself).await), Reason::InvalidParameter);
}

async fn a_blocked_user_stores_nothing_in_the_single(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let before = api.send(text(&single, &bob, "before")).await.unwrap();
    api.block(&ann, &bob).await;
    assert_eq!(api.send(text(&single, &bob, "after")).await.unwrap_err(), Reason::Forbidden);
    let repeated = pb::SaveMessageRequest { content: "other".into(), ..text(&single, &bob, "before") };
    assert_eq!(api.send(repeated).await.unwrap(), before, "a repetition is still the first message");
    assert_eq!(api.send(text(&single, &ann, "from ann")).await.unwrap().seq_id, 2, "no seq was burnt");
    assert_eq!(api.send(text(&group, &bob, "in a group")).await.unwrap().seq_id, 1);
    // One bad message of a batch leaves the others alone.
    let outcomes = api.send_all(vec![text(&single, &bob, "x"), text(&single, &ann, "y")]).await;
    assert_eq!(outcomes[0].as_ref().unwrap_err(), "FORBIDDEN");
    assert_eq!(outcomes[1].as_ref().unwrap().message.as_ref().unwrap().seq_id, 3);
    api.unblock(&ann, &bob).await;
    assert_eq!(api.send(text(&single, &bob, "after")).await.unwrap().seq_id, 4);
    assert_eq!(api.history(&single).await.len(), 4);
}

async fn nothing_is_stored_once_a_block_has_returned(database: TestDatabase) {
    const RACES: usize = 8;
    const SENDS: usize = 40;
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    for race in 0..RACES {
        let sends = (0..SENDS).map(|number| {
            let (mut api, message) = (api.clone(), text(&single, &bob, &format!("{race}-{number}")));
            async move { api.send(message).await }
        });
        let mut blocking = api.clone();
        let block = async {
            // Each race at another moment of the sending.
            blocking.send(text(&single, &ann, &format!("{race}"))).await.unwrap();
            blocking.block(&ann, &bob).await;
            blocking.history(&single).await.len()
        };
        let (outcomes, stored_then) = join(join_all(sends), block).await;
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert!(
            outcomes.iter().all(|outcome| outcome.as_ref().err().is_none_or(|why| *why == Reason::Forbidden))
        );
        let stored = api.history(&single).await.len();
        assert_eq!(stored, stored_then, "stored after the block had returned; {refused} were refused");
        assert_eq!(
            api.send(text(&single, &bob, &format!("{race}-late"))).await.unwrap_err(),
            Reason::Forbidden
        );
        api.unblock(&ann, &bob).await;
    }
    let history = api.history(&single).await;
    assert!(history.iter().map(|message| message.seq_id).eq(1..=history.len() as i64), "without a gap");
}

/// Whoever saves holds the conversation's row; SQLite has one writer, who waits anyway.
async fn a_block_waits_for_saves_under_way(database: TestDatabase) {
    if !database.is_postgres() {
        return;
    }
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let mut saver = PgConnection::establish(&database.url).unwrap();
    let take = format!("BEGIN; SELECT id FROM conversations WHERE id = '{single}' FOR NO KEY UPDATE");
    saver.batch_execute(&take).unwrap();
    let mut block = std::pin::pin!(api.block(&ann, &bob));
    let early = tokio::time::timeout(Duration::from_millis(500), block.as_mut()).await;
    assert!(early.is_err(), "the block returned while a save was under way");
    saver.batch_execute("COMMIT").unwrap();
    block.await;
}

async fn blocks_of_two_users_are_two(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    api.block(&ann, &bob).await;
    api.block(&bob, &ann).await;
    for sender in [&ann, &bob] {
        assert_eq!(api.send(text(&single, sender, "k")).await.unwrap_err(), Reason::Forbidden);
    }
    api.unblock(&bob, &ann).await;
    assert!(api.send(text(&single, &ann, "k")).await.is_ok());
    assert_eq!(api.send(text(&single, &bob, "k")).await.unwrap_err(), Reason::Forbidden);
    assert_eq!(api.blocked_by(&ann).await, [bob.as_str()]);
    assert!(api.blocked_by(&bob).await.is_empty());
}

async fn a_single_made_under_a_block_has_its_flag(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob] = [api.user("ann").await, api.user("bob").await];
    api.block(&ann, &bob).await;
    assert_eq!(api.try_single(&bob, &ann).await.unwrap_err(), Reason::Forbidden);
    let single = api.try_single(&ann, &bob).await.unwrap();
    assert_eq!(api.try_single(&bob, &ann).await.as_ref(), Ok(&single), "now it is there");
    assert_eq!(api.send(text(&single, &bob, "k")).await.unwrap_err(), Reason::Forbidden);
    assert!(api.send(text(&single, &ann, "k")).await.is_ok());
    api.unblock(&ann, &bob).await;
    assert!(api.send(text(&single, &bob, "k")).await.is_ok());
}

async fn a_single_and_a_block_at_once_leave_no_gap(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, others) = (api.user("ann").await, api.many_users("other", 25).await);
    let races = others.iter().map(async |other| {
        let (mut one, mut two) = (api.clone(), api.clone());
        let (made, ()) = join(one.try_single(other, &ann), two.block(&ann, other)).await;
        let outcome = match made {
            Ok(single) => one.send(text(&single, other, "k")).await.map(drop),
            Err(why) => Err(why),
        };
        assert_eq!(outcome, Err(Reason::Forbidden));
    });
    join_all(races).await;
}

async fn contacts_are_friends_and_peers(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, friend, peer] = [api.user("ann").await, api.user("friend").await, api.user("peer").await];
    let [stranger, parted] = [api.user("stranger").await, api.user("parted").await];
    api.group(&ann, std::slice::from_ref(&stranger)).await;
    api.befriend(&ann, &friend).await;
    api.befriend(&parted, &ann).await;
    api.unfriend(&ann, &parted).await;
    api.single(&peer, &ann).await;
    let user_ids = vec![peer.clone(), stranger, "nobody".into(), friend.clone(), ann.clone(), parted.clone()];
    let request = pb::FilterContactsRequest { user_id: ann, user_ids };
    let contacts = api.friends.filter_contacts(request).await.unwrap().into_inner().user_ids;
    assert_eq!(contacts, [peer, friend, parted], "they still have their SINGLE");
    // A friendship alone is enough.
    database.execute("UPDATE conversations SET single_key = NULL");
    let request = pb::FilterContactsRequest { user_id: contacts[1].clone(), user_ids: contacts.clone() };
    assert!(api.friends.filter_contacts(request).await.unwrap().into_inner().user_ids.is_empty());
}

async fn lists_leave_out_who_is_gone(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let [ann, bob, cid] = [api.user("ann").await, api.user("bob").await, api.user("cid").await];
    api.befriend(&ann, &bob).await;
    let waiting = api.ask(&cid, &ann).await.unwrap();
    let leave = |user_id: &str| pb::UpdateUserRequest {
        user_id: user_id.to_owned(),
        status: types::UserStatus::Deleted.into(),
        update_mask: vec!["status".into()],
        ..Default::default()
    };
    for gone in [&bob, &cid] {
        api.users.update_user(leave(gone)).await.unwrap();
    }
    assert!(api.friends_of(&ann).await.is_empty());
    assert!(api.waiting(&ann, false).await.is_empty());
    assert_eq!(api.answer(&waiting.id, &ann, true).await.unwrap_err(), Reason::UserNotFound);
    assert_eq!(api.ask(&ann, &cid).await.unwrap_err(), Reason::UserNotFound);
    api.unblock(&ann, &bob).await;
}
