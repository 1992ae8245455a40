//! A WebSocket and what is said over it.
//!
//! - [`actor`]: the session itself; the only file that knows actix-web-actors.
//! - [`handshake`]: `GET /ws`, up to the upgrade.
//! - [`handle`]: the way into a session's mailbox, with its bounds.
//! - [`heartbeat`]: when it is pinged.
//! - [`frame`], [`outgoing`]: what a client says and is told.
//! - [`guard`], [`fragments`]: bounds on what a client sends, before and after the WebSocket codec; [`pace`]: how fast.
//! - [`kept`]: what was kept for the user while they were away.
//! - [`delivered`]: what a device has got.
//! - [`typing`]: where a client is writing at the moment.
//! - [`outbox`], [`requests`], [`alone`]: a client's requests, in order.
//! - [`sync_frame`], [`synced`]: a `sync` and its answer.

mod actor;
mod alone;
#[cfg(test)]
pub(crate) mod counted;
mod delivered;
#[cfg(test)]
pub(crate) mod fake;
mod fragments;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod guard;
mod handle;
mod handshake;
mod heartbeat;
mod kept;
mod outbox;
mod outgoing;
mod pace;
mod requests;
mod sync_frame;
mod synced;
mod typing;

#[cfg(any(test, feature = "fuzzing"))]
pub use fuzzing::frames;
pub(crate) use handle::{Queued, SessionHandle};
pub(crate) use handshake::configure;
pub(crate) use outgoing::{chat, pushed};

use std::time::Duration;

use kit::SharedClock;
use protos::ids::GatewayId;

use crate::kept::KeptPushes;
use crate::limits::Limits;
use crate::logic::LogicClient;
use crate::presence::{Greetings, Presence};
use crate::readiness::Readiness;
use crate::registry::Registry;

/// What every session works with; the application holds it as `web::Data`.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) gateway: GatewayId,
    pub(crate) logic: LogicClient,
    pub(crate) registry: Registry,
    pub(crate) presence: Presence,
    pub(crate) kept: KeptPushes,
    pub(crate) greetings: Greetings,
    pub(crate) readiness: Readiness,
    pub(crate) limits: Limits,
    pub(crate) clock: SharedClock,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) silent_after: Duration,
    pub(crate) queue: handle::QueueBounds,
}

pub(crate) use handle::QueueBounds;
#[cfg(test)]
pub(crate) use handle::ToSession;
pub(crate) use heartbeat::Heartbeat;
