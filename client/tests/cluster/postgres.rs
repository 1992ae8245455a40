//! A PostgreSQL database of a test's own.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use url::Url;

/// Names a server that the tests may make databases on, as its superuser.
const SERVER: &str = "TEST_POSTGRES_URL";

/// An empty database, dropped with this value.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    server: Url,
    name: String,
}

impl PostgresDatabase {
    /// Makes one.
    pub(crate) fn create() -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} is not set; run the tests by `make test` or `scripts/with-services.sh cargo test`"
            )
        });
        let server = Url::parse(&server).unwrap();
        let name = format!("gochat_{}", uuid::Uuid::now_v7().simple());
        let database = Self { server, name };
        database.on_server(&format!("CREATE DATABASE {}", database.name)).unwrap();
        database
    }

    /// What repo is given.
    pub(crate) fn url(&self) -> Url {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url
    }

    fn on_server(&self, statement: &str) -> Result<usize, String> {
        let mut connection =
            PgConnection::establish(self.server.as_str()).map_err(|error| error.to_string())?;
        sql_query(statement).execute(&mut connection).map_err(|error| error.to_string())
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // Nobody waits for a database that stays behind: the server of the tests is thrown away.
        self.on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).ok();
    }
}
