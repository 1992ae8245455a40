//! Bugs planted on purpose: the chaos harness must find each of them (`make chaos-planted`).
//!
//! Without the feature `planted-bugs` every question here is answered with a constant "no". With it, the one that
//! `GOCHAT_PLANTED_BUG` names is active. The tests of schedules turn one on for themselves.

#[cfg(feature = "planted-bugs")]
mod active;
#[cfg(all(test, not(feature = "planted-bugs")))]
pub(crate) mod in_tests;
#[cfg(not(any(test, feature = "planted-bugs")))]
mod none;

#[cfg(feature = "planted-bugs")]
pub(crate) use active::{announce, leaves_all, queues_unbounded};
#[cfg(all(test, not(feature = "planted-bugs")))]
pub(crate) use in_tests::{announce, leaves_all, queues_unbounded};
#[cfg(not(any(test, feature = "planted-bugs")))]
pub(crate) use none::{announce, leaves_all, queues_unbounded};
