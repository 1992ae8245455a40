//! A removed member can store nothing after the removal returns, and no message with a later seq reaches them.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use protos::Reason;

use crate::cluster::{Frame, Session, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    a_member_who_is_removed_while_sending_stores_nothing_more,
    a_removed_member_gets_nothing_more,
    a_member_who_comes_back_is_a_member_again,
);

/// Times that the race is run: who wins differs.
const RACES: usize = 5;
/// Messages that race the removal through each gateway.
const SENDS: usize = 40;

async fn a_member_who_is_removed_while_sending_stores_nothing_more(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let sessions = [cluster.connect(&bob, 0).await, cluster.connect(&bob, 1).await];
    for race in 0..RACES {
        let group = cluster.api(0).create_group(&ann, &[&bob, &carl]).await;
        let removed = AtomicBool::new(false);
        let sending = sessions.iter().enumerate().map(async |(gateway, session)| {
            let mut acked_late = 0;
            for number in 0..SENDS {
                let begun_after = removed.load(Ordering::SeqCst);
                let answer = session.send_message(&group, "mine", &format!("{gateway}-{number}")).await;
                assert!(is_ack_or(&answer, Reason::ConversationNotFound), "{answer:?}");
                acked_late += usize::from(begun_after && answer.kind == "message-ack");
            }
            acked_late
        });
        let removing = async {
            // Each race at another moment of the sending.
            sessions[0].frame("the race is on", |frame| is_ack_of(frame, &group, race)).await;
            cluster.logic(race).remove_member(&ann.id, &group, &bob.id).await;
            removed.store(true, Ordering::SeqCst);
        };
        let (acked_late, ()) = tokio::join!(join_all(sending), removing);
        assert_eq!(acked_late, [0, 0], "messages begun after the removal had returned were acknowledged");

        let history = cluster.api(1).history(&carl, &group).await;
        let notice = history.iter().position(|message| message.kind == 4).unwrap();
        let later = &history[notice + 1..];
        assert_eq!(later, [], "stored after the removal");
        assert_eq!(
            cluster.logic(0).send(&bob.id, &group, "x", "late").await,
            Err(Reason::ConversationNotFound)
        );
        cluster.api(0).send(&bob, &group, "x", "late").await.refused(404, "CONVERSATION_NOT_FOUND");
    }
}

async fn a_removed_member_gets_nothing_more(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob, &carl]).await;
    let bobs = [cluster.connect(&bob, 0).await, cluster.connect(&bob, 1).await];
    let carls = cluster.connect(&carl, 1).await;
    let anns = [cluster.connect(&ann, 0).await, cluster.connect(&ann, 1).await];
    // The member list is in every cache by then.
    for (number, session) in anns.iter().enumerate() {
        session.send(&group, "before", &format!("before{number}")).await;
    }
    for session in &bobs {
        session.messages_pushed(&group, 2).await;
    }
    let flood = async |name: &str| {
        let sends = (0..SENDS).map(async |n| {
            anns[n % 2].send(&group, "hello", &format!("{name}{n}")).await;
        });
        join_all(sends).await;
    };
    let removal = async { cluster.logic(1).remove_member(&ann.id, &group, &bob.id).await };
    tokio::join!(flood("during"), removal);
    flood("after").await;

    let history = cluster.api(0).history(&carl, &group).await;
    let notice = history.iter().find(|message| message.kind == 4).unwrap().seq;
    let last = history.last().unwrap().client_msg_id.clone();
    carls.message(&group, &last).await;
    let sessions: Vec<&Session> = bobs.iter().collect();
    cluster.settle(&sessions).await;
    for session in &bobs {
        let late: Vec<i64> =
            session.pushed(&group).iter().map(|message| message.seq).filter(|seq| *seq > notice).collect();
        assert!(late.is_empty(), "seqs {late:?} after the removal at {notice}");
    }
    cluster
        .api(1)
        .get(&bob, &format!("/conversations/{group}/messages"))
        .await
        .refused(404, "CONVERSATION_NOT_FOUND");
}

async fn a_member_who_comes_back_is_a_member_again(cluster: &mut TestCluster) {
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    let session = cluster.connect(&bob, 1).await;
    cluster.logic(0).remove_member(&ann.id, &group, &bob.id).await;
    cluster.logic(0).send(&ann.id, &group, "without bob", "k1").await.unwrap();
    cluster.logic(1).add_members(&ann.id, &group, &[&bob.id]).await;
    cluster.logic(1).send(&ann.id, &group, "with bob", "k2").await.unwrap();
    let pushed = session.message(&group, "k2").await;
    let history = cluster.api(1).history(&bob, &group).await;
    let texts: Vec<&str> =
        history.iter().filter(|message| message.kind == 1).map(|message| message.content.as_str()).collect();
    assert_eq!(texts, ["without bob", "with bob"], "who joins sees the whole history");
    assert_eq!(history.last(), Some(&pushed));
    assert!(session.send(&group, "thanks", "k3").await.seq > pushed.seq);
}

fn is_ack_or(frame: &Frame, reason: Reason) -> bool {
    frame.kind == "message-ack" || (frame.kind == "error" && frame.data["code"] == reason.as_str())
}

/// True for the ack of the message that a race waits for.
fn is_ack_of(frame: &Frame, group: &str, race: usize) -> bool {
    let key = format!("0-{}", race * 5);
    frame.kind == "message-ack"
        && frame.data["conversationId"] == *group
        && frame.data["client_msg_id"] == *key
}
