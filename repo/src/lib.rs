//! GoChat's storage service: the only process that touches the database and Redis.
//!
//! - [`store`]: connections, and the actors that own them.
//! - [`user`], [`sign_in`], [`conversation`], [`message`]: a folder for each service: handlers, queries, rows.
//! - [`push`]: pushes that wait for users who are away.
//! - [`online_status`]: who is online, in memory or in Redis.
//! - [`planted`]: bugs that the chaos harness must find.

mod config;
mod contacts;
mod conversation;
mod friend;
mod message;
mod online_status;
mod planted;
mod push;
mod repo;
mod sign_in;
mod store;
#[cfg(test)]
#[path = "../tests/service/support/database.rs"]
#[expect(dead_code, reason = "the tests of a whole repo use all of it")]
mod test_database;
mod user;

pub use config::Config;
pub use repo::Repo;
