//! Brings the schema up to date, once, however many repo processes start together.

use std::collections::HashSet;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sql_types::Bool;
use diesel::{PgConnection, QueryableByName};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Access, ConnectError, DbConnection};
use super::error::StoreResult;
use super::{DatabaseUrl, sql};
use crate::planted;

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// PostgreSQL's advisory lock while the schema changes; any number that no other program uses.
const LOCK: i64 = 0x676f_6368_6174_0001;

/// Connects and brings the schema up to date. It blocks.
pub(super) fn migrate(url: &DatabaseUrl) -> Result<(), ConnectError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        ConnectError::Unusable(format!("the schema could not be brought up to date: {error}"))
    };
    let mut connection = DbConnection::open(url, Access::Write)?;
    let applied = match &mut connection {
        DbConnection::Sqlite(file) => names(apply(file, SQLITE).map_err(failed)?),
        DbConnection::Postgres(server) => {
            if !lock(server).map_err(|error| ConnectError::Down(error.to_string()))? {
                return Err(ConnectError::Down("another repo is bringing the schema up to date".to_owned()));
            }
            // The lock ends with the session, so an error needs no unlocking.
            names(apply(server, POSTGRES).map_err(failed)?)
        }
    };
    // A planted bug: the same key again is another message.
    planted::drop_unique_key(&mut connection).map_err(|error| failed(error.into()))?;
    if !applied.is_empty() {
        tracing::info!(migrations = applied, "the schema was brought up to date");
    }
    Ok(())
}

/// Runs what has not run yet. A schema that a later version made is left alone: this one could spoil what it does not know.
fn apply<DB: Backend>(
    database: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> diesel::migration::Result<Vec<MigrationVersion<'static>>> {
    let known: HashSet<_> =
        source.migrations()?.iter().map(|migration| migration.name().version().as_owned()).collect();
    if let Some(unknown) = database.applied_migrations()?.into_iter().find(|version| !known.contains(version))
    {
        return Err(format!("it is of a later version than this program (migration {unknown})").into());
    }
    Ok(database.run_pending_migrations(source)?.iter().map(MigrationVersion::as_owned).collect())
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
