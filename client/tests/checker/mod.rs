//! Compares what clients were told with what the histories hold.

mod findings;
mod held;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use findings::Findings;
pub(crate) use held::Held;

use crate::cluster::Message;

/// What became of taking a message back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Recall {
    /// It was not asked for.
    #[default]
    Never,
    /// It was asked for, and nobody knows whether it was done.
    Asked,
    /// It was acknowledged.
    Acked,
}

/// What a client knows of a message that it sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) sender_id: String,
    pub(crate) conversation_id: String,
    pub(crate) client_msg_id: String,
    pub(crate) content: String,
    /// The acknowledged seq; nothing when no answer came.
    pub(crate) seq: Option<i64>,
    /// It was definitely refused: it must not be in history.
    pub(crate) refused: bool,
    /// It was sent again while others of its sender were under way: where it stands among those is left open.
    pub(crate) unordered: bool,
    /// Whether its sender took it back.
    pub(crate) recall: Recall,
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
            let attempt = attempted.remove(&key(message)).filter(|sent| !sent.refused);
            let as_sent = attempt.is_some_and(|sent| holds_content(sent, message));
            // A SYSTEM message (4) has no sender who could know of it.
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
    key(stored) == key_of_sent(sent) && holds_content(sent, stored)
}

/// True when the content is what was sent, or gone because its sender took it back.
fn holds_content(sent: &Sent, stored: &Message) -> bool {
    match (sent.recall, stored.deleted) {
        (Recall::Never, false) | (Recall::Asked, false) => stored.content == sent.content,
        (Recall::Asked | Recall::Acked, true) => stored.content.is_empty(),
        (Recall::Never, true) | (Recall::Acked, false) => false,
    }
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

/// Acknowledged by one sender in another order than sent.
fn misordered(sent: &[Sent]) -> usize {
    let mut last: HashMap<(&str, &str), i64> = HashMap::new();
    let mut found = 0;
    for sent in sent {
        let Some(seq) = sent.seq.filter(|_| !sent.unordered) else { continue };
        let last = last.entry((&sent.conversation_id, &sent.sender_id)).or_default();
        found += usize::from(seq <= *last);
        *last = seq;
    }
    found
}
