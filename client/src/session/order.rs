//! Each conversation's messages in order, once each; what is missing is found by its seq.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use protos::ids::{ConversationId, Seq};
use tokio::time::Instant;

use crate::model::Message;

/// A message that overtook another waits this long for it; then history is asked.
const PATIENCE: Duration = Duration::from_millis(300);
/// History that did not answer, or did not have it, is asked again after this.
const RETRY: Duration = Duration::from_secs(1);
/// Messages of one conversation that wait behind a gap. More are thrown away: history has them.
const MAX_AHEAD: usize = 1_000;

/// What has been seen, and what waits for its turn.
#[derive(Debug, Default)]
pub(super) struct Order {
    conversations: HashMap<ConversationId, Progress>,
    /// Conversations with a gap that is not being filled, by when to fill it.
    gaps: HashMap<ConversationId, Instant>,
    /// Whether [`Order::begin`] told of every conversation there was, so that any other is new to this user.
    knows_all: bool,
    /// New conversations that do not begin with their first message: where to begin is to be asked.
    unplaced: HashSet<ConversationId>,
}

#[derive(Debug, Default)]
struct Progress {
    /// Everything up to here was handed out, or is not expected; `None` while that is not known.
    seen: Option<Seq>,
    /// The highest seq heard of.
    highest: Seq,
    /// What came early; `None` is an own message, which is not handed out.
    ahead: BTreeMap<Seq, Option<Message>>,
    /// History is being asked.
    filling: bool,
}

/// A conversation's place as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) conversation: ConversationId,
    /// Its last message.
    pub(super) last: Seq,
    /// This user's read pointer.
    pub(super) read: Seq,
}

impl Order {
    /// A message came live; what is now in order is appended to `ready`.
    pub(super) fn heard(&mut self, message: Message, now: Instant, ready: &mut Vec<Message>) {
        let (conversation, seq) = (message.conversation_id.clone(), message.seq);
        let progress = self.conversations.entry(conversation.clone()).or_default();
        progress.put(seq, Some(message));
        if progress.seen.is_none() {
            if self.knows_all && seq > Seq(1) {
                self.unplaced.insert(conversation);
                return;
            }
            // The first that is heard of a conversation begins it.
            progress.seen = Some(Seq(seq.0 - 1));
        }
        self.advance(conversation, now + PATIENCE, ready);
    }

    /// An own message was stored at `seq`: its sender's session does not hear it.
    pub(super) fn acked(
        &mut self,
        conversation: &ConversationId,
        seq: Seq,
        now: Instant,
        ready: &mut Vec<Message>,
    ) {
        let progress = self.conversations.entry(conversation.clone()).or_default();
        if progress.seen.is_none() && progress.ahead.len() >= MAX_AHEAD {
            // So many later ones were acknowledged: nothing from before the first of them is still under way.
            progress.seen = Some(progress.highest);
            progress.ahead.clear();
        }
        if seq == Seq(1) {
            progress.seen.get_or_insert(Seq(0));
        }
        progress.put(seq, None);
        self.advance(conversation.clone(), now + PATIENCE, ready);
    }

    /// Where every conversation stands as the session begins: what came before is not handed out.
    pub(super) fn begin(&mut self, positions: Vec<Position>) {
        self.knows_all = true;
        for Position { conversation, last, .. } in positions {
            let progress = Progress { seen: Some(last), highest: last, ..Progress::default() };
            self.conversations.insert(conversation, progress);
        }
    }

    /// True when [`Order::catch_up`] is to be called for the sake of a new conversation.
    pub(super) fn has_unplaced(&self) -> bool {
        !self.unplaced.is_empty()
    }

