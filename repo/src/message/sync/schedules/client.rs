//! A client as the contract describes it.

use std::collections::{BTreeMap, VecDeque};

use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{Message, SyncPosition, SyncRequest, Synced};

use super::world::{Frame, Shown};

/// What it has of a conversation.
#[derive(Debug, Default)]
struct Local {
    /// By seq. A recall of what has not come yet leaves a tombstone, which the message does not bring back to life.
    messages: BTreeMap<i64, Shown>,
    /// Every recall up to here is known.
    change: i64,
    read: i64,
    has_more: bool,
}

impl Local {
    /// Every message up to here is there.
    fn seen(&self) -> i64 {
        (1..).zip(self.messages.keys()).take_while(|(expected, seq)| expected == *seq).count() as i64
    }

    fn put(&mut self, message: Message) {
        let shown = (message.content, message.deleted);
        let held = self.messages.entry(message.seq.0).or_insert_with(|| shown.clone());
        if shown.1 {
            *held = shown;
        }
    }

    fn bury(&mut self, seq: Seq) {
        self.messages.insert(seq.0, (String::new(), true));
    }
}

#[derive(Debug, Default)]
pub(super) struct Client {
    connected: bool,
    under_way: VecDeque<Frame>,
    held: BTreeMap<ConversationId, Local>,
    /// The last answer told of conversations that were not known before.
    learnt: bool,
}

impl Client {
    /// A frame is on its way to it, if it is connected.
    pub(super) fn send(&mut self, frame: Frame) {
        if self.connected {
            self.under_way.push_back(frame);
        }
    }

    pub(super) fn connect(&mut self) {
        self.connected = true;
    }

    pub(super) fn disconnect(&mut self) {
        self.connected = false;
        self.under_way.clear();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn lose_next(&mut self) {
        self.under_way.pop_front();
    }

    /// Messages and recalls overtake each other; who is removed and added again hears it in that order.
    pub(super) fn swap_next(&mut self) {
        let may = |frame: &Frame| matches!(frame, Frame::Message(_) | Frame::Recalled { .. });
        if self.under_way.len() > 1 && self.under_way.iter().take(2).all(may) {
            self.under_way.swap(0, 1);
        }
    }

    pub(super) fn hear_next(&mut self) {
        match self.under_way.pop_front() {
            None => {}
            Some(Frame::Message(message)) => {
                self.held.entry(message.conversation_id.clone()).or_default().put(message);
            }
            Some(Frame::Recalled { conversation, seq, change }) => {
                let local = self.held.entry(conversation).or_default();
                local.bury(seq);
                // One that is not the next leaves those before it unknown.
                if change == local.change + 1 {
                    local.change = change;
                }
            }
            Some(Frame::Added(conversation)) => {
                self.held.entry(conversation).or_default();
            }
            Some(Frame::Removed(conversation)) => {
                self.held.remove(&conversation);
            }
        }
    }

    pub(super) fn hear_all(&mut self) {
        while !self.under_way.is_empty() {
            self.hear_next();
        }
    }

    /// The `sync` that it sends.
    pub(super) fn request(&self, user: &UserId, limit: u32, partial: bool) -> SyncRequest {
        let positions = self.held.iter().map(|(id, local)| SyncPosition {
            conversation_id: id.clone(),
            seq: Seq(local.seen()),
            change: local.change,
        });
        SyncRequest::new(user.clone(), positions.collect(), limit as i32, partial).unwrap()
    }

    /// The answer to it.
    pub(super) fn synced(&mut self, synced: Synced) {
        self.learnt = false;
        for gone in synced.gone {
            self.held.remove(&gone);
        }
        for part in synced.conversations {
            let known = self.held.contains_key(&part.conversation_id);
            let local = self.held.entry(part.conversation_id).or_default();
            local.read = part.read.0;
            if !known {
                // Listed, not asked for: it is named next time, from its beginning.
                self.learnt = true;
                continue;
            }
            part.messages.into_iter().for_each(|message| local.put(message));
            part.recalls.into_iter().for_each(|recall| local.bury(recall.seq));
            local.change = local.change.max(part.change);
            local.has_more = part.has_more;
        }
    }

    /// The last answer left nothing to ask for.
    pub(super) fn has_all(&self) -> bool {
        !self.learnt && self.held.values().all(|local| !local.has_more)
    }

    pub(super) fn held(&self) -> BTreeMap<ConversationId, BTreeMap<i64, Shown>> {
        self.held.iter().map(|(id, local)| (id.clone(), local.messages.clone())).collect()
    }

    pub(super) fn read_pointer(&self, conversation: &ConversationId) -> i64 {
        self.held[conversation].read
    }
}
