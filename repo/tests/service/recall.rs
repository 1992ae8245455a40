//! Recalls and replies: what is allowed under the conversation's lock, over both databases.

use crate::support::api::{reason, text};
use crate::support::{TestDatabase, TestRepo};
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::types::{ConversationMemberRole as Role, Message};

crate::on_both_databases! {
    a_recall_is_the_senders_or_a_moderators,
    a_recall_is_numbered_once_however_often_it_is_asked_for,
    a_reply_names_a_message_that_is_there,
}

fn recall(message: &Message, operator: &str) -> pb::DeleteMessageRequest {
    pb::DeleteMessageRequest {
        message_id: message.id.clone(),
        operator_id: operator.to_owned(),
        ..Default::default()
    }
}

async fn a_recall_is_the_senders_or_a_moderators(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, eve) = (api.user("ann").await, api.user("bob").await, api.user("eve").await);
    let group = api.group(&ann, std::slice::from_ref(&bob)).await;
    let bobs = api.send(text(&group, &bob, "bob's")).await.unwrap();
    let anns = api.send(text(&group, &ann, "ann's")).await.unwrap();
    let as_admin = |message, operator| pb::DeleteMessageRequest {
        role_at_least: Role::Admin.into(),
        ..recall(message, operator)
    };
    let since = |message: &Message, operator, sent_since| pb::DeleteMessageRequest {
        sent_since,
        ..recall(message, operator)
    };
    let added = pb::ChangeMembersRequest {
        conversation_id: group.clone(),
        operator_id: ann.clone(),
        add_user_ids: vec![api.user("new").await],
        ..Default::default()
    };
    let notice = api.conversations.change_members(added).await.unwrap().into_inner().system_message.unwrap();
    for (request, expected) in [
        (recall(&bobs, &eve), Reason::MessageNotFound),
        (recall(&anns, &bob), Reason::Forbidden),
        (as_admin(&anns, &bob), Reason::Forbidden),
        (as_admin(&bobs, &bob), Reason::Forbidden),
        (since(&anns, &bob, 1), Reason::Forbidden),
        (since(&bobs, &bob, bobs.created_at + 1), Reason::RecallTimeExceeded),
        (recall(&notice, &ann), Reason::Forbidden),
        (as_admin(&notice, &ann), Reason::Forbidden),
        (since(&notice, &ann, 1), Reason::Forbidden),
        (since(&as_message(&group, 99), &ann, 1), Reason::MessageNotFound),
        (pb::DeleteMessageRequest { sent_since: 1, ..as_admin(&bobs, &ann) }, Reason::InvalidParameter),
    ] {
        assert_eq!(reason(api.messages.delete_message(request.clone()).await), expected, "{request:?}");
    }
    assert!(api.history(&group).await.iter().all(|message| !message.deleted), "nothing was recalled");
    for (request, change) in [(since(&bobs, &bob, bobs.created_at), 1), (as_admin(&anns, &ann), 2)] {
        let answer = api.messages.delete_message(request).await.unwrap().into_inner();
        assert_eq!(answer.change, change);
        assert!(answer.message.unwrap().deleted);
    }
    let single = api.single(&ann, &bob).await.conversation.unwrap().id;
    let hers = api.send(text(&single, &ann, "hers")).await.unwrap();
    assert_eq!(reason(api.messages.delete_message(recall(&hers, &bob)).await), Reason::Forbidden);
}

fn as_message(conversation: &str, seq: i64) -> Message {
    Message { id: format!("{conversation}.{seq}"), ..Message::default() }
}

async fn a_recall_is_numbered_once_however_often_it_is_asked_for(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, eve) = (api.user("ann").await, api.user("bob").await, api.user("eve").await);
    let group = api.group(&ann, &[bob.clone(), eve.clone()]).await;
    let bobs = api.send(text(&group, &bob, "bob's")).await.unwrap();
    let racing = (0..8).map(|_| {
        let (mut api, request) = (repo.api(), recall(&bobs, &bob));
        async move { api.messages.delete_message(request).await.unwrap().into_inner() }
    });
    let answers = futures::future::join_all(racing).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((answers[0].change, answers[0].operator_id.as_str()), (1, bob.as_str()));
    let late = pb::DeleteMessageRequest { sent_since: i64::MAX, ..recall(&bobs, &bob) };
    assert_eq!(api.messages.delete_message(late).await.unwrap().into_inner(), answers[0], "late once more");
    let by_owner = api.messages.delete_message(recall(&bobs, &ann)).await.unwrap().into_inner();
    assert_eq!(by_owner.operator_id, bob, "it was bob's recall");
    assert_eq!(reason(api.messages.delete_message(recall(&bobs, &eve)).await), Reason::Forbidden);
    let last = api.details(&eve, &group).await.unwrap().last_message.unwrap();
    assert!(last.deleted && last.content.is_empty());
}

async fn a_reply_names_a_message_that_is_there(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let (group, other) = (api.group(&ann, &[]).await, api.group(&ann, &[]).await);
    api.send(text(&other, &ann, "elsewhere")).await.unwrap();
    let reply = |key: &str, to: String| pb::SaveMessageRequest {
        extra: format!(r#"{{"replyTo":"{to}"}}"#),
        ..text(&group, &ann, key)
    };
    let refused = Err(Reason::InvalidParameter);
    assert_eq!(api.send(reply("k1", format!("{group}.1"))).await, refused, "not to itself");
    let first = api.send(text(&group, &ann, "first")).await.unwrap();
    assert_eq!(first.seq_id, 1, "what was refused took no seq");
    for nothing in [format!("{group}.2"), format!("{other}.1"), format!("{group}.0"), group.clone()] {
        assert_eq!(api.send(reply("k1", nothing)).await, refused);
    }
    assert_eq!(api.send(reply("k1", first.id.clone())).await.unwrap().seq_id, 2);
    // Within one batch, to the message before it.
    let batch =
        vec![text(&group, &ann, "k2"), reply("k3", format!("{group}.3")), reply("k4", format!("{group}.9"))];
    let outcomes = api.send_all(batch).await;
    let seqs: Vec<Option<i64>> =
        outcomes.into_iter().map(|saved| saved.ok().map(|saved| saved.message.unwrap().seq_id)).collect();
    assert_eq!(seqs, [Some(3), Some(4), None]);
    // To a message that is gone, and once more under a key that was stored before.
    api.messages.delete_message(recall(&first, &ann)).await.unwrap();
    assert_eq!(api.send(reply("k5", first.id.clone())).await.unwrap().seq_id, 5);
    assert_eq!(api.send(reply("k5", format!("{group}.99"))).await.unwrap().seq_id, 5, "a repetition");
}
