//! What a client that was away is told, over both databases.

use crate::support::api::{reason, text};
use crate::support::{Api, TestDatabase, TestRepo};
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::types::{
    ConversationMemberRole, SyncPosition, SyncRequest, SyncResponse, SyncedConversation,
};

crate::on_both_databases! {
    messages_and_recalls_since_a_position,
    the_others_are_listed_and_what_is_not_ones_own_is_gone,
    a_limit_is_shared_and_says_what_it_cut,
    large_messages_end_an_answer_early_and_starve_nobody,
    many_recalls_come_in_parts,
    a_sync_that_makes_no_sense_is_refused,
}

fn position(conversation: &str, seq_id: i64, change: i64) -> SyncPosition {
    SyncPosition { conversation_id: conversation.to_owned(), seq_id, change }
}

async fn sync(
    api: &mut Api,
    user: &str,
    limit: i32,
    partial: bool,
    positions: &[SyncPosition],
) -> SyncResponse {
    let request = SyncRequest { user_id: user.to_owned(), positions: positions.to_vec(), limit, partial };
    api.messages.sync(request).await.unwrap().into_inner()
}

async fn recall(api: &mut Api, operator: &str, conversation: &str, seq: i64) {
    let request = pb::DeleteMessageRequest {
        message_id: format!("{conversation}.{seq}"),
        operator_id: operator.to_owned(),
        ..Default::default()
    };
    api.messages.delete_message(request).await.unwrap();
}

async fn send_many(api: &mut Api, user: &str, conversation: &str, count: usize) {
    let requests = (0..count).map(|key| text(conversation, user, &key.to_string())).collect();
    assert!(api.send_all(requests).await.iter().all(Result::is_ok));
}

fn seqs(part: &SyncedConversation) -> Vec<i64> {
    part.messages.iter().map(|message| message.seq_id).collect()
}

/// Seq and change of each recall.
fn recalls(part: &SyncedConversation) -> Vec<(i64, i64)> {
    part.recalls.iter().map(|recall| (recall.seq_id, recall.change)).collect()
}

async fn messages_and_recalls_since_a_position(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    send_many(&mut api, &ann, &group, 6).await;
    for seq in [2, 5, 3] {
        recall(&mut api, &ann, &group, seq).await;
    }
    // Bob has four messages, and knows that the second is gone.
    let answer = sync(&mut api, &bob, 0, true, &[position(&group, 4, 1)]).await;
    let part = &answer.conversations[0];
    assert_eq!((seqs(part), recalls(part)), (vec![5, 6], vec![(3, 3)]));
    assert_eq!((part.last_seq_id, part.change, part.read_seq_id, part.has_more), (6, 3, 0, false));
    assert_eq!(part.recalls[0].operator_id, ann);
    assert!(part.messages[0].deleted && part.messages[0].content.is_empty());
    assert_eq!(part.messages[1].sender.as_ref().unwrap().username, "ann");
    assert_eq!(part.messages[1].content, "content of 5");
    // Whoever is up to date gets nothing; whoever claims too much, too.
    for (seq, change) in [(6, 3), (99, 99)] {
        let answer = sync(&mut api, &bob, 0, true, &[position(&group, seq, change)]).await;
        let part = &answer.conversations[0];
        assert_eq!((seqs(part), recalls(part), part.has_more), (vec![], vec![], false));
        assert_eq!((part.last_seq_id, part.change), (6, 3));
    }
    // From nothing, a message bears its recall.
    let answer = sync(&mut api, &bob, 0, true, &[position(&group, 0, 0)]).await;
    let part = &answer.conversations[0];
    assert_eq!((seqs(part), recalls(part), part.change), (vec![1, 2, 3, 4, 5, 6], vec![], 3));
    // A bare seq knows of no recall.
    let answer = sync(&mut api, &bob, 0, true, &[position(&group, 6, 0)]).await;
    assert_eq!(recalls(&answer.conversations[0]), [(2, 1), (5, 2), (3, 3)]);
}

async fn the_others_are_listed_and_what_is_not_ones_own_is_gone(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let (one, two, anns) = (
        api.group(&ann, std::slice::from_ref(&bob)).await,
        api.group(&bob, &[]).await,
        api.group(&ann, &[]).await,
    );
    send_many(&mut api, &bob, &two, 3).await;
    send_many(&mut api, &ann, &anns, 3).await;
    let named = [position("nowhere", 4, 0), position(&one, 0, 0), position(&anns, 1, 0)];
    let answer = sync(&mut api, &bob, 0, false, &named).await;
    assert_eq!(answer.gone, ["nowhere", anns.as_str()]);
    let listed: Vec<&str> = answer.conversations.iter().map(|part| part.conversation_id.as_str()).collect();
    assert_eq!(listed, [one.as_str(), two.as_str()]);
    let part = &answer.conversations[1];
    assert_eq!((part.last_seq_id, part.read_seq_id, part.messages.len(), part.has_more), (3, 3, 0, false));
    let answer = sync(&mut api, &bob, 0, true, &named).await;
    assert_eq!((answer.conversations.len(), answer.gone.len()), (1, 2));
    // Who comes later sees the whole history; who was removed sees nothing.
    let change = pb::ChangeMembersRequest {
        conversation_id: anns.clone(),
        operator_id: ann.clone(),
        add_user_ids: vec![bob.clone()],
        ..Default::default()
    };
    api.conversations.change_members(change.clone()).await.unwrap();
    let answer = sync(&mut api, &bob, 0, true, &[position(&anns, 0, 0)]).await;
    assert_eq!((seqs(&answer.conversations[0]), answer.conversations[0].read_seq_id), (vec![1, 2, 3, 4], 3));
    let removal =
        pb::ChangeMembersRequest { add_user_ids: Vec::new(), remove_user_ids: vec![bob.clone()], ..change };
    api.conversations.change_members(removal).await.unwrap();
    let answer = sync(&mut api, &bob, 0, false, &[position(&anns, 4, 0)]).await;
    assert_eq!(answer.gone, [anns]);
    // What is hidden from the list is told to who names it only, until its next message.
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let hide = pb::DeleteConversationRequest {
        conversation_id: single.clone(),
        operator_id: bob.clone(),
        operator_role: ConversationMemberRole::Member.into(),
    };
    api.conversations.delete_conversation(hide).await.unwrap();
    let is_listed =
        |answer: &SyncResponse| answer.conversations.iter().any(|part| part.conversation_id == single);
    assert!(!is_listed(&sync(&mut api, &bob, 0, false, &[]).await));
    assert!(is_listed(&sync(&mut api, &bob, 0, true, &[position(&single, 0, 0)]).await));
    api.send(text(&single, &ann, "hello")).await.unwrap();
    assert!(is_listed(&sync(&mut api, &bob, 0, false, &[]).await));
}

