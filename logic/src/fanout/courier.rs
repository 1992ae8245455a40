//! Brings messages that are in order to a gateway.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kit::grpc::BATCH_BYTES;
use protos::ids::{ConversationId, SessionId, UserId};
use protos::model::{ChatEvent, Debt, SavedMessage};
use protos::{Error, Reason};

use super::convert::{self, Delivery};
use super::gateways::GatewayLink;
use super::members::MemberCache;
use crate::repo::MemberIds;

/// A list of members that takes longer is not waited for.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(1);
/// Receivers in one delivery; a larger conversation's message takes several.
const RECEIVERS_AT_ONCE: usize = 10_000;

/// An event on its way to its receivers.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) event: ChatEvent,
    pub(crate) receivers: Receivers,
    /// The session that caused it.
    pub(crate) exclude: Option<SessionId>,
}

/// Who is to get an event.
#[derive(Clone, Debug)]
pub(crate) enum Receivers {
    /// The members of a conversation, by the list of this version or later.
    Members(ConversationId, i64),
    /// These users.
    Users(Arc<[UserId]>),
    /// Everybody who has joined WORLD: the gateways know which of their sessions that are, and no list is walked.
    World,
}

impl Receivers {
    /// WORLD has no list, whoever asks for its members.
    pub(super) fn without_list_of_world(self) -> Self {
        match self {
            Self::Members(conversation, _) if conversation.is_world() => Self::World,
            other => other,
        }
    }
}

impl Parcel {
    /// A stored message for the members of its conversation.
    pub(super) fn message(saved: SavedMessage, exclude: Option<SessionId>) -> Self {
        let receivers = Receivers::Members(saved.message.conversation_id.clone(), saved.member_version);
        Self { event: ChatEvent::NewMessage(saved.message), receivers, exclude }
    }
}

/// Brings parcels to their receivers, in order, or gives them up and owes them: it does not fail.
pub(crate) trait Courier: Clone + Unpin + 'static {
    /// Ends when every parcel has arrived or was given up.
    fn carry(self, parcels: Vec<Parcel>) -> impl Future<Output = ()> + 'static;
}

/// Looks the members up and calls one gateway, which finds the others.
#[derive(Clone, Debug)]
pub(crate) struct GatewayCourier {
    pub(crate) members: MemberCache,
    pub(crate) link: GatewayLink,
}

impl Courier for GatewayCourier {
    async fn carry(self, parcels: Vec<Parcel>) {
        // Where there is no gateway nobody is online, or nobody can be reached: that shows later.
        if !self.link.has_contact() {
            parcels.into_iter().for_each(|parcel| self.owe(parcel));
            return;
        }
        let debts = self.link.debts().clone();
        // Encoding megabytes is nothing for the actors' thread.
        let carried = tokio::spawn(async move { self.look_up_and_deliver(parcels).await }).await;
        if let Err(error) = carried {
            tracing::error!(%error, "a fan-out batch failed");
            debts.add(Debt::everybody());
        }
    }
}

impl GatewayCourier {
    async fn look_up_and_deliver(self, parcels: Vec<Parcel>) {
        let lists = self.lists(&parcels).await;
        let deliveries = parcels.into_iter().filter_map(|parcel| match &parcel.receivers {
            Receivers::Members(conversation, _) => Some(split(&parcel, &lists.get(conversation)?.user_ids)),
            Receivers::Users(users) => Some(split(&parcel, users)),
            Receivers::World => {
                Some(vec![(convert::world_delivery(&parcel), convert::event_weight(&parcel.event))])
            }
        });
        for call in pack(deliveries.flatten(), BATCH_BYTES) {
            self.link.deliver(call).await;
        }
    }

    /// Notes who is to get this without trying.
    fn owe(&self, parcel: Parcel) {
        if parcel.event.is_signal() {
            return;
        }
        let debts = self.link.debts();
        match parcel.receivers {
            Receivers::Members(conversation, version) => debts.add_members(conversation, version),
            Receivers::Users(users) => debts.add(Debt::users(users.iter().cloned())),
            Receivers::World => {
                let mut debt = Debt::default();
                debt.add_world();
                debts.add(debt);
            }
        }
    }

    /// The members of each conversation once; a conversation whose list cannot be had is left out, and its members are owed.
    async fn lists(&self, parcels: &[Parcel]) -> HashMap<ConversationId, Arc<MemberIds>> {
        let mut versions: HashMap<&ConversationId, i64> = HashMap::new();
        for parcel in parcels {
            if let Receivers::Members(conversation, at_least) = &parcel.receivers {
                let version = versions.entry(conversation).or_default();
                *version = (*at_least).max(*version);
            }
        }
        let looked_up = versions.into_iter().map(|(conversation, version)| async move {
            let list = tokio::time::timeout(LOOKED_UP_WITHIN, self.members.at_least(conversation, version))
                .await
                .unwrap_or_else(|_| Err(Error::new(Reason::Timeout, "the members were not told in time")));
            match list {
                Ok(list) => Some((conversation.clone(), list)),
                Err(error) => {
                    self.link.given_up(1, &error);
                    self.link.debts().add_members(conversation.clone(), version);
                    None
                }
            }
        });
        join_all(looked_up).await.into_iter().flatten().collect()
    }
}

/// One delivery for so many receivers as fit into a call.
fn split(parcel: &Parcel, receivers: &[UserId]) -> Vec<(Delivery, usize)> {
    let event = convert::event_weight(&parcel.event);
    let some = receivers.chunks(RECEIVERS_AT_ONCE);
    some.map(|users| (convert::delivery(parcel, users), event + convert::ids_weight(users))).collect()
}

/// Deliveries, each with its weight, in order, gathered into calls of at most `max_bytes`; a single heavier one still goes, alone.
fn pack(deliveries: impl Iterator<Item = (Delivery, usize)>, max_bytes: usize) -> Vec<Vec<Delivery>> {
    let mut calls: Vec<Vec<Delivery>> = Vec::new();
    let mut bytes = usize::MAX;
    for (delivery, weight) in deliveries {
        bytes = bytes.saturating_add(weight);
        match calls.last_mut() {
            Some(call) if bytes <= max_bytes => call.push(delivery),
            _ => {
                bytes = weight;
                calls.push(vec![delivery]);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_stay_small_and_in_order() {
        let delivery = |users: usize| {
            (Delivery { user_ids: vec!["x".repeat(32); users], ..Delivery::default() }, 10 * users)
        };
        let calls = pack([1, 1, 1, 100, 1].map(delivery).into_iter(), 20);
        let sizes: Vec<Vec<usize>> =
            calls.iter().map(|call| call.iter().map(|delivery| delivery.user_ids.len()).collect()).collect();
        assert_eq!(sizes, [vec![1, 1], vec![1], vec![100], vec![1]]);
        assert!(pack(std::iter::empty(), 10).is_empty());
    }
}
