//! What goes out to users.

use std::collections::HashSet;
use std::sync::Arc;

use bytestring::ByteString;
use protos::ids::{PushId, SessionId, UserId};
use protos::model::ChatEvent;
use serde_json::value::RawValue;

use crate::session::{chat, pushed};

/// An event, before it is a frame.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// What a backend job pushes: the frame's type, and its data as the job wrote it.
    Custom { kind: String, data: Box<RawValue> },
    /// What happened in chat.
    Chat(ChatEvent),
}

/// An event for users. Cloning it shares the event.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event: Arc<Event>,
    /// Distinct; none for WORLD. Deliveries of one call that go to the same users share the list.
    pub(crate) users: Arc<[UserId]>,
    /// For every session whose user has joined WORLD.
    pub(crate) world: bool,
    /// These sessions do not get it.
    pub(crate) exclude: HashSet<SessionId>,
    pub(crate) push_id: Option<PushId>,
}

impl Delivery {
    /// The frame that all sessions of this gateway share; `now` is in Unix seconds.
    pub(crate) fn frame(&self, now: i64) -> ByteString {
        match &*self.event {
            Event::Custom { kind, data } => pushed(kind, data, self.push_id.as_ref(), now),
            Event::Chat(event) => chat(event, now),
        }
    }

    /// True for what a later one makes worthless.
    pub(crate) fn is_signal(&self) -> bool {
        matches!(&*self.event, Event::Chat(event) if event.is_signal())
    }

    /// The same event for other users.
    pub(crate) fn to(&self, users: Arc<[UserId]>) -> Self {
        Self { users, ..self.clone() }
    }

    /// True when both go to the very same list of users, so that they may go together.
    pub(super) fn shares_users(&self, other: &Self) -> bool {
        !self.world && !other.world && Arc::ptr_eq(&self.users, &other.users)
    }

    /// Bytes on the wire, about.
    pub(crate) fn weight(&self) -> usize {
        const AROUND_AN_ID: usize = 3;
        const AROUND_AN_EVENT: usize = 1_024;
        let ids = self.users.iter().map(|user| user.as_str().len() + AROUND_AN_ID);
        let excluded = self.exclude.iter().map(|session| session.as_str().len() + AROUND_AN_ID);
        let event = match &*self.event {
            Event::Custom { kind, data } => kind.len() + data.get().len(),
            Event::Chat(ChatEvent::NewMessage(message)) => {
                message.content.len() + message.extra.len() + message.sender.avatar_url.len()
            }
            Event::Chat(ChatEvent::MembersAdded(changed) | ChatEvent::MembersRemoved(changed)) => {
                changed.user_ids.iter().map(|user| user.as_str().len() + AROUND_AN_ID).sum()
            }
            // A description and two addresses, or less.
            Event::Chat(_) => 8 * AROUND_AN_EVENT,
        };
        ids.chain(excluded).sum::<usize>() + event + AROUND_AN_EVENT
    }
}
