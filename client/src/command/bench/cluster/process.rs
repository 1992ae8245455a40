//! A program that runs for the sake of a measurement.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::command::Failure;

/// What was told to stop has done so by then, or is killed.
const STOPPING: Duration = Duration::from_secs(12);
/// What of a log is told when its program has ended.
const LAST_LINES: usize = 8;

/// A running program, killed when dropped.
#[derive(Debug)]
pub(in super::super) struct Process {
    name: String,
    pid: u32,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program`, which is told nothing but `environment` and writes to a log in `folder`.
    ///
    /// # Errors
    /// When there is no such program.
    pub(in super::super) fn start(
        name: &str,
        program: &Path,
        arguments: &[String],
        environment: Vec<(&'static str, String)>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        if !program.is_file() {
            return Err(format!("{} is missing: build it, or say where it is", program.display()).into());
        }
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment.into_iter().filter(|(_, value)| !value.is_empty()))
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Ctrl-C reaches this command alone, which then stops the others in their order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| format!("{}: {why}", program.display()))?;
        let pid = child.id().ok_or("a program ended as it began")?;
        Ok(Self { name: name.to_owned(), pid, child, log })
    }

    /// The operating system's number of it.
    pub(in super::super) fn id(&self) -> u32 {
        self.pid
    }

    /// What it has written.
    pub(in super::super) fn log(&self) -> String {
        fs::read(&self.log).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// # Errors
    /// When it has ended by itself, with the end of its log.
    pub(in super::super) fn must_run(&mut self) -> Result<(), Failure> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                let log = self.log();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
                Err(format!("{} ended by itself ({status}):\n{last}", self.name).into())
            }
        }
    }

    /// Asks it to stop by SIGTERM, and kills it when it does not.
    ///
    /// # Errors
    /// When it had ended before, or did not end well.
    pub(in super::super) async fn stop(mut self) -> Result<(), Failure> {
        self.must_run()?;
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        match timeout(STOPPING, self.child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
            Ok(status) => Err(format!("{} ended with {}", self.name, status?).into()),
            Err(_) => {
                self.child.kill().await?;
                Err(format!("{} did not stop within {STOPPING:?}", self.name).into())
            }
        }
    }
}
