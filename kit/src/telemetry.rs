//! Logs: one event a line, on standard error, as text or JSON.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// Begins to log. `filter` is a level or a `tracing` directive list such as `info,repo=debug`; a second call does nothing,
/// so that several processes' worth of code can live in one test.
///
/// # Errors
/// When `filter` is not a directive list.
pub fn init(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("LOG is not a log filter: {error}"))?;
    // A line that cannot be written is lost. Complaining about it where it could not be written would panic, and take along
    // whoever had something to say: a full disk would stop the store's threads.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let begun = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if begun.is_err() {
        tracing::debug!("logging had begun before");
    }
    Ok(())
}
