//! Pushes that wait for users who are away.
//!
//! A push's data stands once, in `pushes`; in `queued_pushes` stands a row for each user who waits for it. [`keep`] and [`queue`] are the
//! statements, [`expiry`] deletes what nobody waits for any more. Who had which push lately is remembered beside presence.

mod convert;
mod expiry;
mod keep;
mod queue;
mod service;

pub(crate) use expiry::delete_expired_for_ever;
pub(crate) use service::Pushes;

use protos::ids::{PushId, UserId};

/// Pushes that may wait for one user; of more the oldest go.
const QUEUE_MAX: i64 = 1_000;

/// A push to be kept.
#[derive(Clone, Debug)]
struct NewPush {
    id: PushId,
    kind: String,
    data: String,
    /// Unix seconds.
    expires_at: i64,
    /// Distinct.
    users: Vec<UserId>,
}

/// A push in a user's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeptPush {
    number: i64,
    id: PushId,
    kind: String,
    data: String,
}

/// A push that a user has got.
#[derive(Clone, Debug)]
struct Received {
    user: UserId,
    number: i64,
    id: PushId,
}
