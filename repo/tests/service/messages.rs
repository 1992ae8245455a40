//! What is promised of messages, over both databases.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::support::api::{reason, text};
use crate::support::{Api, DEADLINE, TestDatabase, TestRedis, TestRepo};
use futures::future::join_all;
use kit::SystemClock;
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::types::MessageType;

crate::on_both_databases! {
    seqs_have_no_gap_under_many_senders,
    a_thousand_keys_sent_by_ten_clients_are_a_thousand_rows,
    a_repetition_returns_the_first_message_whatever_it_says,
    a_batch_keeps_its_order_and_its_failures_apart,
    a_removed_or_muted_member_stores_nothing,
    a_recall_leaves_a_tombstone,
    pages_go_both_ways_and_end,
    latest_messages_come_by_conversation,
    what_is_not_there_is_not_found,
    one_message_that_cannot_be_stored_keeps_no_other_from_it,
}

/// `senders` at once, each with `each` messages in small batches, over all of `repos`; every seq is taken once.
async fn check_gap_free(repos: &[Api], senders: usize, each: usize) {
    let mut api = repos[0].clone();
    let users = api.many_users("sender", senders).await;
    let groups = [api.group(&users[0], &users).await, api.group(&users[0], &users).await];
    let sending = users.iter().enumerate().map(|(number, user)| {
        let mut api = repos[number % repos.len()].clone();
        let groups = groups.clone();
        async move {
            for batch in 0..each / 5 {
                let requests = (0..5).map(|message| {
                    let group = &groups[(number + batch + message) % groups.len()];
                    text(group, user, &format!("{batch}-{message}"))
                });
                for outcome in api.send_all(requests.collect()).await {
                    assert!(!outcome.unwrap().duplicate);
                }
            }
        }
    });
    join_all(sending).await;
    let mut stored = 0;
    for group in &groups {
        let history = api.history(group).await;
        let seqs: Vec<i64> = history.iter().map(|message| message.seq_id).collect();
        assert_eq!(seqs, (1..=history.len() as i64).collect::<Vec<_>>());
        let details = api.details(&users[0], group).await.unwrap();
        assert_eq!(details.last_seq_id, history.len() as i64);
        stored += history.len();
    }
    assert_eq!(stored, senders * each);
}

async fn seqs_have_no_gap_under_many_senders(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    check_gap_free(&[repo.api()], 24, 20).await;
}

#[actix_rt::test]
async fn seqs_have_no_gap_over_two_repos() {
    let (database, redis) = (TestDatabase::postgres(), TestRedis::start());
    let clock = Arc::new(SystemClock);
    let one = TestRepo::start_with(&database, Some(&redis), clock.clone()).await;
    let two = TestRepo::start_with(&database, Some(&redis), clock).await;
    check_gap_free(&[one.api(), two.api()], 32, 20).await;
}

#[actix_rt::test]
async fn a_key_sent_over_two_repos_at_once_is_one_row() {
    let (database, redis) = (TestDatabase::postgres(), TestRedis::start());
    let clock = Arc::new(SystemClock);
    let one = TestRepo::start_with(&database, Some(&redis), clock.clone()).await;
    let two = TestRepo::start_with(&database, Some(&redis), clock).await;
    check_thousand_keys(&[one.api(), two.api()]).await;
}

async fn a_thousand_keys_sent_by_ten_clients_are_a_thousand_rows(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    check_thousand_keys(&[repo.api()]).await;
}

async fn check_thousand_keys(repos: &[Api]) {
    const KEYS: usize = 1_000;
    let mut api = repos[0].clone();
    let user = api.user("sender").await;
    let group = api.group(&user, &[]).await;
    let clients = (0..10).map(|client| {
        let (mut api, group, user) = (repos[client % repos.len()].clone(), &group, &user);
        async move {
            let mut seqs = HashMap::new();
            for chunk in 0..KEYS / 50 {
                let keys: Vec<String> = (0..50).map(|key| format!("key {}", chunk * 50 + key)).collect();
                let requests = keys.iter().map(|key| text(group, user, key)).collect();
                for (key, saved) in keys.into_iter().zip(api.send_all(requests).await) {
                    seqs.insert(key, saved.unwrap().message.unwrap().seq_id);
                }
            }
            seqs
        }
    });
    let told = join_all(clients).await;
    assert!(told.iter().all(|seqs| *seqs == told[0]), "every client is told the same seqs");
    let history = api.history(&group).await;
    let stored: HashMap<String, i64> =
        history.iter().map(|message| (message.client_msg_id.clone(), message.seq_id)).collect();
    assert_eq!(stored, told[0]);
    assert_eq!(history.len(), KEYS);
    assert_eq!(history.last().unwrap().seq_id, KEYS as i64, "no seq was burnt");
    let next = api.send(text(&group, &user, "one more")).await.unwrap();
    assert_eq!(next.seq_id, KEYS as i64 + 1, "the counter did not run ahead");
}

