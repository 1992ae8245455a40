//! Brings messages that are in order to a gateway.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use kit::batch::Batches;
use protos::ids::{ConversationId, SessionId, UserId};
use protos::model::{ChatEvent, Debt, SavedMessage};
use protos::{Error, Reason};

use super::addressed::{self, Addressed};
use super::deliveries::Deliveries;
use super::gateways::GatewayLink;
use super::members::MemberCache;
use crate::repo::MemberIds;

/// A list of members that takes longer is not waited for.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(1);

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
    members: MemberCache,
    link: GatewayLink,
    deliveries: Batches<Deliveries>,
}

impl GatewayCourier {
    /// Starts gathering what is to be delivered, on the present actor system.
    pub(crate) fn start(members: MemberCache, link: GatewayLink) -> Self {
        Self { members, deliveries: Deliveries::start(link.clone()), link }
    }
}

impl Courier for GatewayCourier {
    async fn carry(self, parcels: Vec<Parcel>) {
        // Where there is no gateway nobody is online, or nobody can be reached: that shows later.
        if !self.link.has_contact() {
            parcels.into_iter().for_each(|parcel| self.owe(parcel));
            return;
        }
        let debts = self.link.debts().clone();
        let carried = AssertUnwindSafe(self.look_up_and_deliver(parcels)).catch_unwind().await;
        if carried.is_err() {
            tracing::error!("a fan-out batch panicked");
            debts.add(Debt::everybody());
        }
    }
}

impl GatewayCourier {
    async fn look_up_and_deliver(self, parcels: Vec<Parcel>) {
        let lists = self.lists(&parcels).await;
        let addressed = parcels.into_iter().filter_map(|parcel| match &parcel.receivers {
            Receivers::Members(conversation, _) => {
                let list = lists.get(conversation)?;
                Some(Addressed::to_users(parcel, &list.user_ids))
            }
            Receivers::Users(users) => {
                let users = Arc::clone(users);
                Some(Addressed::to_users(parcel, &users))
            }
            Receivers::World => Some(Addressed::to_world(parcel)),
        });
        for call in addressed::calls(addressed.flatten()) {
            if let Err(error) = self.deliveries.submit(call).await {
                tracing::error!(%error, "deliveries were lost");
                self.link.debts().add(Debt::everybody());
            }
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
