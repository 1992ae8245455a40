//! Bugs planted on purpose: the chaos harness must find each of them (`make chaos-planted`).
//!
//! Without the feature `planted-bugs` nothing of them is compiled, and every question here is answered with a constant "no". With
//! it, the one that `GOCHAT_PLANTED_BUG` names is active.

#[cfg(feature = "planted-bugs")]
mod active;
#[cfg(not(feature = "planted-bugs"))]
mod none;

#[cfg(feature = "planted-bugs")]
pub(crate) use active::{acks_early, announce, answer, answered_early, drop_unique_key, forgets_keys};
#[cfg(not(feature = "planted-bugs"))]
pub(crate) use none::{announce, answer, drop_unique_key, forgets_keys};