async fn a_repetition_returns_the_first_message_whatever_it_says(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let first = api.send(text(&group, &ann, "key")).await.unwrap();
    let other =
        pb::SaveMessageRequest { content: "other".into(), message_type: 2, ..text(&group, &ann, "key") };
    assert_eq!(api.send(other.clone()).await.unwrap(), first);
    // The key is the sender's own, and the conversation's.
    assert_eq!(api.send(text(&group, &bob, "key")).await.unwrap().seq_id, 2);
    let twice = api.send_all(vec![text(&group, &ann, "new"), other.clone(), text(&group, &ann, "new")]).await;
    let twice: Vec<(bool, i64)> = twice
        .into_iter()
        .map(|saved| saved.map(|saved| (saved.duplicate, saved.message.unwrap().seq_id)).unwrap())
        .collect();
    assert_eq!(twice, [(false, 3), (true, 1), (true, 3)]);
    let recall = pb::DeleteMessageRequest {
        message_id: first.id.clone(),
        operator_id: ann.clone(),
        ..Default::default()
    };
    api.messages.delete_message(recall).await.unwrap();
    let again = api.send(other).await.unwrap();
    assert!(again.deleted && again.content.is_empty() && again.seq_id == 1 && again.id == first.id);
    let asked = pb::CheckMessageIdempotencyRequest {
        client_msg_id: "key".into(),
        sender_id: ann,
        conversation_id: group.clone(),
        ttl_seconds: 1,
    };
    let known = api.messages.check_message_idempotency(asked.clone()).await.unwrap().into_inner();
    assert_eq!((known.exists, known.existing_message_id), (true, first.id));
    let unknown = pb::CheckMessageIdempotencyRequest { client_msg_id: "never".into(), ..asked };
    assert!(!api.messages.check_message_idempotency(unknown).await.unwrap().get_ref().exists);
    assert_eq!(api.history(&group).await.len(), 3);
}

async fn a_batch_keeps_its_order_and_its_failures_apart(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, eve) = (api.user("ann").await, api.user("eve").await);
    let (group, other) = (api.group(&ann, &[]).await, api.group(&ann, &[]).await);
    let empty = pb::SaveMessageRequest { content: " ".into(), ..text(&group, &ann, "empty") };
    let batch = vec![
        text(&group, &ann, "a"),
        text(&group, &eve, "b"),
        empty,
        text(&other, &ann, "c"),
        text("nowhere", &ann, "d"),
        text(&group, &ann, "e"),
    ];
    let outcomes: Vec<Result<i64, String>> = api
        .send_all(batch)
        .await
        .into_iter()
        .map(|outcome| outcome.map(|saved| saved.message.unwrap().seq_id))
        .collect();
    let not_found = || Err("CONVERSATION_NOT_FOUND".to_owned());
    assert_eq!(outcomes, [Ok(1), not_found(), Err("MESSAGE_EMPTY".into()), Ok(1), not_found(), Ok(2)]);
    let unread = api.details(&ann, &group).await.unwrap().unread_count;
    assert_eq!(unread, 0, "sending moves the sender's own pointer");
}

async fn a_removed_or_muted_member_stores_nothing(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let stored = api.send(text(&group, &bob, "before")).await.unwrap();
    database.execute("UPDATE conversation_members SET muted = TRUE WHERE role = 1");
    assert_eq!(api.send(text(&group, &bob, "muted")).await, Err(Reason::MemberMuted));
    assert_eq!(api.send(text(&group, &bob, "before")).await, Ok(stored), "a repetition is still answered");
    database.execute("UPDATE conversation_members SET muted = FALSE");
    // While bob sends as fast as he can, he is removed.
    let sending = async {
        let (mut api, mut last) = (repo.api(), 1);
        for number in 0.. {
            match api.send(text(&group, &bob, &format!("{number}"))).await {
                Ok(message) => last = message.seq_id,
                Err(reason) => {
                    assert_eq!(reason, Reason::ConversationNotFound);
                    break;
                }
            }
        }
        last
    };
    let removal = pb::ChangeMembersRequest {
        conversation_id: group.clone(),
        operator_id: ann.clone(),
        remove_user_ids: vec![bob.clone()],
        ..Default::default()
    };
    let (last, removed) = tokio::join!(sending, api.conversations.change_members(removal));
    let notice = removed.unwrap().into_inner().system_message.unwrap();
    assert_eq!(notice.seq_id, last + 1, "nothing of bob's comes after the removal");
    assert_eq!(api.send(text(&group, &bob, "before")).await, Err(Reason::ConversationNotFound));
    assert_eq!(api.history(&group).await.len() as i64, notice.seq_id);
}

