//! One connection to either database, as every query sees it.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::sql_types::{Integer, Text};
use diesel::{ConnectionError, MultiConnection, PgConnection, RunQueryDsl, SqliteConnection};

use super::DatabaseUrl;
use super::error::StoreResult;
use super::settings::{POSTGRES_SETTINGS, SQLITE_SETTINGS};

/// A connection to either database.
#[derive(MultiConnection)]
pub(crate) enum DbConnection {
    /// A file.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any statement.
    Write,
    /// Queries only.
    Read,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The database does not answer; it may later.
    #[error("{0}")]
    Down(String),
    /// It never will as things are set up.
    #[error("{0}")]
    Unusable(String),
}

impl DbConnection {
    /// Connects and sets the session up.
    pub(super) fn open(url: &DatabaseUrl, access: Access) -> Result<Self, ConnectError> {
        use diesel::Connection as _;
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path
                    .to_str()
                    .ok_or_else(|| ConnectError::Unusable("the database's path is not UTF-8".to_owned()))?;
                let file = SqliteConnection::establish(path).map_err(|error| sqlite_refused(path, &error))?;
                let mut connection = Self::Sqlite(file);
                connection.set_up_sqlite(access)?;
                Ok(connection)
            }
            DatabaseUrl::Postgres(url) => {
                let mut server =
                    PgConnection::establish(url).map_err(|error| postgres_refused(error.to_string()))?;
                let set_up = server.batch_execute(POSTGRES_SETTINGS);
                set_up.map_err(|error| ConnectError::Down(error.to_string()))?;
                Ok(Self::Postgres(server))
            }
        }
    }

    fn set_up_sqlite(&mut self, access: Access) -> Result<(), ConnectError> {
        let failed = |error: diesel::result::Error| ConnectError::Unusable(format!("SQLite: {error}"));
        self.batch_execute(SQLITE_SETTINGS).map_err(failed)?;
        if access == Access::Read {
            self.batch_execute("PRAGMA query_only = ON").map_err(failed)?;
        }
        // A file system without shared memory silently keeps another journal.
        let (journal, synchronous, foreign_keys) = self.sqlite_facts().map_err(failed)?;
        if journal != "wal" || synchronous != 2 || foreign_keys != 1 {
            return Err(ConnectError::Unusable(format!(
                "SQLite cannot be durable in this place: journal_mode is {journal}, synchronous {synchronous}"
            )));
        }
        Ok(())
    }

    fn sqlite_facts(&mut self) -> diesel::QueryResult<(String, i32, i32)> {
        let Self::Sqlite(file) = self else { return Err(diesel::result::Error::NotFound) };
        Ok((
            diesel::dsl::sql::<Text>("PRAGMA journal_mode").get_result(file)?,
            diesel::dsl::sql::<Integer>("PRAGMA synchronous").get_result(file)?,
            diesel::dsl::sql::<Integer>("PRAGMA foreign_keys").get_result(file)?,
        ))
    }

    /// The words in which the two databases differ.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs `work` in a transaction that may write: all of it is committed, or nothing.
    ///
    /// SQLite takes its write lock at once, so that the transaction cannot fail halfway for another's sake.
    pub(crate) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> StoreResult<T>,
    ) -> StoreResult<T> {
        match self {
            Self::Sqlite(file) => AnsiTransactionManager::begin_transaction_sql(file, "BEGIN IMMEDIATE")?,
            Self::Postgres(server) => AnsiTransactionManager::begin_transaction(server)?,
        }
        match work(self) {
            Ok(done) => {
                Self::commit_transaction(self)?;
                Ok(done)
            }
            Err(error) => {
                // When this fails too, the connection is replaced, and the database rolls back by itself.
                Self::rollback_transaction(self).ok();
                Err(error)
            }
        }
    }

    /// True when nothing can be done over it any more.
    pub(super) fn is_broken(&mut self) -> bool {
        Self::is_broken_transaction_manager(self) || self.ping().is_err()
    }

    /// Asks for a sign of life.
    pub(super) fn ping(&mut self) -> StoreResult<()> {
        Ok(self.batch_execute("SELECT 1")?)
    }
}

fn sqlite_refused(path: &str, error: &ConnectionError) -> ConnectError {
    ConnectError::Unusable(format!("cannot open {path}: {error}"))
}

/// PGSSLMODE asks for what the URL may not; everything else may get better.
fn postgres_refused(why: String) -> ConnectError {
    if why.contains("sslmode value") { ConnectError::Unusable(why) } else { ConnectError::Down(why) }
}

/// The words in which the two databases differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

impl Dialect {
    /// Follows a SELECT whose rows are to stay locked until the transaction ends. SQLite has one writer, which has the lock.
    pub(crate) fn lock_rows(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// The condition that a column is among a parameter's, a JSON array of texts. PostgreSQL makes an array of them first, so that it
    /// goes to the rows by an index; it would rather compare each row of a table that it takes for small with each of the texts.
    pub(crate) fn among(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("{column} IN (SELECT value FROM json_each({parameter}))"),
            Self::Postgres => {
                format!("{column} = ANY (ARRAY(SELECT json_array_elements_text({parameter}::json)))")
            }
        }
    }

    /// The rows of a parameter that is a JSON array of texts, as `k(value, key)`; `key` tells their order.
    pub(crate) fn texts(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({parameter}) AS k"),
            Self::Postgres => {
                format!("json_array_elements_text({parameter}::json) WITH ORDINALITY AS k(value, key)")
            }
        }
    }

    /// The rows of a parameter that is a JSON array of arrays, as `k(value, key)`; `k.value ->> 0` is a row's first text.
    pub(crate) fn tuples(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({parameter}) AS k"),
            Self::Postgres => {
                format!("json_array_elements({parameter}::json) WITH ORDINALITY AS k(value, key)")
            }
        }
    }
}
