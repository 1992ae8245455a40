//! The subcommands, one file or folder each.

mod bench;
mod chat;
mod push;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chat on a GoChat server from a terminal, push events to its users from a job, and measure it
#[derive(Debug, Parser)]
#[command(name = "gochat", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Chat(chat::Args),
    Push(push::Args),
    Bench(bench::Args),
}

impl Cli {
    /// Does what was asked and says how it went.
    pub(crate) async fn run(self) -> ExitCode {
        match self.command {
            Command::Chat(args) => chat::run(args).await,
            Command::Push(args) => push::run(args).await,
            Command::Bench(args) => bench::run(args).await,
        }
    }
}

/// Why a command ends early, as a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Tells what went wrong, on standard error.
fn complain(what: &dyn Display) {
    // Nobody is left to be told that standard error is closed.
    writeln!(std::io::stderr(), "gochat: {what}").ok();
}
