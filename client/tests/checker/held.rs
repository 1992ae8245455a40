//! What a client holds of one conversation, kept as the contract asks: ordered and freed of doubles by seq, so that a gap shows.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::cluster::Message;

/// A message's fingerprint: hundreds of clients hold the same messages. What a recall takes away stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Print {
    frame: u64,
    body: u64,
}

impl Print {
    fn of(message: &Message) -> Self {
        let Message { id, conversation_id, sender_id, sender_name, kind, client_msg_id, .. } = message;
        let frame = (id, conversation_id, sender_id, sender_name, kind, client_msg_id, message.created_at);
        Self { frame: hash(frame), body: hash((&message.content, &message.extra)) }
    }
}

/// Messages by seq, and what has been taken back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    messages: BTreeMap<i64, Print>,
    recalled: BTreeSet<i64>,
    /// Everything up to here is held.
    through: i64,
    /// The highest seq heard of.
    highest: i64,
    /// The change up to which all recalls are known.
    change: i64,
    /// Messages that came a second time as something else.
    contradictions: usize,
}

/// How what is held differs from history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// In history, and not held.
    pub(crate) missing: usize,
    /// Recalled in history, and not here.
    pub(crate) unrecalled: usize,
    /// The first seq that is missing or unrecalled.
    pub(crate) first: Option<i64>,
    /// Held, and not in history just like that.
    pub(crate) altered: usize,
}

impl Held {
    /// A message came, by whatever way.
    pub(crate) fn hear(&mut self, message: &Message) {
        let print = Print::of(message);
        let first = *self.messages.entry(message.seq).or_insert(print);
        if message.deleted {
            self.recalled.insert(message.seq);
        }
        // A recalled one comes without its body.
        let same = first.frame == print.frame && (message.deleted || first.body == print.body);
        if !same && !self.recalled.contains(&message.seq) {
            self.contradictions += 1;
        }
        self.highest = self.highest.max(message.seq);
        while self.messages.contains_key(&(self.through + 1)) {
            self.through += 1;
        }
    }

    /// A message was taken back, whether it has come or not. Only the next change tells that none was missed.
    pub(crate) fn recall(&mut self, seq: i64, change: Option<i64>) {
        self.recalled.insert(seq);
        if change == Some(self.change + 1) {
            self.change += 1;
        }
    }

    /// A sync's answer says where the conversation stands.
    pub(crate) fn stand(&mut self, last: i64, change: i64) {
        self.highest = self.highest.max(last);
        self.change = self.change.max(change);
    }

    /// True while something before the highest seq heard of is missing.
    pub(crate) fn has_gap(&self) -> bool {
        self.through < self.highest
    }

    /// What a sync says: everything up to this seq and this change is known.
    pub(crate) fn position(&self) -> (i64, i64) {
        (self.through, self.change)
    }

    /// Compares with the conversation's history.
    pub(crate) fn differs(&self, history: &[Message]) -> Difference {
        let mut difference = Difference { altered: self.contradictions, ..Difference::default() };
        let mut unknown = self.messages.len();
        for message in history {
            let Some(held) = self.messages.get(&message.seq) else {
                difference.missing += 1;
                difference.first.get_or_insert(message.seq);
                continue;
            };
            unknown -= 1;
            let stored = Print::of(message);
            let recalled = self.recalled.contains(&message.seq);
            let same = held.frame == stored.frame && (message.deleted || held.body == stored.body);
            difference.altered += usize::from(!same || (recalled && !message.deleted));
            if message.deleted && !recalled {
                difference.unrecalled += 1;
                difference.first.get_or_insert(message.seq);
            }
        }
        difference.altered += unknown;
        difference
    }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
