//! The library's session against a real gateway, over a wire that is cut.

use std::time::Duration;

use client::{Account, Ended, Error, Event, Events, NewMessage, Reason, Server, Session};
use protos::ids::{ConversationId, UserId};

use crate::cluster::{Account as User, Size, TestCluster, within};
use crate::proxy::Proxy;

async fn sign_in(url: &str, user: &User) -> Account {
    within("signing in", Server::at(url).unwrap().log_in(&user.name, &user.password)).await.unwrap()
}

async fn connect(account: &Account) -> (Session, Events) {
    within("connecting", account.session().connect()).await.unwrap()
}

/// The texts of so many messages, in the order in which they came.
async fn texts(events: &mut Events, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        match within("a message comes", events.next()).await {
            Some(Event::Message(message)) => texts.push(message.content),
            Some(Event::Ended(why)) => panic!("{why}"),
            Some(_) => {}
            None => panic!("the session ended"),
        }
    }
    texts
}

#[tokio::test]
async fn every_message_arrives_once_and_in_order_over_a_wire_that_is_cut() {
    const COUNT: usize = 300;
    const CUT_EVERY: usize = 60;
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let proxy = Proxy::to(cluster.gateway(0).http).await;
    let (ann, bob) = (sign_in(&proxy.url(), &ann).await, sign_in(&proxy.url(), &bob).await);
    let conversation = ann.open_single(&bob.user().id).await.unwrap().id;
    let (session, _) = connect(&ann).await;
    let (_listening, mut events) = connect(&bob).await;

    let expected: Vec<String> = (1..=COUNT).map(|n| format!("text {n}")).collect();
    let sending = async {
        let mut under_way = Vec::new();
        for (number, text) in expected.iter().enumerate() {
            let new = NewMessage::text(&conversation, text.clone());
            under_way.push(session.send(new).await.unwrap());
            if number % CUT_EVERY == CUT_EVERY / 2 {
                // What was just sent is somewhere on the way.
                proxy.cut();
                proxy.mend();
            }
        }
        let mut seqs = Vec::new();
        for sending in under_way {
            seqs.push(within("an ack", sending).await.unwrap().seq.0);
        }
        seqs
    };
    let (seqs, heard) = tokio::join!(sending, texts(&mut events, COUNT));
    let last = i64::try_from(COUNT).unwrap();
    assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn a_session_that_does_not_listen_still_hears_its_acks() {
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let url = format!("http://{}", cluster.gateway(0).http);
    let (ann, bob) = (sign_in(&url, &ann).await, sign_in(&url, &bob).await);
    let conversation = ann.open_single(&bob.user().id).await.unwrap().id;
    let (anns, events) = within("connecting", ann.session().max_events(1).connect()).await.unwrap();
    drop(events);
    let (bobs, _) = connect(&bob).await;
    let mut under_way = Vec::new();
    for number in 0..1_000 {
        let new = NewMessage::text(&conversation, format!("{number}"));
        under_way.push(within("a place", bobs.send(new)).await.unwrap());
    }
    for told in under_way {
        within("bob's ack", told).await.unwrap();
    }
    let ack = anns.send(NewMessage::text(&conversation, "last")).await.unwrap();
    let ack = within("ann's ack", ack).await.unwrap();
    assert_eq!(ack.seq.0, 1_001);
    assert_eq!(within("reading", anns.mark_read(&conversation, ack.seq)).await.unwrap(), 0);
    within("a ping", anns.ping()).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_told_to_the_one_who_asked_and_the_session_lives_on() {
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let url = format!("http://{}", cluster.gateway(0).http);
    let ann = sign_in(&url, &ann).await;
    let conversation = ann.open_single(&UserId::from(bob.id)).await.unwrap().id;
    let (session, _events) = connect(&ann).await;
    let outcome = async |conversation: &ConversationId, text: String| {
        let told = session.send(NewMessage::text(conversation, text)).await.unwrap();
        within("an answer", told).await
    };
    let refused = async |conversation: &ConversationId, text: String, reason| {
        assert_eq!(outcome(conversation, text).await.unwrap_err().reason(), Some(reason));
    };
    refused(&"no-such".into(), "x".into(), Reason::ConversationNotFound).await;
    refused(&conversation, " ".into(), Reason::MessageEmpty).await;
    refused(&conversation, "x".repeat(33 * 1024), Reason::MessageTooLarge).await;
    refused(&conversation, "x".repeat(100 * 1024), Reason::MessageTooLarge).await;
    assert_eq!(outcome(&conversation, "fits".into()).await.unwrap().seq.0, 1);
    within("closing", session.close()).await;
    assert!(matches!(session.send(NewMessage::text(&conversation, "late")).await, Err(Error::Ended)));
}

#[tokio::test]
async fn tokens_are_renewed_when_the_server_no_longer_takes_them() {
    let cluster = TestCluster::start(Size::Small).await;
    let ann = cluster.sign_up("ann").await;
    let proxy = Proxy::to(cluster.gateway(0).http).await;
    let ann = sign_in(&proxy.url(), &ann).await;
    let (session, mut events) = connect(&ann).await;
    let stale = ann.access_token().await.unwrap();
    cluster.clock().advance(Duration::from_secs(16 * 60));
    proxy.cut();
    proxy.mend();
    within("a ping over a new connection", session.ping()).await.unwrap();
    assert_ne!(ann.access_token().await.unwrap(), stale);
    while !matches!(within("connected again", events.next()).await.unwrap(), Event::Connected(_)) {}
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let cluster = TestCluster::start(Size::Small).await;
    let ann = cluster.sign_up("ann").await;
    let url = format!("http://{}", cluster.gateway(0).http);
    let ann = sign_in(&url, &ann).await;
    let (_session, mut events) = connect(&ann).await;
    within("logging out", ann.log_out()).await.unwrap();
    let ended = loop {
        match within("the end", events.next()).await.unwrap() {
            Event::Ended(ended) => break ended,
            Event::Disconnected { code, .. } => assert_eq!(code, Some(4401)),
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(ended, Ended::SignedOut(_)), "{ended:?}");
    assert_eq!(events.next().await, None);
    let refused = within("a call", ann.conversations(1, 10)).await.unwrap_err();
    assert!(refused.is_stale_token(), "{refused:?}");
}
