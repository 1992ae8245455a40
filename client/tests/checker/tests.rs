//! Every kind of breach is found.

use std::collections::HashMap;

use super::{Findings, Held, Recall, Sent, check};
use crate::cluster::Message;

fn message(seq: i64) -> Message {
    Message {
        id: format!("c.{seq}"),
        conversation_id: "c".into(),
        sender_id: "u".into(),
        sender_name: "ann".into(),
        kind: 1,
        content: format!("text {seq}"),
        seq,
        client_msg_id: format!("k{seq}"),
        extra: String::new(),
        deleted: false,
        created_at: 1,
    }
}

fn sent(message: &Message) -> Sent {
    Sent {
        sender_id: message.sender_id.clone(),
        conversation_id: message.conversation_id.clone(),
        client_msg_id: message.client_msg_id.clone(),
        content: message.content.clone(),
        seq: Some(message.seq),
        ..Sent::default()
    }
}

/// What is found when the history of three acknowledged messages is changed by hand.
fn found(change: impl FnOnce(&mut Vec<Message>)) -> Findings {
    let mut history: Vec<Message> = (1..=3).map(message).collect();
    let sent: Vec<Sent> = history.iter().map(sent).collect();
    change(&mut history);
    check(&HashMap::from([("c".to_owned(), history)]), &sent, std::iter::empty())
}

#[test]
fn every_kind_of_breach_is_found() {
    let clean = || Findings { acked: 3, ..Findings::default() };
    assert_eq!(found(|_| {}), clean());
    assert_eq!(found(|history| drop(history.pop())), Findings { lost: 1, ..clean() });
    assert_eq!(found(|history| history[2].seq = 4), Findings { lost: 1, gaps: 1, ..clean() });
    assert_eq!(found(|history| history[1].content.clear()), Findings { lost: 1, phantoms: 1, ..clean() });
    assert_eq!(found(|history| history.push(message(4))), Findings { phantoms: 1, ..clean() });
    let double = |history: &mut Vec<Message>| history.push(Message { seq: 4, ..message(3) });
    assert_eq!(found(double), Findings { doubled: 1, phantoms: 1, ..clean() });
}

#[test]
fn acks_out_of_order_and_altered_pushes_are_found() {
    let history: Vec<Message> = (1..=3).map(message).collect();
    let sent: Vec<Sent> = history.iter().rev().map(sent).collect();
    let altered = [message(2), Message { content: "other".into(), ..message(3) }, message(9)];
    let findings = check(&HashMap::from([("c".to_owned(), history)]), &sent, altered.iter());
    assert_eq!(findings, Findings { acked: 3, misordered: 2, altered: 2, ..Findings::default() });
}

/// What is found when one of three messages was taken back, as its sender saw it, and the history is then changed by hand.
fn found_after_recall(recall: Recall, change: impl FnOnce(&mut Message)) -> Findings {
    let mut history: Vec<Message> = (1..=3).map(message).collect();
    let mut sent: Vec<Sent> = history.iter().map(sent).collect();
    sent[1].recall = recall;
    change(&mut history[1]);
    check(&HashMap::from([("c".to_owned(), history)]), &sent, std::iter::empty())
}

fn take_back(message: &mut Message) {
    message.content.clear();
    message.deleted = true;
}

#[test]
fn a_recall_that_is_not_in_history_is_found_and_so_is_one_that_nobody_asked_for() {
    let clean = || Findings { acked: 3, ..Findings::default() };
    let wrong = || Findings { lost: 1, phantoms: 1, ..clean() };
    assert_eq!(found_after_recall(Recall::Acked, take_back), clean());
    assert_eq!(found_after_recall(Recall::Asked, take_back), clean());
    assert_eq!(found_after_recall(Recall::Asked, |_| {}), clean());
    assert_eq!(found_after_recall(Recall::Acked, |_| {}), wrong());
    assert_eq!(found_after_recall(Recall::Never, take_back), wrong());
    assert_eq!(found_after_recall(Recall::Acked, |message| message.deleted = true), wrong());
}

#[test]
fn what_was_refused_and_is_stored_is_found() {
    let refused = Sent { seq: None, refused: true, ..sent(&message(1)) };
    let findings = check(&HashMap::from([("c".to_owned(), vec![message(1)])]), &[refused], [].iter());
    assert_eq!(findings, Findings { phantoms: 1, ..Findings::default() });
}

#[test]
fn no_order_is_demanded_of_what_was_sent_again_beside_others() {
    let history: Vec<Message> = (1..=3).map(message).collect();
    let mut sent: Vec<Sent> = [3, 1, 2].map(|seq| sent(&message(seq))).into();
    sent[0].unordered = true;
    let histories = HashMap::from([("c".to_owned(), history)]);
    assert_eq!(check(&histories, &sent, [].iter()), Findings { acked: 3, ..Findings::default() });
}

/// A client that was told these messages, one after the other.
fn told(messages: &[Message]) -> Held {
    let mut held = Held::default();
    messages.iter().for_each(|message| held.hear(message));
    held
}

/// What a client misses, and what it holds that is not so.
fn difference(held: &Held, history: &[Message]) -> (usize, usize) {
    let difference = held.differs(history);
    (difference.missing + difference.unrecalled, difference.altered)
}

#[test]
fn a_client_shows_a_gap_until_it_is_filled() {
    let mut held = told(&[message(1), message(3)]);
    assert!(held.has_gap());
    assert_eq!(held.position(), (1, 0));
    held.hear(&message(2));
    assert!(!held.has_gap());
    assert_eq!(held.position(), (3, 0));
    held.stand(5, 2);
    assert!(held.has_gap(), "a sync told of later ones");
    assert_eq!(held.position(), (3, 2));
}

#[test]
fn what_a_client_lacks_or_holds_wrongly_is_found() {
    let history: Vec<Message> = (1..=3).map(message).collect();
    assert_eq!(difference(&told(&[message(2), message(1), message(3), message(1)]), &history), (0, 0));
    assert_eq!(difference(&told(&history[..2]), &history), (1, 0), "the last one did not come");
    assert_eq!(difference(&told(&[]), &history), (3, 0));
    let other = Message { content: "other".into(), ..message(3) };
    assert_eq!(difference(&told(&[message(1), message(2), other.clone()]), &history), (0, 1));
    assert_eq!(difference(&told(&[history.clone(), vec![other]].concat()), &history), (0, 1), "told twice");
    assert_eq!(difference(&told(&[history.clone(), vec![message(4)]].concat()), &history), (0, 1));
    let renamed = Message { sender_name: "bob".into(), ..message(1) };
    assert_eq!(difference(&told(&[renamed, message(2), message(3)]), &history), (0, 1));
}

#[test]
fn a_recall_that_did_not_come_is_missing_and_one_too_many_is_found() {
    let mut history: Vec<Message> = (1..=3).map(message).collect();
    let untouched = history.clone();
    take_back(&mut history[1]);
    let mut held = told(&untouched);
    assert_eq!(difference(&held, &history), (1, 0), "the recall did not come");
    held.recall(2, Some(1));
    assert_eq!((difference(&held, &history), held.position()), ((0, 0), (3, 1)));
    assert_eq!(difference(&held, &untouched), (0, 1), "nobody took it back");
    held.recall(3, Some(3));
    assert_eq!(held.position(), (3, 1), "change 2 did not come");
    // Recalled before it came, and told again by a sync.
    let mut early = Held::default();
    early.recall(2, None);
    untouched.iter().chain(&history).for_each(|message| early.hear(message));
    assert_eq!(difference(&early, &history), (0, 0));
}
