//! `gochat bench`: how much GoChat does in a second, how long that takes, and what it costs.
//!
//! Every measurement starts a cluster of its own ([`cluster`]), fills it with users ([`crowd`]), lets a [`load`] run over the
//! light connections of [`wire`], reads what the processes used ([`meter`]), and tells it ([`report`]).

mod arguments;

mod cluster;
mod crowd;
mod interrupt;
mod load;
mod meter;
mod progress;
mod report;
mod scenario;
mod wire;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Subcommand;

use self::arguments::CommonArgs;
use self::interrupt::Bench;
use self::report::Report;
use self::scenario::{FanoutArgs, PairsArgs};
use super::{Failure, complain};

/// Measure GoChat on this machine
///
/// Starts a cluster of its own for each measurement, makes load in this process, and tells what was done in a second, how long it took,
/// and how much CPU each process used for it. A run in which a message is lost, comes twice or out of order fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    Pairs(PairsArgs),
    Fanout(FanoutArgs),
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> ExitCode {
    match measure(args.scenario).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn measure(scenario: Scenario) -> Result<(), Failure> {
    let bench = Bench::begin()?;
    let measured = match &scenario {
        Scenario::Pairs(args) => args.run(&bench).await,
        Scenario::Fanout(args) => args.run(&bench).await,
    };
    bench.progress.ends();
    tell(scenario.common(), &measured?)
}

impl Scenario {
    fn common(&self) -> &CommonArgs {
        match self {
            Self::Pairs(args) => &args.common,
            Self::Fanout(args) => &args.common,
        }
    }
}

fn tell(args: &CommonArgs, report: &Report) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    report::print(&mut out, report)?;
    out.flush()?;
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_vec_pretty(&[report])?)?;
    }
    Ok(())
}
