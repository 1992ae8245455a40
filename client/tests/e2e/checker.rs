//! Compares what clients were told with what the histories hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::cluster::Message;

/// What a client knows of a message that it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) sender_id: String,
    pub(crate) conversation_id: String,
    pub(crate) client_msg_id: String,
    pub(crate) content: String,
    /// The acknowledged seq; nothing when no answer came.
    pub(crate) seq: Option<i64>,
}

/// What was found; everything but `acked` must be 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Messages that were acknowledged.
    pub(crate) acked: usize,
    /// Acknowledged, and not in history at the acknowledged seq with the content that was sent.
    pub(crate) lost: usize,
    /// In history twice or more under one key of one sender.
    pub(crate) doubled: usize,
    /// Places at which a conversation's seqs do not go on by one.
    pub(crate) gaps: usize,
    /// In history, though nobody sent it.
    pub(crate) phantoms: usize,
    /// Acknowledged to one sender in another order than sent.
    pub(crate) misordered: usize,
    /// Pushed, and not in history just like that.
    pub(crate) altered: usize,
}

impl Findings {
    /// Demands that nothing is wrong.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(*self, Findings { acked: self.acked, ..Findings::default() });
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acked, lost, doubled, gaps, phantoms, misordered, altered } = self;
        write!(f, "{acked} acked, {lost} lost, {doubled} doubled, {gaps} gaps, {phantoms} phantoms, ")?;
        write!(f, "{misordered} misordered, {altered} altered")
    }
}

/// Every conversation's whole history, by conversation.
pub(crate) type Histories = HashMap<String, Vec<Message>>;

/// Holds all that was sent (in each sender's order) and all that was pushed against the histories.
pub(crate) fn check<'a>(
    histories: &Histories,
    sent: &[Sent],
    pushed: impl Iterator<Item = &'a Message>,
) -> Findings {
    let mut findings =
        Findings { acked: sent.iter().filter(|sent| sent.seq.is_some()).count(), ..Findings::default() };
    let mut attempted: BTreeMap<_, &Sent> = sent.iter().map(|sent| (key_of_sent(sent), sent)).collect();
    for history in histories.values() {
        findings.gaps += history.iter().zip(1..).filter(|(message, seq)| message.seq != *seq).count();
        let keys: BTreeSet<_> = history.iter().map(key).collect();
        findings.doubled += history.len() - keys.len();
        for message in history {
            // A SYSTEM message (4) has no sender who could know of it.
            let as_sent = attempted.remove(&key(message)).is_some_and(|sent| sent.content == message.content);
            findings.phantoms += usize::from(!as_sent && message.kind != 4);
        }
    }
    for sent in sent {
        let stored = sent.seq.map(|seq| at(histories, &sent.conversation_id, seq));
        let matches = stored.map(|stored| stored.is_some_and(|stored| is_stored(sent, stored)));
        findings.lost += usize::from(matches == Some(false));
    }
    findings.misordered = misordered(sent);
    findings.altered =
        pushed.filter(|pushed| at(histories, &pushed.conversation_id, pushed.seq) != Some(pushed)).count();
    findings
}

fn is_stored(sent: &Sent, stored: &Message) -> bool {
    key(stored) == key_of_sent(sent) && stored.content == sent.content
}

fn key(message: &Message) -> (&str, &str, &str) {
    (&message.conversation_id, &message.sender_id, &message.client_msg_id)
}

fn key_of_sent(sent: &Sent) -> (&str, &str, &str) {
    (&sent.conversation_id, &sent.sender_id, &sent.client_msg_id)
}

fn at<'a>(histories: &'a Histories, conversation: &str, seq: i64) -> Option<&'a Message> {
    let place = usize::try_from(seq).ok()?.checked_sub(1)?;
    histories.get(conversation)?.get(place).filter(|message| message.seq == seq)
}

fn misordered(sent: &[Sent]) -> usize {
    let mut last: HashMap<(&str, &str), i64> = HashMap::new();
    let mut found = 0;
    for sent in sent {
        let Some(seq) = sent.seq else { continue };
        let last = last.entry((&sent.conversation_id, &sent.sender_id)).or_default();
        found += usize::from(seq <= *last);
        *last = seq;
    }
    found
}

mod tests {
    use super::*;

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
}
