//! Raw inserts: the yardstick that `gochat bench` holds repo against.
//!
//! Rows of 100 bytes of text, in transactions of `--batch` rows, into a table like `messages`, over diesel, with the durability
//! and the prepared statements of repo's own connections, and nothing else: no actors, no gRPC, no look-ups, no second table. It prints one
//! line of JSON; `cpuMicrosPerRow` is this process's own, the CPU of a PostgreSQL is its own to tell.
//!
//! It works in a folder beside the database's file, or in a schema of its own, and removes that at the end.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

#[path = "../src/store/settings.rs"]
mod settings;
/// Statements that stay prepared under their text, as repo's do.
#[path = "../src/store/sql.rs"]
mod sql;

use settings::{POSTGRES_SETTINGS, SQLITE_SETTINGS};
use sql::sql;

type Failure = Box<dyn Error + Send + Sync>;

/// Conversations that each connection writes into.
const CONVERSATIONS: usize = 100;
const TEXT_BYTES: usize = 100;
/// What `/proc` counts CPU in; the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Inserts as fast as the database commits
#[derive(Parser)]
struct Arguments {
    /// sqlite://path or postgres://…; the same server or file system, but nothing of that database is touched
    #[arg(long)]
    database: String,
    /// Rows in a transaction
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// How long
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections that write at once; SQLite lets only one at a time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
}

/// The place of the table; dropped, it is gone.
enum Place {
    Sqlite(TempDir),
    Postgres { url: String, schema: String },
}

enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    fn make(url: &str) -> Result<Self, Failure> {
        let place = if let Some(path) = url.strip_prefix("sqlite://") {
            let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            Self::Sqlite(tempfile::Builder::new().prefix("raw-inserts-").tempdir_in(folder)?)
        } else {
            let schema = format!("raw_inserts_{}", Uuid::new_v4().simple());
            PgConnection::establish(url)?.batch_execute(&format!("CREATE SCHEMA {schema}"))?;
            Self::Postgres { url: url.to_owned(), schema }
        };
        let (collation, at_the_end) = match place {
            Self::Sqlite(_) => ("", "WITHOUT ROWID"),
            Self::Postgres { .. } => ("COLLATE \"C\"", ""),
        };
        let table = format!(
            "CREATE TABLE messages (
                 conversation_id TEXT {collation} NOT NULL, seq_id BIGINT NOT NULL, sender_id TEXT {collation} NOT NULL,
                 message_type INTEGER NOT NULL, content TEXT NOT NULL, extra TEXT NOT NULL,
                 client_msg_id TEXT {collation} NOT NULL, deleted BOOLEAN NOT NULL, change BIGINT NOT NULL,
                 created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, recalled_by TEXT {collation} NOT NULL DEFAULT '',
                 PRIMARY KEY (conversation_id, seq_id), UNIQUE (client_msg_id, conversation_id, sender_id)
             ) {at_the_end}"
        );
        match place.connect()? {
            Writer::Sqlite(mut file) => file.batch_execute(&table)?,
            Writer::Postgres(mut server) => server.batch_execute(&table)?,
        }
        Ok(place)
    }

    fn connect(&self) -> Result<Writer, Failure> {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("raw.db");
                let path = path.to_str().ok_or("the database's path is not UTF-8")?;
                let mut file = SqliteConnection::establish(path)?;
                file.batch_execute(SQLITE_SETTINGS)?;
                Ok(Writer::Sqlite(file))
            }
            Self::Postgres { url, schema } => {
                let mut server = PgConnection::establish(url)?;
                server.batch_execute(&format!("{POSTGRES_SETTINGS} SET search_path = {schema}"))?;
                Ok(Writer::Postgres(server))
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Postgres { url, schema } = self
            && let Ok(mut server) = PgConnection::establish(url)
        {
            let drop = format!("SET client_min_messages = error; DROP SCHEMA {schema} CASCADE");
            server.batch_execute(&drop).ok();
        }
    }
}

/// What one connection writes: a row into each of its conversations by turns.
struct Rows {
    conversations: Vec<(String, String)>,
    text: String,
    next: usize,
}

struct Row<'a> {
    conversation: &'a str,
    sender: &'a str,
    seq: i64,
    key: String,
}

impl Rows {
    fn new() -> Self {
        let pair = || (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
        Self {
            conversations: std::iter::repeat_with(pair).take(CONVERSATIONS).collect(),
            text: "x".repeat(TEXT_BYTES),
            next: 0,
        }
    }

    fn take(&mut self, count: u32) -> Vec<Row<'_>> {
        let first = self.next;
        self.next += count as usize;
        let row = |number: usize| {
            let (conversation, sender) = &self.conversations[number % CONVERSATIONS];
            let key = uuid::Uuid::now_v7().simple().to_string();
            Row { conversation, sender, seq: (number / CONVERSATIONS) as i64 + 1, key }
        };
        (first..self.next).map(row).collect()
    }

