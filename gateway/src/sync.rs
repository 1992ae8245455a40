//! The locks and maps that many tasks share: the standard library's and dashmap's own. In tests a scheduler may decide who is next
//! at each of them ([`scheduled`]).

#[cfg(test)]
pub(crate) mod scheduled;

#[cfg(not(test))]
pub(crate) use dashmap::DashMap;
#[cfg(test)]
pub(crate) use scheduled::{AtomicBool, DashMap, Mutex, MutexGuard};
#[cfg(not(test))]
pub(crate) use std::sync::atomic::AtomicBool;
#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard};
