//! A PostgreSQL server of a test's own, which can be killed without harm to others.

use std::fs::File;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use diesel::{Connection, PgConnection};

use super::eventually;
use super::processes::free_ports;

/// A server on a port of its own, killed with this value.
#[derive(Debug)]
pub(crate) struct PostgresServer {
    /// None while it is down.
    child: Option<Child>,
    port: u16,
    // Its user must be able to enter, so it is not the folder of the cluster.
    dir: tempfile::TempDir,
}

impl PostgresServer {
    /// Makes its data folder and starts it.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(dir.path()));
        }
        let data = dir.path().join("data");
        let mut initdb = as_postgres(&bin().join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username", "gochat", "--auth", "trust"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C.UTF-8"]).current_dir("/");
        let log = File::create(dir.path().join("initdb.log")).unwrap();
        run(initdb.stdout(log.try_clone().unwrap()).stderr(log));
        let mut server = Self { child: None, port: free_ports(1)[0], dir };
        server.start_again().await;
        server
    }

    /// What repo is given.
    pub(crate) fn url(&self) -> String {
        format!("postgres://gochat@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills all its processes as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        signal(&child, "-KILL");
        child.wait().unwrap();
    }

    /// Starts it again on the same port over the same data; it recovers what was committed.
    pub(crate) async fn start_again(&mut self) {
        self.launch();
        eventually("PostgreSQL accepts connections", async || {
            TcpStream::connect(("127.0.0.1", self.port)).ok()?;
            PgConnection::establish(&self.url()).ok().map(drop)
        })
        .await;
    }

    /// Lets all its processes stand still with their connections open.
    pub(crate) fn pause(&self) {
        signal(self.child.as_ref().unwrap(), "-STOP");
    }

    /// Lets them go on.
    pub(crate) fn resume(&self) {
        signal(self.child.as_ref().unwrap(), "-CONT");
    }

    fn launch(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        let mut server = as_postgres(&bin().join("postgres"));
        server.arg("-D").arg(self.dir.path().join("data")).arg("-k").arg(self.dir.path());
        server.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "max_connections=100", "-c", "shared_buffers=32MB"]).current_dir("/");
        let log = File::options().create(true).append(true).open(self.dir.path().join("server.log")).unwrap();
        // A process group of its own, so that a signal reaches its backends too.
        server.process_group(0).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(server.spawn().unwrap());
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a whole process group.
fn signal(leader: &Child, signal: &str) {
    run(Command::new("kill").args([signal, "--", &format!("-{}", leader.id())]));
}

/// PostgreSQL refuses to run as root, so root runs it as the package's user.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// The folder of `initdb` and `postgres`: Debian keeps them off PATH, one folder for each version.
fn bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.unwrap().path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    folders.into_iter().find(complete).expect("PostgreSQL must be installed: run the tests by `make test`")
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
