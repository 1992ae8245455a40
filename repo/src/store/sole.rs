//! A lock that keeps a second repo process away where there may be only one: its presence would be a second truth.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use kit::process::Failure;
use protos::Reason;
use tokio::time::{MissedTickBehavior, interval};

use super::DatabaseUrl;
use super::connection::{Access, ConnectError, DbConnection};
use super::handle::Pool;

/// PostgreSQL's advisory lock of the one repo without Redis; any number that no other program uses.
const LOCK: i64 = 0x676f_6368_6174_0002;
/// How often the session that holds it is looked after.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The lock on a SQLite file; it ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock of a database.
    ///
    /// # Errors
    /// When another process has it, or the file beside the database cannot be made.
    pub(crate) fn take(database: &Path) -> Result<Self, Failure> {
        let path = lock_path(database);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(format!(
                "another repo uses {}: more than one need PostgreSQL and REDIS_URL",
                database.display()
            )
            .into()),
            Err(TryLockError::Error(error)) => Err(format!("{}: {error}", path.display()).into()),
        }
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// The lock in a PostgreSQL database, held by a session of its own and taken again when that breaks.
pub(crate) struct SessionLock {
    session: Pool,
}

impl SessionLock {
    pub(crate) fn start(url: &DatabaseUrl) -> Self {
        let url = url.clone();
        Self { session: Pool::start(1, Arc::new(move || connect_and_lock(&url))) }
    }

    /// Waits for PostgreSQL and takes the lock.
    ///
    /// # Errors
    /// When another process has it.
    pub(crate) async fn take(&self) -> Result<(), Failure> {
        let mut look = ticks();
        loop {
            look.tick().await;
            if self.is_held().await? {
                return Ok(());
            }
        }
    }

    /// Looks after the lock for ever.
    ///
    /// # Errors
    /// When the session broke and another process was faster to take the lock.
    pub(crate) async fn keep(&self) -> Result<std::convert::Infallible, Failure> {
        let mut look = ticks();
        loop {
            look.tick().await;
            self.is_held().await?;
        }
    }

    /// False while PostgreSQL does not answer.
    async fn is_held(&self) -> Result<bool, Failure> {
        match self.session.run(DbConnection::ping).await {
            Ok(()) => Ok(true),
            Err(error) if error.reason() == Reason::ServiceUnavailable => Ok(false),
            Err(_) => {
                Err("another repo uses this database without Redis: more than one need REDIS_URL".into())
            }
        }
    }
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The wait for the lock (the session's `lock_timeout`) outlasts the last moments of a process that has just been killed.
fn connect_and_lock(url: &DatabaseUrl) -> Result<DbConnection, ConnectError> {
    let mut connection = DbConnection::open(url, Access::Write)?;
    match connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")) {
        Ok(()) => Ok(connection),
        Err(error) if error.to_string().contains("lock timeout") => {
            Err(ConnectError::Unusable("another repo holds the database's lock".to_owned()))
        }
        Err(error) => Err(ConnectError::Down(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_repo_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("gochat.db");
        let first = FileLock::take(&database).unwrap();
        let refused = FileLock::take(&database).unwrap_err().to_string();
        assert!(refused.contains("another repo uses"), "{refused}");
        drop(first);
        FileLock::take(&database).unwrap();
    }
}
