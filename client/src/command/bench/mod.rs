//! `gochat bench`: how much GoChat does in a second, how long that takes, and what it costs.
//!
//! Every measurement starts a cluster of its own ([`cluster`]), fills it with users ([`crowd`]), lets a [`load`] run over the
//! light connections of [`wire`], reads what the processes used ([`meter`]), and tells it ([`report`]).

mod arguments;
mod cluster;
mod crowd;
mod files;
mod interrupt;
mod load;
mod meter;
mod progress;
mod report;
mod scenario;
mod wire;
mod yardstick;

use std::process::ExitCode;

use clap::Subcommand;

use self::arguments::CommonArgs;
use self::interrupt::Bench;
use self::report::{Report, ReportArgs, Reports};
use self::scenario::{
    FanoutArgs, HistoryArgs, IdleArgs, ListArgs, PairsArgs, PushArgs, PushStreamArgs, ReconnectArgs,
    SoakArgs, StormArgs,
};
use self::yardstick::EchoArgs;
use super::{Failure, complain};

/// Measure GoChat on this machine
///
/// Starts a cluster of its own for each measurement, makes load in this process, and tells what was done in a second, how long it took,
/// and how much CPU each process used for it. A run in which a message is lost, comes twice or out of order fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Pairs(PairsArgs),
    Fanout(FanoutArgs),
    Push(PushArgs),
    PushStream(PushStreamArgs),
    Idle(IdleArgs),
    Storm(StormArgs),
    Reconnect(ReconnectArgs),
    History(HistoryArgs),
    List(ListArgs),
    Soak(SoakArgs),
    Report(ReportArgs),
    /// The other end of the raw calls, started by the scenarios that make them.
    #[command(hide = true)]
    Echo(EchoArgs),
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> ExitCode {
    match args.command.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

impl Command {
    async fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Pairs(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Fanout(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Push(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::PushStream(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Idle(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Storm(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Reconnect(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::History(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::List(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Soak(args) => measure(&args.common, async |bench| args.run(bench).await).await,
            Self::Report(args) => args.run(),
            Self::Echo(args) => args.run().await,
        }
    }
}

async fn measure(
    args: &CommonArgs,
    scenario: impl AsyncFnOnce(&Bench) -> Result<Report, Failure>,
) -> Result<(), Failure> {
    let bench = Bench::begin()?;
    let measured = scenario(&bench).await;
    bench.progress.ends();
    Reports::of(measured?).tell(args.json.as_deref(), args.html.as_deref())
}
