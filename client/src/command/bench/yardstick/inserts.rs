//! Raw inserts into the same kind of database: what storing costs where nothing else is done.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::beside;
use crate::command::bench::meter::Meter;
use crate::command::bench::report::{Cpu, Run, Value};
use crate::command::{Failure, complain};

/// What one takes for its table, beside the time that it is told to write.
const SLACK: Duration = Duration::from_secs(60);
/// Rows in a transaction: what repo gathers when there is much to do.
const BATCH: &str = "100";
/// What the program is called among those that use CPU.
const NAME: &str = "inserter";

/// A program that writes rows.
#[derive(Debug)]
pub(in super::super) struct Inserts {
    program: PathBuf,
    database: String,
    seconds: u64,
    meter: Meter,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    rows_per_second: f64,
    cpu_micros_per_row: f64,
    commits_per_second: f64,
}

impl Inserts {
    /// Into the database of this cluster, or beside its file; `None` where that is not wanted, or the program is missing.
    ///
    /// # Errors
    /// When this program does not know where it is itself.
    pub(in super::super) fn of(
        args: &CommonArgs,
        folder: &Path,
        database: Meter,
    ) -> Result<Option<Self>, Failure> {
        let program = beside(&args.cluster, args.raw_inserts.as_ref(), "examples/raw_inserts")?;
        if !args.yardsticks {
            return Ok(None);
        }
        if !program.is_file() {
            complain(&format!(
                "no raw inserts to compare with: {} is missing (cargo build --examples makes it)",
                program.display()
            ));
            return Ok(None);
        }
        let file = || format!("sqlite://{}", folder.join("yardstick.db").display());
        let database_url = args.cluster.database_url().map_or_else(file, ToString::to_string);
        let seconds = args.seconds.as_secs().max(1);
        Ok(Some(Self { program, database: database_url, seconds, meter: database }))
    }

    /// Writes for as long as a run is measured.
    ///
    /// # Errors
    /// When the program fails.
    pub(in super::super) async fn measure(&self) -> Result<Run, Failure> {
        let before = self.meter.read()?;
        let writing = Command::new(&self.program)
            .args(["--database", &self.database, "--batch", BATCH, "--seconds", &self.seconds.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output();
        let deadline = Duration::from_secs(self.seconds) + SLACK;
        let done = timeout(deadline, writing).await.map_err(|_| "the raw inserts do not end")??;
        if !done.status.success() {
            return Err(format!("the raw inserts ended with {}", done.status).into());
        }
        let used = self.meter.read()?.since(&before);
        let told: Told = serde_json::from_slice(&done.stdout)?;
        Ok(run(&told, self.seconds, used.of("database").map(|used| used.as_secs_f64())))
    }
}

fn run(told: &Told, seconds: u64, database: Option<f64>) -> Run {
    let seconds = seconds as f64;
    let rows = told.rows_per_second * seconds;
    let own = Cpu { name: NAME.to_owned(), seconds: told.cpu_micros_per_row * rows / 1e6 };
    let database = database.map(|seconds| Cpu { name: "database".to_owned(), seconds });
    let operations = rows.round() as u64;
    let commits = Value::new("commits a second", told.commits_per_second);
    Run {
        operations,
        seconds,
        cpu: std::iter::once(own).chain(database).collect(),
        values: vec![commits],
        ..Run::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_tells_becomes_a_run() {
        let told = r#"{"rowsPerSecond":50000.0,"cpuMicrosPerRow":12.0,"commitsPerSecond":500.0}"#;
        let run = run(&serde_json::from_str(told).unwrap(), 10, Some(1.0));
        assert_eq!((run.operations, run.rate()), (500_000, 50_000.0));
        assert_eq!(run.cpu_micros(|name| name == NAME), 12.0);
        assert_eq!(run.cpu_micros(|_| true), 14.0);
    }
}