async fn a_limit_is_shared_and_says_what_it_cut(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let (long, short, last) =
        (api.group(&ann, &[]).await, api.group(&ann, &[]).await, api.group(&ann, &[]).await);
    send_many(&mut api, &ann, &long, 450).await;
    send_many(&mut api, &ann, &short, 3).await;
    send_many(&mut api, &ann, &last, 100).await;
    recall(&mut api, &ann, &long, 1).await;
    let named = [position(&long, 100, 0), position(&short, 0, 0), position(&last, 40, 0)];
    let answer = sync(&mut api, &ann, 53, true, &named).await;
    let told: Vec<(Vec<i64>, bool)> =
        answer.conversations.iter().map(|part| (seqs(part), part.has_more)).collect();
    let range = |from: i64, to: i64| (from..=to).collect::<Vec<_>>();
    assert_eq!(told, [(range(101, 125), true), (range(1, 3), false), (range(41, 65), true)]);
    let part = &answer.conversations[0];
    assert_eq!((recalls(part), part.change), (vec![], 0), "recalls come with the last messages");
    // The default, and on until the end.
    let (mut seq, mut pages) = (0, Vec::new());
    loop {
        let answer = sync(&mut api, &ann, 0, true, &[position(&long, seq, 0)]).await;
        let part = &answer.conversations[0];
        pages.push(part.messages.len());
        assert_eq!(part.messages[0].seq_id, seq + 1);
        seq = part.messages.last().unwrap().seq_id;
        if !part.has_more {
            assert_eq!((recalls(part), part.change), (vec![(1, 1)], 1));
            break;
        }
    }
    assert_eq!(pages, [200, 200, 50]);
}

async fn large_messages_end_an_answer_early_and_starve_nobody(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let (large, small) = (api.group(&ann, &[]).await, api.group(&ann, &[]).await);
    let whole = |key: usize| pb::SaveMessageRequest {
        content: "x".repeat(32 * 1024),
        ..text(&large, &ann, &key.to_string())
    };
    for batch in 0..5 {
        api.send_all((batch * 20..batch * 20 + 20).map(whole).collect()).await;
    }
    send_many(&mut api, &ann, &small, 30).await;
    let named = [position(&large, 0, 0), position(&small, 0, 0)];
    let answer = sync(&mut api, &ann, 1_000, true, &named).await;
    let [large, small] = &answer.conversations[..] else { panic!("{answer:?}") };
    assert_eq!((large.messages.len(), large.has_more), (64, true), "2 MiB");
    assert_eq!((small.messages.len(), small.has_more), (30, false));
}

async fn many_recalls_come_in_parts(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let group = api.group(&ann, &[]).await;
    send_many(&mut api, &ann, &group, 1_200).await;
    // As 1,200 recalls would leave it, the last message first.
    database.execute(
        "UPDATE messages SET deleted = TRUE, content = '', change = 1201 - seq_id, recalled_by = sender_id;
         UPDATE conversations SET last_change = 1200 WHERE last_seq = 1200",
    );
    let first = sync(&mut api, &ann, 0, true, &[position(&group, 1_200, 0)]).await;
    let part = &first.conversations[0];
    assert_eq!((part.recalls.len(), part.change, part.has_more), (1_000, 1_000, true));
    assert_eq!(recalls(part)[..2], [(1_200, 1), (1_199, 2)]);
    let rest = sync(&mut api, &ann, 0, true, &[position(&group, 1_200, 1_000)]).await;
    let part = &rest.conversations[0];
    assert_eq!((part.recalls.len(), part.change, part.has_more), (200, 1_200, false));
    // Of what the client does not have, it is told nothing.
    let few = sync(&mut api, &ann, 0, true, &[position(&group, 1_200, 1_199)]).await;
    assert_eq!(recalls(&few.conversations[0]), [(1, 1_200)]);
}

async fn a_sync_that_makes_no_sense_is_refused(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let request = |positions, limit| SyncRequest { user_id: ann.clone(), positions, limit, partial: false };
    let many = (0..1_001).map(|number| position(&number.to_string(), 0, 0)).collect();
    for bad in [
        request(vec![position("c", -1, 0)], 0),
        request(vec![position("c", 0, -1)], 0),
        request(vec![position("c", 1, 0), position("c", 2, 0)], 0),
        request(many, 0),
        request(Vec::new(), -1),
        SyncRequest::default(),
    ] {
        assert_eq!(reason(api.messages.sync(bad).await), Reason::InvalidParameter);
    }
    let nobody = SyncRequest { user_id: "nobody".into(), ..SyncRequest::default() };
    assert_eq!(api.messages.sync(nobody).await.unwrap().into_inner(), SyncResponse::default());
}
