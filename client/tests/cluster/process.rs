//! One program of a cluster: started, killed, paused and started again with the same settings.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use super::eventually_within;

/// A program that was told to stop has this long.
const STOPPING: Duration = Duration::from_secs(10);
/// What looking takes on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

/// Environment variables of a program.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// One program, started with the same settings every time.
#[derive(Debug)]
pub(crate) struct Process {
    /// Its service and number, e.g. `repo-0`.
    pub(crate) name: String,
    program: PathBuf,
    environment: Environment,
    log: PathBuf,
    child: Child,
    starts: usize,
}

impl Process {
    /// Starts a program that lies in the folder `programs`; its log is kept in `logs`.
    pub(super) fn start(name: String, programs: &Path, logs: &Path, environment: Environment) -> Self {
        let service = name.split('-').next().unwrap();
        let program = programs.join(service);
        assert!(program.is_file(), "{} is missing: run `cargo build --bins` first", program.display());
        let log = logs.join(format!("{name}.log"));
        let child = spawn(&program, &environment, &log);
        Self { name, program, environment, log, child, starts: 1 }
    }

    /// The operating system's number of it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The sockets that it has open.
    pub(crate) fn sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().flatten();
        let targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same ports.
    pub(crate) fn start_again(&mut self) {
        assert!(!self.is_running(), "{} still runs", self.name);
        self.child = spawn(&self.program, &self.environment, &self.log);
        self.starts += 1;
    }

    /// How often it was started.
    pub(crate) fn starts(&self) -> usize {
        self.starts
    }

    /// False once it has ended, by whatever cause.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Lets it stand still with its connections open.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// The memory that it has in RAM, in bytes (proc(5), `VmRSS`).
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }

    /// Asks it to stop by SIGTERM and waits for its end: what is wrong with how it ended, if anything is.
    pub(crate) async fn terminate(&mut self) -> Option<String> {
        if !self.is_running() {
            return Some(format!("{} had ended before it was told to", self.name));
        }
        self.signal("-TERM");
        let what = format!("{} stops", self.name);
        let looking = eventually_within(STOPPING + SLACK, &what, async || self.child.try_wait().unwrap());
        let status = looking.await;
        (!status.success()).then(|| format!("{} ended with {}", self.name, told(status)))
    }

    /// The panics that its log tells of.
    pub(crate) fn panics(&self) -> Vec<String> {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| line.contains("panicked"));
        lines.map(|line| format!("{}: {line}", self.name)).collect()
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn told(status: ExitStatus) -> String {
    status.signal().map_or_else(|| status.to_string(), |signal| format!("signal {signal}"))
}

fn spawn(program: &Path, environment: &[(&'static str, String)], log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(program)
        .env_clear()
        .envs(environment.iter().filter(|(_, value)| !value.is_empty()).cloned())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}
