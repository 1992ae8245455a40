//! Telling of a change once it is stored.

use futures::future::{BoxFuture, FutureExt, join_all};
use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::model::{ChatEvent, ConversationType, Message, SavedMessage};

use crate::fanout::{EVENT_BYTES, Fanout, Parcel, Receivers, Slot};

/// An event that shows a conversation carries its description and two pictures' addresses.
const SHOWN_BYTES: usize = 2 * EVENT_BYTES;
/// A user's id in an event, or in the SYSTEM message that names everybody who was added.
const NAMED_BYTES: usize = 64;

/// Room for what tells of one change, taken before the change is stored: so whatever is stored is told, too.
pub(super) struct Announcement {
    conversation_id: ConversationId,
    slots: Vec<Slot>,
    on_their_way: Vec<BoxFuture<'static, ()>>,
}

impl Announcement {
    /// Takes room for so many events, each of which names up to so many users.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when the conversation's shard is saturated.
    pub(super) fn reserve(
        fanout: &Fanout,
        conversation_id: &ConversationId,
        events: usize,
        users: usize,
    ) -> Result<Self> {
        let bytes = SHOWN_BYTES + users * NAMED_BYTES;
        let slots = (0..events).map(|_| fanout.reserve(conversation_id, bytes)).collect::<Result<_>>()?;
        Ok(Self { conversation_id: conversation_id.clone(), slots, on_their_way: Vec::new() })
    }

    /// A stored SYSTEM message of a group, for its members; it has its place among the other messages.
    pub(super) fn message(&mut self, message: Option<Message>, member_version: i64) {
        let Some(message) = message else { return };
        let saved = SavedMessage {
            message,
            duplicate: false,
            member_version,
            conversation_type: ConversationType::Group,
        };
        self.give(|slot| slot.hand_over(saved, None).boxed());
    }

    /// An event for the members by the list of this version or later.
    pub(super) fn tell_members(&mut self, event: ChatEvent, member_version: i64) {
        let receivers = Receivers::Members(self.conversation_id.clone(), member_version);
        self.give_event(event, receivers);
    }

    /// An event for these users.
    pub(super) fn tell_users(&mut self, event: ChatEvent, users: &[UserId]) {
        self.give_event(event, Receivers::Users(users.into()));
    }

    /// Ends when all of it has reached a gateway, or was given up.
    pub(super) async fn arrived(self) {
        join_all(self.on_their_way).await;
    }

    fn give_event(&mut self, event: ChatEvent, receivers: Receivers) {
        self.give(|slot| slot.announce(Parcel { event, receivers, exclude: None }).boxed());
    }

    fn give(&mut self, hand_over: impl FnOnce(Slot) -> BoxFuture<'static, ()>) {
        match self.slots.pop() {
            Some(slot) => self.on_their_way.push(hand_over(slot)),
            None => tracing::error!("an event has no room: too little was reserved"),
        }
    }
}
