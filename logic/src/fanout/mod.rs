//! From a stored message to a gateway: order per conversation, who is to get it, and the call.
//!
//! A conversation belongs to one [`FanoutShard`]. What cannot be handed over is owed ([`debts`]) until a gateway has taken it upon itself
//! that the receivers' sessions pull it ([`repair`]).

mod addressed;
mod contacts;
mod convert;
#[cfg(test)]
mod counted;
mod courier;
mod debts;
mod deliveries;
mod gateways;
mod members;
mod order;
mod repair;
mod shard;

pub(crate) use courier::{GatewayCourier, Parcel, Receivers};
pub(crate) use gateways::GatewayLink;
pub(crate) use members::MemberCache;
pub(crate) use repair::Repair;

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use actix::Recipient;
use protos::ids::{ConversationId, SessionId, UserId};
use protos::model::{ChatEvent, SavedMessage};
use protos::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use courier::Courier;
use shard::{FanoutShard, HandOver, Place};

/// Conversations are spread over so many shards: one slow look-up delays a part of them only.
const SHARDS: usize = 4;
/// What one shard may have waiting, in KiB; a smaller message counts as one.
const WAITING_KIB: usize = 16 * 1024;

/// Room for an event that is no message, in bytes.
pub(crate) const EVENT_BYTES: usize = 4 * 1024;

/// The handle of all shards.
#[derive(Clone, Debug)]
pub(crate) struct Fanout(Arc<[ShardHandle]>);

#[derive(Clone, Debug)]
struct ShardHandle {
    shard: Recipient<HandOver>,
    permits: Arc<Semaphore>,
}

/// Room for one message in its shard, taken before the message is stored.
#[derive(Debug)]
pub(crate) struct Slot {
    shard: Recipient<HandOver>,
    permit: OwnedSemaphorePermit,
}

impl Fanout {
    /// Starts the shards on the present actor system.
    pub(crate) fn start(courier: impl Courier) -> Self {
        let start = |_| ShardHandle {
            shard: FanoutShard::start(courier.clone(), WAITING_KIB).recipient(),
            permits: Arc::new(Semaphore::new(WAITING_KIB)),
        };
        Self((0..SHARDS).map(start).collect())
    }

    /// Takes room for a message of so many bytes.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when the conversation's shard is saturated.
    pub(crate) fn reserve(&self, conversation_id: &ConversationId, bytes: usize) -> Result<Slot> {
        self.reserve_for(conversation_id.as_str(), bytes)
    }

    /// Tells users of what belongs to no conversation, or drops it when too much is on its way: clients ask for such things when
    /// they connect.
    pub(crate) fn tell(&self, users: Vec<UserId>, event: ChatEvent) {
        let Some(first) = users.first() else { return };
        let slot = if event.is_signal() {
            self.reserve_for_signal(first.as_str(), EVENT_BYTES)
        } else {
            self.reserve_for(first.as_str(), EVENT_BYTES)
        };
        match slot {
            Ok(slot) => {
                let parcel = Parcel { event, receivers: Receivers::Users(users.into()), exclude: None };
                drop(slot.announce(parcel));
            }
            Err(error) => tracing::debug!(%error, "an event was dropped"),
        }
    }

    /// Tells users of a signal of a conversation, after its messages up to now, or drops it when the conversation's shard is more
    /// than half full: the next signal makes up for it.
    pub(crate) fn signal(
        &self,
        conversation_id: &ConversationId,
        event: ChatEvent,
        users: Arc<[UserId]>,
        exclude: Option<SessionId>,
    ) {
        if users.is_empty() {
            return;
        }
        let bytes = EVENT_BYTES + convert::ids_weight(&users);
        match self.reserve_for_signal(conversation_id.as_str(), bytes) {
            Ok(slot) => drop(slot.announce(Parcel { event, receivers: Receivers::Users(users), exclude })),
            Err(error) => tracing::debug!(%error, "a signal was dropped"),
        }
    }

    /// Waits until nothing is on its way any more.
    pub(crate) async fn idle(&self) {
        let all = u32::try_from(WAITING_KIB).unwrap_or(u32::MAX);
        for handle in self.0.iter() {
            drop(handle.permits.acquire_many(all).await);
        }
    }

    fn handle_of(&self, key: &str) -> &ShardHandle {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        &self.0[usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or_default()]
    }

    /// Signals leave the second half of a shard's room to messages.
    fn reserve_for_signal(&self, key: &str, bytes: usize) -> Result<Slot> {
        if self.handle_of(key).permits.available_permits() < WAITING_KIB / 2 {
            return Err(saturated());
        }
        self.reserve_for(key, bytes)
    }

    fn reserve_for(&self, key: &str, bytes: usize) -> Result<Slot> {
        let handle = self.handle_of(key);
        let kib = u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&handle.permits).try_acquire_many_owned(kib).map_err(|_| saturated())?;
        Ok(Slot { shard: handle.shard.clone(), permit })
    }
}

impl Slot {
    /// Hands a stored message over; the future ends when it has reached a gateway, or was given up.
    pub(crate) fn hand_over(
        self,
        saved: SavedMessage,
        exclude: Option<SessionId>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let place = Place {
            conversation: saved.message.conversation_id.clone(),
            seq: saved.message.seq,
            is_repetition: saved.duplicate,
        };
        self.give(Parcel::message(saved, exclude), Some(place))
    }

    /// Hands over what is no message: it goes out after all that was handed over before and is not held back.
    pub(crate) fn announce(self, parcel: Parcel) -> impl Future<Output = ()> + Send + 'static {
        self.give(parcel, None)
    }

    fn give(self, parcel: Parcel, place: Option<Place>) -> impl Future<Output = ()> + Send + 'static {
        let (done, wait) = oneshot::channel();
        let parcel = Parcel { receivers: parcel.receivers.without_list_of_world(), ..parcel };
        let taken = self.shard.try_send(HandOver { parcel, place, done, permit: self.permit });
        if taken.is_err() {
            tracing::error!("a fan-out shard has stopped: an event goes to nobody");
        }
        async move { wait.await.unwrap_or_default() }
    }
}

/// `SERVICE_UNAVAILABLE`, for a sender whose message found no room.
pub(crate) fn saturated() -> Error {
    Error::unavailable("too many messages are on their way")
}