    /// One transaction.
    fn insert(&mut self, writer: &mut Writer, count: u32, now: i64) -> Result<(), Failure> {
        let text = self.text.clone();
        let rows = self.take(count);
        match writer {
            Writer::Sqlite(file) => Ok(insert_into_sqlite(file, &rows, &text, now)?),
            Writer::Postgres(server) => Ok(insert_into_postgres(server, &rows, &text, now)?),
        }
    }
}

fn insert_into_sqlite(
    file: &mut SqliteConnection,
    rows: &[Row<'_>],
    text: &str,
    now: i64,
) -> diesel::QueryResult<()> {
    file.immediate_transaction(|file| {
        for row in rows {
            sql("INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id,
                     deleted, change, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, '', $5, FALSE, 0, $6, $6)")
            .bind::<Text, _>(row.conversation)
            .bind::<BigInt, _>(row.seq)
            .bind::<Text, _>(row.sender)
            .bind::<Text, _>(text)
            .bind::<Text, _>(&row.key)
            .bind::<BigInt, _>(now)
            .execute(file)?;
        }
        Ok(())
    })
}

fn insert_into_postgres(
    server: &mut PgConnection,
    rows: &[Row<'_>],
    text: &str,
    now: i64,
) -> diesel::QueryResult<()> {
    fn column<'a, T>(rows: &'a [Row<'_>], of: impl Fn(&'a Row<'_>) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    sql("INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change,
             created_at, updated_at)
         SELECT m.conversation_id, m.seq, m.sender, 1, m.content, '', m.key, FALSE, 0, $6, $6
         FROM UNNEST($1, $2, $3, $4, $5) AS m (conversation_id, seq, sender, content, key)")
    .bind::<Array<Text>, _>(column(rows, |row| row.conversation))
    .bind::<Array<BigInt>, _>(column(rows, |row| row.seq))
    .bind::<Array<Text>, _>(column(rows, |row| row.sender))
    .bind::<Array<Text>, _>(column(rows, |_| text))
    .bind::<Array<Text>, _>(column(rows, |row| row.key.as_str()))
    .bind::<BigInt, _>(now)
    .execute(server)?;
    Ok(())
}

/// This process's CPU time in seconds.
fn own_cpu() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in parentheses, may hold anything; utime and stime are the 14th and 15th field.
    let fields = stat.rsplit_once(')').ok_or("/proc/self/stat is not as expected")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}

/// Writes until the time is over or `stopped` is set; the line of JSON, or nothing when it was stopped.
fn measure(arguments: &Arguments, stopped: &AtomicBool) -> Result<Option<String>, Failure> {
    let place = Place::make(&arguments.database)?;
    let now = 1_800_000_000;
    let mut writers = Vec::new();
    for _ in 0..arguments.connections {
        let (mut writer, mut rows) = (place.connect()?, Rows::new());
        // Statements are parsed before the clock runs.
        rows.insert(&mut writer, arguments.batch, now)?;
        writers.push((writer, rows));
    }
    let commits = AtomicU64::new(0);
    let (begun, cpu_before) = (Instant::now(), own_cpu()?);
    let until = begun + Duration::from_secs(arguments.seconds.into());
    let write = |(mut writer, mut rows): (Writer, Rows)| {
        while Instant::now() < until && !stopped.load(Ordering::Relaxed) {
            rows.insert(&mut writer, arguments.batch, now)?;
            commits.fetch_add(1, Ordering::Relaxed);
        }
        Ok::<(), Failure>(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = writers.into_iter().map(|writer| scope.spawn(|| write(writer))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a writer panicked")?)
    })?;
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), own_cpu()? - cpu_before);
    let commits = commits.into_inner() as f64;
    let rows = commits * f64::from(arguments.batch);
    let line = serde_json::json!({
        "rowsPerSecond": rows / seconds, "commitsPerSecond": commits / seconds, "cpuMicrosPerRow": cpu * 1e6 / rows,
    });
    Ok((!stopped.load(Ordering::Relaxed)).then(|| line.to_string()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    let mut measured = tokio::task::spawn_blocking(move || measure(&arguments, &stop));
    // Stopped early, it still removes what it made.
    let line = tokio::select! {
        line = &mut measured => Some(line),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    stopped.store(true, Ordering::Relaxed);
    let line = match line {
        Some(line) => line,
        None => measured.await,
    };
    let line = line??.ok_or("stopped")?;
    writeln!(io::stdout().lock(), "{line}")?;
    Ok(())
}
