//! The command as a program of its own.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::cluster::within;

/// A running `gochat`, killed when dropped.
pub(crate) struct Gochat {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    errors: ChildStderr,
    heard: Vec<String>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) status: i32,
    /// Every line of standard output.
    pub(crate) output: Vec<String>,
    /// All of standard error.
    pub(crate) errors: String,
}

impl Gochat {
    /// Starts it with these arguments and nothing but these variables.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gochat"))
            .args(arguments)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            errors: child.stderr.take().unwrap(),
            heard: Vec::new(),
            child,
        }
    }

    /// Types a line.
    pub(crate) async fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        input.flush().await.unwrap();
    }

    /// Waits for a line that `matches`, and returns it.
    pub(crate) async fn hears_that(&mut self, what: &str, matches: impl Fn(&str) -> bool) -> String {
        loop {
            let line = within(what, self.output.next_line()).await.unwrap();
            let Some(line) = line else { panic!("gochat ended before {what}; it said {:#?}", self.heard) };
            self.heard.push(line.clone());
            if matches(&line) {
                return line;
            }
        }
    }

    /// Waits for exactly this line.
    pub(crate) async fn hears(&mut self, expected: &str) {
        self.hears_that(&format!("the line {expected:?}"), |line| line == expected).await;
    }

    /// Ends its input and waits for its end.
    pub(crate) async fn ends(mut self) -> Ending {
        self.input = None;
        self.has_ended().await
    }

    /// Waits for its end; its input stays open.
    pub(crate) async fn has_ended(mut self) -> Ending {
        let mut errors = String::new();
        let rest = async {
            while let Some(line) = self.output.next_line().await.unwrap() {
                self.heard.push(line);
            }
            self.errors.read_to_string(&mut errors).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = within("gochat ends", rest).await;
        Ending { status: status.code().unwrap(), output: self.heard, errors }
    }
}