async fn a_recall_leaves_a_tombstone(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, eve) = (api.user("ann").await, api.user("eve").await);
    let group = api.group(&ann, &[]).await;
    let extra = pb::SaveMessageRequest { extra: "{}".into(), ..text(&group, &ann, "key") };
    let message = api.send(extra).await.unwrap();
    let recall = |operator: &str| pb::DeleteMessageRequest {
        message_id: message.id.clone(),
        operator_id: operator.to_owned(),
        ..Default::default()
    };
    assert_eq!(reason(api.messages.delete_message(recall(&eve)).await), Reason::MessageNotFound);
    for _ in 0..2 {
        assert!(api.messages.delete_message(recall(&ann)).await.unwrap().get_ref().success);
    }
    let request = pb::GetMessageRequest { message_id: message.id.clone() };
    let tombstone = api.messages.get_message(request).await.unwrap().into_inner().message.unwrap();
    assert!(tombstone.deleted && tombstone.content.is_empty() && tombstone.extra.is_empty());
    assert_eq!((tombstone.seq_id, tombstone.sender), (1, message.sender));
    assert_eq!(api.history(&group).await.len(), 1, "it stays in the list");
    assert_eq!(api.send(text(&group, &ann, "next")).await.unwrap().seq_id, 2);
}

async fn pages_go_both_ways_and_end(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let group = api.group(&ann, &[]).await;
    let of_kind = |number: i32| {
        let message_type = if number % 3 == 0 { MessageType::Image } else { MessageType::Text };
        pb::SaveMessageRequest {
            message_type: message_type.into(),
            ..text(&group, &ann, &number.to_string())
        }
    };
    api.send_all((1..=10).map(of_kind).collect()).await;
    let mut page = async |start_seq_id, end_seq_id, limit, ascending, type_filter| {
        let request = pb::GetConversationMessagesRequest {
            conversation_id: group.clone(),
            start_seq_id,
            end_seq_id,
            limit,
            ascending,
            type_filter,
        };
        let page = api.messages.get_conversation_messages(request).await.unwrap().into_inner();
        let seqs: Vec<i64> = page.messages.iter().map(|message| message.seq_id).collect();
        assert_eq!(page.has_more, page.next_seq_id != 0);
        (seqs, page.next_seq_id)
    };
    assert_eq!(page(0, 0, 4, true, 0).await, (vec![1, 2, 3, 4], 5));
    assert_eq!(page(5, 0, 6, true, 0).await, (vec![5, 6, 7, 8, 9, 10], 0));
    assert_eq!(page(0, 0, 4, false, 0).await, (vec![10, 9, 8, 7], 6));
    assert_eq!(page(0, 6, 6, false, 0).await, (vec![6, 5, 4, 3, 2, 1], 0));
    assert_eq!(page(3, 5, 0, true, 0).await, (vec![3, 4, 5], 0));
    assert_eq!(page(7, 3, 0, true, 0).await, (vec![], 0));
    assert_eq!(page(0, 0, 2, true, MessageType::Image.into()).await, (vec![3, 6], 9));
}

async fn latest_messages_come_by_conversation(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let (one, two, silent) =
        (api.group(&ann, &[]).await, api.group(&ann, &[]).await, api.group(&ann, &[]).await);
    for key in 0..3 {
        api.send(text(&one, &ann, &key.to_string())).await.unwrap();
        api.send(text(&two, &ann, &key.to_string())).await.unwrap();
    }
    let request = pb::GetLatestMessagesRequest {
        conversation_ids: vec![two.clone(), silent, one.clone(), "nowhere".into()],
        limit_per_conversation: 2,
    };
    let latest = api.messages.get_latest_messages(request).await.unwrap().into_inner().messages;
    let places: Vec<(&str, i64)> =
        latest.iter().map(|message| (message.conversation_id.as_str(), message.seq_id)).collect();
    assert_eq!(places, [(two.as_str(), 3), (two.as_str(), 2), (one.as_str(), 3), (one.as_str(), 2)]);
    assert!(latest.iter().all(|message| message.sender.as_ref().unwrap().username == "ann"));
}

