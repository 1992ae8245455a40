//! A parcel with its receivers found, ready for a call.

use std::ops::Range;
use std::sync::Arc;

use kit::grpc::BATCH_BYTES;
use protos::ids::UserId;
use protos::model::Debt;

use super::convert;
use super::courier::Parcel;

/// Receivers in one delivery; a larger conversation's message takes several.
const RECEIVERS_AT_ONCE: usize = 10_000;

/// A parcel for some users. Cloning it shares the parcel and the list: a call that is tried again is made of them anew.
#[derive(Clone, Debug)]
pub(super) struct Addressed {
    pub(super) parcel: Arc<Parcel>,
    to: To,
}

#[derive(Clone, Debug)]
enum To {
    /// These of the list.
    Users(Arc<[UserId]>, Range<usize>),
    /// Everybody who has joined WORLD.
    World,
}

impl Addressed {
    /// A parcel for everybody who has joined WORLD.
    pub(super) fn to_world(parcel: Parcel) -> Vec<Self> {
        vec![Self { parcel: Arc::new(parcel), to: To::World }]
    }

    /// A parcel for these users, as many to each as fit into a call.
    pub(super) fn to_users(parcel: Parcel, users: &Arc<[UserId]>) -> Vec<Self> {
        let parcel = Arc::new(parcel);
        let part = |from: usize| {
            let to = To::Users(Arc::clone(users), from..users.len().min(from + RECEIVERS_AT_ONCE));
            Self { parcel: Arc::clone(&parcel), to }
        };
        (0..users.len()).step_by(RECEIVERS_AT_ONCE).map(part).collect()
    }

    /// Whom it is for by name.
    pub(super) fn users(&self) -> &[UserId] {
        match &self.to {
            To::Users(list, part) => list.get(part.clone()).unwrap_or_default(),
            To::World => &[],
        }
    }

    pub(super) fn is_to_world(&self) -> bool {
        matches!(self.to, To::World)
    }

    /// True when it goes to the very users that the one before it goes to, which are then named once.
    pub(super) fn has_users_of(&self, before: Option<&Self>) -> bool {
        match (&self.to, before.map(|before| &before.to)) {
            (To::Users(own, part), Some(To::Users(list, other))) => Arc::ptr_eq(own, list) && part == other,
            _ => false,
        }
    }

    /// What it takes on the wire behind another, in bytes, rounded up.
    fn weight(&self, before: Option<&Self>) -> usize {
        let users = if self.has_users_of(before) { &[] } else { self.users() };
        convert::event_weight(&self.parcel.event) + convert::ids_weight(users)
    }
}

/// What these take on the wire in one call, in bytes, rounded up.
pub(super) fn weight(addressed: &[Addressed]) -> usize {
    let mut before = None;
    addressed.iter().map(|addressed| addressed.weight(before.replace(addressed))).sum()
}

/// What is owed when these go to nobody. Signals are worth nothing later and owe nothing.
pub(super) fn owed_for(addressed: &[Addressed]) -> Debt {
    let mut debt = Debt::default();
    for addressed in addressed.iter().filter(|addressed| !addressed.parcel.event.is_signal()) {
        debt.add_users(addressed.users().iter().cloned());
        if addressed.is_to_world() {
            debt.add_world();
        }
    }
    debt
}

/// Gathers them, in order, into calls of at most `max_bytes`; a single heavier one still goes, alone.
fn pack(addressed: impl Iterator<Item = Addressed>, max_bytes: usize) -> Vec<Vec<Addressed>> {
    let mut calls: Vec<Vec<Addressed>> = Vec::new();
    let mut bytes = 0;
    for addressed in addressed {
        let before = calls.last().and_then(|call| call.last());
        bytes += addressed.weight(before);
        match calls.last_mut() {
            Some(call) if bytes <= max_bytes => call.push(addressed),
            _ => {
                bytes = addressed.weight(None);
                calls.push(vec![addressed]);
            }
        }
    }
    calls
}

/// Gathers them, in order, into calls.
pub(super) fn calls(addressed: impl Iterator<Item = Addressed>) -> Vec<Vec<Addressed>> {
    pack(addressed, BATCH_BYTES)
}

#[cfg(test)]
mod tests {
    use protos::ids::ConversationId;
    use protos::model::{ChatEvent, LinkPosition};

    use super::super::courier::Receivers;
    use super::*;

    fn parcel(event: ChatEvent) -> Parcel {
        Parcel { event, receivers: Receivers::World, exclude: None }
    }

    fn deletion() -> Parcel {
        parcel(ChatEvent::ConversationDeleted(ConversationId::from("c1")))
    }

    fn users(count: usize) -> Arc<[UserId]> {
        (0..count).map(|number| UserId::from(format!("{number:032}"))).collect()
    }

    #[test]
    fn calls_stay_small_and_in_order() {
        let weight = weight(&Addressed::to_users(deletion(), &users(1)));
        let addressed = [1, 1, 1, 100, 1].map(|count| Addressed::to_users(deletion(), &users(count)));
        let calls = pack(addressed.into_iter().flatten(), 2 * weight);
        let sizes: Vec<Vec<usize>> =
            calls.iter().map(|call| call.iter().map(|addressed| addressed.users().len()).collect()).collect();
        assert_eq!(sizes, [vec![1, 1], vec![1], vec![100], vec![1]]);
        assert!(pack(std::iter::empty(), 10).is_empty());
    }

    #[test]
    fn a_long_list_is_cut_and_nobody_is_left_out() {
        let all = users(2 * RECEIVERS_AT_ONCE + 1);
        let parts = Addressed::to_users(deletion(), &all);
        let sizes: Vec<usize> = parts.iter().map(|part| part.users().len()).collect();
        assert_eq!(sizes, [RECEIVERS_AT_ONCE, RECEIVERS_AT_ONCE, 1]);
        let named: Vec<UserId> = parts.iter().flat_map(|part| part.users().to_vec()).collect();
        assert_eq!(named, *all);
        assert!(Addressed::to_users(deletion(), &users(0)).is_empty());
    }

    #[test]
    fn what_goes_to_the_same_list_names_it_once() {
        let (one, other) = (users(2), users(2));
        let addressed = [&one, &one, &other].map(|list| Addressed::to_users(deletion(), list)).concat();
        let position = LinkPosition { link: "l".into(), number: 1, answered: 0, is_forwarded: false };
        let call = convert::deliver_request(&addressed, position);
        let named: Vec<(usize, bool)> =
            call.deliveries.iter().map(|delivery| (delivery.user_ids.len(), delivery.same_users)).collect();
        assert_eq!(named, [(2, false), (0, true), (2, false)]);
    }

    #[test]
    fn signals_owe_nothing() {
        let typing = ChatEvent::Typing { conversation_id: "c1".into(), user_id: "u1".into(), typing: true };
        assert!(owed_for(&Addressed::to_users(parcel(typing), &users(2))).is_empty());
        let mut owed = Debt::users(users(2).iter().cloned());
        owed.add_world();
        let both = [Addressed::to_users(deletion(), &users(2)), Addressed::to_world(deletion())].concat();
        assert_eq!(owed_for(&both), owed);
    }
}
