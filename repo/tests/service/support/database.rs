//! A database of a test's own, in either kind, gone with the test.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tempfile::TempDir;

/// A database that nobody else uses.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
}

impl TestDatabase {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite://{}", folder.path().join("gochat.db").display()),
            home: Home::Sqlite { _folder: folder },
        }
    }

    /// # Panics
    /// Without a PostgreSQL to make it in.
    pub(crate) fn postgres() -> Self {
        let server = std::env::var("TEST_POSTGRES_URL").expect(
            "TEST_POSTGRES_URL is not set: run the tests by scripts/with-services.sh, which starts a PostgreSQL",
        );
        let name = format!("gochat_{}", uuid::Uuid::new_v4().simple());
        let mut admin =
            PgConnection::establish(&server).expect("the PostgreSQL of TEST_POSTGRES_URL answers");
        admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (base, _) = server.rsplit_once('/').expect("TEST_POSTGRES_URL names a database");
        Self { url: format!("{base}/{name}"), home: Home::Postgres { server, name } }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.home, Home::Postgres { .. })
    }

    /// Ends every other session of a PostgreSQL database, as a restart of the server does.
    pub(crate) fn cut_connections(url: &str) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        PgConnection::establish(url).unwrap().batch_execute(cut).unwrap();
    }

    /// Runs statements as an operator would, past repo.
    pub(crate) fn execute(&self, statements: &str) {
        match &self.home {
            Home::Sqlite { .. } => {
                let mut file = diesel::SqliteConnection::establish(&self.url).unwrap();
                file.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                file.batch_execute(statements).unwrap();
            }
            Home::Postgres { .. } => {
                PgConnection::establish(&self.url).unwrap().batch_execute(statements).unwrap();
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Home::Postgres { server, name } = &self.home
            && let Ok(mut admin) = PgConnection::establish(server)
        {
            admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).ok();
        }
    }
}