async fn what_is_not_there_is_not_found(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let group = api.group(&ann, &[]).await;
    for message_id in ["x".to_owned(), format!("{group}.1"), "nowhere.1".to_owned()] {
        let request = pb::GetMessageRequest { message_id: message_id.clone() };
        assert_eq!(reason(api.messages.get_message(request).await), Reason::MessageNotFound);
        let recall = pb::DeleteMessageRequest { message_id, operator_id: ann.clone(), ..Default::default() };
        assert_eq!(reason(api.messages.delete_message(recall).await), Reason::MessageNotFound);
    }
    let page = |conversation: &str, limit| pb::GetConversationMessagesRequest {
        conversation_id: conversation.to_owned(),
        limit,
        ..Default::default()
    };
    let mut refused = async |request| reason(api.messages.get_conversation_messages(request).await);
    assert_eq!(refused(page("nowhere", 0)).await, Reason::ConversationNotFound);
    assert_eq!(refused(page(&group, -1)).await, Reason::InvalidParameter);
    assert_eq!(refused(page("", 0)).await, Reason::InvalidParameter);
    let distinct: BTreeSet<String> =
        api.history(&group).await.into_iter().map(|message| message.id).collect();
    assert!(distinct.is_empty(), "creating stores no message");
}

async fn one_message_that_cannot_be_stored_keeps_no_other_from_it(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let group = api.group(&ann, &[]).await;
    database.execute(if database.is_postgres() {
        "ALTER TABLE messages ADD CHECK (client_msg_id <> 'poison')"
    } else {
        "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.client_msg_id = 'poison'
         BEGIN SELECT RAISE(ABORT, 'poison'); END"
    });
    let batch = ["one", "poison", "two", "one"].map(|key| text(&group, &ann, key)).to_vec();
    let outcomes: Vec<Result<i64, String>> = api
        .send_all(batch)
        .await
        .into_iter()
        .map(|outcome| outcome.map(|saved| saved.message.unwrap().seq_id))
        .collect();
    assert_eq!(outcomes, [Ok(1), Err("INTERNAL_ERROR".into()), Ok(2), Ok(1)]);
    assert_eq!(api.history(&group).await.len(), 2);
}

/// The connections of a repo are cut again and again while clients send and try again until they are answered.
#[actix_rt::test]
async fn cut_connections_lose_and_double_nothing() {
    const SENDERS: usize = 8;
    const EACH: usize = 40;
    let database = TestDatabase::postgres();
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("sender", SENDERS).await;
    let group = api.group(&users[0], &users).await;
    let sending = users.iter().map(|user| {
        let (mut api, group) = (repo.api(), group.clone());
        async move {
            for key in 0..EACH {
                let request = text(&group, user, &key.to_string());
                while let Err(reason) = api.send(request.clone()).await {
                    assert_eq!(reason, Reason::ServiceUnavailable);
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    let cutting = async {
        let (mut cuts, mut often) = (0, tokio::time::interval(Duration::from_millis(40)));
        let cut_often = async {
            loop {
                often.tick().await;
                let url = database.url.clone();
                tokio::task::spawn_blocking(move || TestDatabase::cut_connections(&url)).await.unwrap();
                cuts += 1;
            }
        };
        tokio::select! {
            () = cut_often => {}
            _ = is_done => {}
        }
        cuts
    };
    let sending = async {
        join_all(sending).await;
        done.send(()).ok();
    };
    let both = futures::future::join(sending, cutting);
    let ((), cuts) = tokio::time::timeout(DEADLINE, both).await.unwrap();
    assert!(cuts > 1, "it was cut {cuts} times");
    // The last cut may come as late as this.
    let history = loop {
        match api.try_history(&group).await {
            Ok(history) => break history,
            Err(reason) => assert_eq!(reason, Reason::ServiceUnavailable),
        }
    };
    let seqs: Vec<i64> = history.iter().map(|message| message.seq_id).collect();
    assert_eq!(seqs, (1..=(SENDERS * EACH) as i64).collect::<Vec<_>>());
}