    /// Where they stand after a break: what was missed is a gap to be filled at once. Of a conversation that is new to this user what
    /// was not read counts as missed: who joins one has read what came before.
    pub(super) fn catch_up(&mut self, positions: Vec<Position>, now: Instant, ready: &mut Vec<Message>) {
        for Position { conversation, last, read } in positions {
            let progress = self.conversations.entry(conversation.clone()).or_default();
            progress.seen.get_or_insert(read);
            progress.highest = progress.highest.max(last);
            self.unplaced.remove(&conversation);
            self.advance(conversation, now, ready);
        }
        // What the list does not have begins with what was heard of it.
        for conversation in std::mem::take(&mut self.unplaced) {
            let Some(progress) = self.conversations.get_mut(&conversation) else { continue };
            let first = progress.ahead.first_key_value().map_or(progress.highest, |(seq, _)| *seq);
            progress.seen.get_or_insert(Seq(first.0 - 1));
            self.advance(conversation, now + PATIENCE, ready);
        }
    }

    /// When the next gap is to be filled.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.gaps.values().min().copied()
    }

    /// At most `limit` gaps that have stayed long enough: the conversation, and the last seq before the gap. Each is to be
    /// answered by [`Order::filled`] or [`Order::not_filled`].
    pub(super) fn overdue(&mut self, now: Instant, limit: usize) -> Vec<(ConversationId, Seq)> {
        let due = self.gaps.iter().filter(|(_, at)| **at <= now).take(limit);
        let due: Vec<ConversationId> = due.map(|(conversation, _)| conversation.clone()).collect();
        due.into_iter()
            .filter_map(|conversation| {
                self.gaps.remove(&conversation);
                let progress = self.conversations.get_mut(&conversation)?;
                progress.filling = true;
                Some((conversation, progress.seen.unwrap_or_default()))
            })
            .collect()
    }

    /// A page of history after the gap's beginning, oldest first; `has_more` behind it.
    pub(super) fn filled(
        &mut self,
        conversation: ConversationId,
        page: Vec<Message>,
        has_more: bool,
        now: Instant,
        ready: &mut Vec<Message>,
    ) {
        let Some(progress) = self.conversations.get_mut(&conversation) else { return };
        progress.filling = false;
        let got_some = !page.is_empty();
        for message in page {
            progress.put(message.seq, Some(message));
        }
        let again = if has_more && got_some { now } else { now + RETRY };
        self.advance(conversation, again, ready);
    }

    /// History did not answer; `gone` when the conversation is not this user's any more.
    pub(super) fn not_filled(&mut self, conversation: &ConversationId, gone: bool, now: Instant) {
        if gone {
            self.conversations.remove(conversation);
            self.unplaced.remove(conversation);
        } else if let Some(progress) = self.conversations.get_mut(conversation) {
            progress.filling = false;
            self.gaps.insert(conversation.clone(), now + RETRY);
        }
    }

    /// Moves what is in order to `ready`, and notes a gap that is left to be filled at `fill_at`.
    fn advance(&mut self, conversation: ConversationId, fill_at: Instant, ready: &mut Vec<Message>) {
        let Some(progress) = self.conversations.get_mut(&conversation) else { return };
        progress.hand_out(ready);
        if !progress.has_gap() {
            self.gaps.remove(&conversation);
        } else if !progress.filling {
            let due = self.gaps.entry(conversation).or_insert(fill_at);
            *due = fill_at.min(*due);
        }
    }
}

impl Progress {
    fn put(&mut self, seq: Seq, message: Option<Message>) {
        if self.seen.is_some_and(|seen| seq <= seen) {
            return;
        }
        self.highest = self.highest.max(seq);
        let is_next = self.seen.is_some_and(|seen| seq == seen.next());
        if self.ahead.len() < MAX_AHEAD || is_next {
            self.ahead.entry(seq).or_insert(message);
        }
    }

    fn hand_out(&mut self, ready: &mut Vec<Message>) {
        let Some(seen) = &mut self.seen else { return };
        while let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() <= seen.next()) {
            let (seq, message) = entry.remove_entry();
            if seq > *seen {
                *seen = seq;
                ready.extend(message);
            }
        }
    }

    fn has_gap(&self) -> bool {
        self.seen.is_some_and(|seen| seen < self.highest)
    }
}

#[cfg(test)]
#[path = "order_test.rs"]
mod tests;
