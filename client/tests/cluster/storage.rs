//! What outlives a cluster's processes: the data directory, the database and Redis.

use std::path::Path;

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use kit::Secret;

use super::postgres::PostgresDatabase;
use super::postgres_server::PostgresServer;
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

    /// As the command line has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Grown => "grown",
        }
    }
}

/// A cluster's data, thrown away with this value.
#[derive(Debug)]
pub(crate) struct Storage {
    dir: tempfile::TempDir,
    grown: Option<Grown>,
}

#[derive(Debug)]
struct Grown {
    postgres: Postgres,
    redis: RedisServer,
}

#[derive(Debug)]
enum Postgres {
    /// On the server that all tests share.
    Database(PostgresDatabase),
    /// A server of the test's own, which can be killed.
    Server(PostgresServer),
}

impl Storage {
    /// Empty storage for a cluster of this size.
    pub(crate) async fn create(size: Size) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let grown = match size {
            Size::Small => None,
            Size::Grown => {
                let postgres = Postgres::Database(PostgresDatabase::create());
                Some(Grown { postgres, redis: RedisServer::start().await })
            }
        };
        Self { dir, grown }
    }

    /// Empty storage for a small cluster, below this folder.
    pub(crate) fn inside(folder: &Path) -> Self {
        Self { dir: tempfile::tempdir_in(folder).unwrap(), grown: None }
    }

    /// Empty storage for a grown cluster whose PostgreSQL nobody else uses.
    pub(crate) async fn with_own_postgres() -> Self {
        let postgres = Postgres::Server(PostgresServer::start().await);
        let grown = Grown { postgres, redis: RedisServer::start().await };
        Self { dir: tempfile::tempdir().unwrap(), grown: Some(grown) }
    }

    /// The Redis of a grown cluster.
    pub(crate) fn redis(&mut self) -> &mut RedisServer {
        &mut self.grown.as_mut().expect("a small cluster has no Redis").redis
    }

    /// The PostgreSQL server of the test's own.
    pub(crate) fn postgres(&mut self) -> &mut PostgresServer {
        match self.grown.as_mut().map(|grown| &mut grown.postgres) {
            Some(Postgres::Server(server)) => server,
            _ => panic!("this cluster has no PostgreSQL of its own"),
        }
    }

    /// Leaves the files where they are: the folder, for who wants to read the logs.
    pub(crate) fn keep(&mut self) -> &Path {
        self.dir.disable_cleanup(true);
        self.dir.path()
    }

    /// `DATA_DIR` of every process: they find each other's secrets there.
    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// `DATABASE_URL`.
    pub(crate) fn database_url(&self) -> String {
        match &self.grown {
            Some(Grown { postgres: Postgres::Database(database), .. }) => database.url().to_string(),
            Some(Grown { postgres: Postgres::Server(server), .. }) => server.url(),
            None => format!("sqlite://{}", self.sqlite_path()),
        }
    }

    /// `REDIS_URL`.
    pub(crate) fn redis_url(&self) -> Option<String> {
        self.grown.as_ref().map(|grown| grown.redis.url())
    }

    /// The secret of the processes that share the data directory.
    pub(crate) fn internal_token(&self) -> Secret {
        kit::settings::secret(self.data_dir(), "INTERNAL_TOKEN", "internal_token").unwrap()
    }

    /// What is wrong with the SQLite file that the processes left; PostgreSQL sees to itself.
    pub(super) fn damage(&self) -> Vec<String> {
        if self.grown.is_some() {
            return Vec::new();
        }
        let mut connection = SqliteConnection::establish(&self.sqlite_path()).unwrap();
        let verdict: Vec<Verdict> = sql_query("PRAGMA integrity_check").load(&mut connection).unwrap();
        let verdict = verdict.into_iter().map(|verdict| verdict.integrity_check);
        verdict.filter(|line| line != "ok").map(|line| format!("SQLite: {line}")).collect()
    }

    fn sqlite_path(&self) -> String {
        self.dir.path().join("gochat.db").display().to_string()
    }
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}
