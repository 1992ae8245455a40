//! The locks and maps that many tasks share: the standard library's and dashmap's own. In tests a scheduler may decide who is next
//! at each of them ([`scheduled`]).
//!
//! The maps hash with foldhash: their keys are ids that a server made, and each delivery looks one up for each receiver.

#[cfg(test)]
pub(crate) mod scheduled;

/// A map in shards, each with a lock of its own.
#[cfg(not(test))]
pub(crate) type DashMap<K, V> = dashmap::DashMap<K, V, foldhash::fast::RandomState>;
#[cfg(test)]
pub(crate) use scheduled::{AtomicBool, DashMap, Mutex, MutexGuard};
#[cfg(not(test))]
pub(crate) use std::sync::atomic::AtomicBool;
#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard};
