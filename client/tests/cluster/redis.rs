//! A Redis of a test's own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::eventually;
use super::processes::free_ports;

/// A `redis-server` on a port of its own, killed with this value. It keeps nothing.
#[derive(Debug)]
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl RedisServer {
    /// Starts one; another port is tried when somebody else was faster.
    pub(crate) async fn start() -> Self {
        for port in free_ports(10) {
            let dir = tempfile::tempdir().unwrap();
            let child = spawn(port, dir.path());
            let mut server = Self { child, port, dir };
            if server.answers().await {
                return server;
            }
        }
        panic!("no free port for redis-server was found");
    }

    /// Kills it as `kill -9` does: with all that it held.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same port, empty.
    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(self.port, self.dir.path());
        assert!(self.answers().await, "redis-server does not come back");
    }

    /// Lets it stand still with its connections open.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// `FLUSHALL`.
    pub(crate) fn flush(&self) {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        connection.write_all(b"FLUSHALL\r\n").unwrap();
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// What repo is given.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it accepts connections, or has ended.
    async fn answers(&mut self) -> bool {
        eventually("redis-server starts", async || self.state()).await
    }

    /// True when it accepts connections, false when it has ended, nothing when neither.
    fn state(&mut self) -> Option<bool> {
        if self.child.try_wait().unwrap().is_some() {
            let mut why = String::new();
            self.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut why));
            return Some(false);
        }
        TcpStream::connect(("127.0.0.1", self.port)).ok().map(|_| true)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(port: u16, dir: &Path) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--dir", &dir.display().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("redis-server must be in PATH: run the tests by `make test`")
}
