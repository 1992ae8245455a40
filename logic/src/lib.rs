//! The rules service: who may do what. It holds no SQL and no socket.
//!
//! - `auth`: accounts, sign-ins and their tokens.
//! - `user`: profiles and search.
//! - `conversation`: conversations, members, history; `policy` decides who may do what.
//! - `message`: sending.
//! - `friend`: friends and blocks.
//! - `fanout`: from a stored message to a gateway.
//! - `signals`: who writes, and who has read how far.
//! - `fuzzing`: what a fuzzer feeds.
//! - `repo`: the client of the storage service.

mod auth;
mod config;
mod conversation;
#[cfg(test)]
mod counted;
mod detached;
mod fanout;
mod friend;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod message;
mod process;
mod repo;
mod signals;
mod user;

pub use config::Config;
pub use process::Logic;
