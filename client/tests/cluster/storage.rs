//! What outlives a cluster's processes: the data directory, the database and Redis.

use std::path::Path;

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use kit::Secret;

use super::postgres::PostgresDatabase;
use super::redis::RedisServer;

/// The two sizes that GoChat runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// One process of each service, SQLite, presence inside repo.
    Small,
    /// Two of each, PostgreSQL and Redis.
    Grown,
}

impl Size {
    /// How many processes of each service there are.
    pub(crate) fn processes(self) -> usize {
        match self {
            Size::Small => 1,
            Size::Grown => 2,
        }
    }
}

/// A cluster's data, thrown away with this value.
#[derive(Debug)]
pub(crate) struct Storage {
    dir: tempfile::TempDir,
    grown: Option<(PostgresDatabase, RedisServer)>,
}

impl Storage {
    /// Empty storage for a cluster of this size.
    pub(crate) async fn create(size: Size) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let grown = match size {
            Size::Small => None,
            Size::Grown => Some((PostgresDatabase::create(), RedisServer::start().await)),
        };
        Self { dir, grown }
    }

    /// `DATA_DIR` of every process: they find each other's secrets there.
    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// `DATABASE_URL`.
    pub(crate) fn database_url(&self) -> String {
        match &self.grown {
            Some((postgres, _)) => postgres.url().to_string(),
            None => format!("sqlite://{}", self.sqlite_path()),
        }
    }

    /// `REDIS_URL`.
    pub(crate) fn redis_url(&self) -> Option<String> {
        self.grown.as_ref().map(|(_, redis)| redis.url())
    }

    /// The secret of the processes that share the data directory.
    pub(crate) fn internal_token(&self) -> Secret {
        kit::settings::secret(self.data_dir(), "INTERNAL_TOKEN", "internal_token").unwrap()
    }

    /// Demands that no process left a damaged SQLite file; PostgreSQL sees to itself.
    pub(super) fn assert_sound(&self) {
        if self.grown.is_none() {
            let mut connection = SqliteConnection::establish(&self.sqlite_path()).unwrap();
            let verdict: Vec<Verdict> = sql_query("PRAGMA integrity_check").load(&mut connection).unwrap();
            assert_eq!(verdict, [Verdict { integrity_check: "ok".into() }]);
        }
    }

    fn sqlite_path(&self) -> String {
        self.dir.path().join("gochat.db").display().to_string()
    }
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}
