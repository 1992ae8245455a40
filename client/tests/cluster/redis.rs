//! A Redis of a test's own.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::eventually;

/// A `redis-server` on a free port, killed with this value.
#[derive(Debug)]
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl RedisServer {
    /// Starts one; another port is tried when somebody else was faster.
    pub(crate) async fn start() -> Self {
        for _ in 0..10 {
            let port = free_port();
            let dir = tempfile::tempdir().unwrap();
            let child = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ])
                .args(["--dir", &dir.path().display().to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("redis-server must be in PATH: run the tests by `make test`");
            let mut server = Self { child, port, _dir: dir };
            let answers = eventually("redis-server starts", async || server.state()).await;
            if answers {
                return server;
            }
        }
        panic!("no free port for redis-server was found");
    }

    /// What repo is given.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
