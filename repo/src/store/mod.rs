//! The database: SQLite or PostgreSQL, as `DATABASE_URL` says.
//!
//! A thread, an actor and a connection are one ([`actor`]). Whoever has something to do sends a closure over the connection by the
//! [`Store`] handle; queries are ordinary functions over [`DbConnection`], one text for both databases wherever both understand it.
//!
//! Locks are taken in one order everywhere: two users by id, conversations by id, then whatever hangs on them.

mod actor;
mod connection;
mod database_url;
mod error;
mod handle;
mod migrations;
mod settings;
mod sole;
mod sql;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use connection::MultiBackend;
pub(crate) use connection::{DbConnection, Dialect};
pub(crate) use database_url::DatabaseUrl;
pub(crate) use error::StoreResult;
pub(crate) use handle::{Connections, Store};
pub(crate) use sole::{FileLock, SessionLock};
pub(crate) use sql::sql;

use std::time::Duration;

use kit::process::Failure;
use tokio::time::{Instant, sleep_until};

use connection::ConnectError;

/// Waits between tries to reach a database that is down at start, as in [`actor`].
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Waits for the database, and brings its schema up to date.
///
/// # Errors
/// When it answers but cannot be used as it is set up.
pub(crate) async fn prepare(url: &DatabaseUrl) -> Result<(), Failure> {
    let mut backoff = BACKOFF.0;
    loop {
        let url = url.clone();
        match tokio::task::spawn_blocking(move || migrations::migrate(&url)).await? {
            Ok(()) => return Ok(()),
            Err(ConnectError::Unusable(why)) => return Err(why.into()),
            Err(ConnectError::Down(why)) => tracing::warn!(why, "waiting for the database"),
        }
        sleep_until(Instant::now() + backoff.mul_f64(rand::random_range(0.5..=1.0))).await;
        backoff = BACKOFF.1.min(backoff * 2);
    }
}

/// A connection without an actor, for tests of single queries.
#[cfg(test)]
pub(crate) fn connect_for_test(url: &DatabaseUrl) -> DbConnection {
    DbConnection::open(url, connection::Access::Write).unwrap()
}

/// A list as one parameter: JSON, for [`Dialect::texts`] and [`Dialect::tuples`].
pub(crate) fn list<T: serde::Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    serde_json::to_string(&items).unwrap_or_default()
}
