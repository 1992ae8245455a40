//! Brings the schema up to date, once, however many repo processes start together.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationVersion;
use diesel::sql_types::Bool;
use diesel::{PgConnection, QueryableByName};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Access, ConnectError, DbConnection};
use super::error::StoreResult;
use super::{DatabaseUrl, sql};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// PostgreSQL's advisory lock while the schema changes; any number that no other program uses.
const LOCK: i64 = 0x676f_6368_6174_0001;

/// Connects and brings the schema up to date. It blocks.
pub(super) fn migrate(url: &DatabaseUrl) -> Result<(), ConnectError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        ConnectError::Unusable(format!("the schema could not be brought up to date: {error}"))
    };
    let applied = match &mut DbConnection::open(url, Access::Write)? {
        DbConnection::Sqlite(file) => names(file.run_pending_migrations(SQLITE).map_err(failed)?),
        DbConnection::Postgres(server) => {
            if !lock(server).map_err(|error| ConnectError::Down(error.to_string()))? {
                return Err(ConnectError::Down("another repo is bringing the schema up to date".to_owned()));
            }
            // The lock ends with the session, so an error needs no unlocking.
            names(server.run_pending_migrations(POSTGRES).map_err(failed)?)
        }
    };
    if !applied.is_empty() {
        tracing::info!(migrations = applied, "the schema was brought up to date");
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

fn lock(server: &mut PgConnection) -> StoreResult<bool> {
    let locked =
        sql(format!("SELECT pg_try_advisory_lock({LOCK}) AS locked")).get_result::<Locked>(server)?;
    // A migration may take its time.
    server.batch_execute("SET statement_timeout = 0; SET lock_timeout = '60s'")?;
    Ok(locked.locked)
}

fn names(applied: Vec<MigrationVersion<'_>>) -> String {
    applied.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
