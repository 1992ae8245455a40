//! The scenarios, one file each.

mod fanout;
mod history;
mod idle;
mod list;
mod pairs;
mod push;
mod push_stream;
mod reconnect;
mod rival;
mod soak;
mod storm;

use std::time::Instant;

use super::arguments::CommonArgs;
use super::cluster::Cluster;
use super::crowd::LONGEST_RUN;
use super::interrupt::Bench;
use super::report::{Report, Run, Subject, Yardstick};
use crate::command::Failure;

pub(super) use fanout::FanoutArgs;
pub(super) use history::HistoryArgs;
pub(super) use idle::IdleArgs;
pub(super) use list::ListArgs;
pub(super) use pairs::PairsArgs;
pub(super) use push::PushArgs;
pub(super) use push_stream::PushStreamArgs;
pub(super) use reconnect::ReconnectArgs;
pub(super) use soak::SoakArgs;
pub(super) use storm::StormArgs;

/// Runs a scenario on a cluster of its own, which is stopped whatever becomes of it.
///
/// # Errors
/// The scenario's; a cluster that does not start or does not end well.
async fn on_a_cluster<T>(
    args: &CommonArgs,
    bench: &Bench,
    scenario: impl AsyncFnOnce(&Cluster) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if args.warm_up + args.seconds > LONGEST_RUN {
        return Err(format!("a run may take {LONGEST_RUN:?} at most: the tokens of its sessions end").into());
    }
    let cluster = bench.unless_interrupted(Cluster::start(&args.cluster)).await?;
    let outcome = bench.unless_interrupted(scenario(&cluster)).await;
    let stopped = cluster.stop().await;
    let outcome = outcome?;
    stopped?;
    Ok(outcome)
}

/// What a report is about.
struct About<'a> {
    scenario: &'a str,
    operation: &'a str,
    what: String,
    /// When users and conversations began to be made, and when they were.
    set_up: (Instant, Instant),
}

impl About<'_> {
    /// The report of GoChat's runs and of those that it is compared with.
    fn report(
        self,
        args: &CommonArgs,
        runs: Vec<Run>,
        rivals: impl IntoIterator<Item = Subject>,
        yardsticks: Vec<Yardstick>,
    ) -> Report {
        let gochat = Subject { name: "GoChat".to_owned(), runs };
        Report {
            scenario: self.scenario.to_owned(),
            what: self.what,
            operation: self.operation.to_owned(),
            storage: args.cluster.storage().to_owned(),
            size: args.cluster.size(),
            set_up_seconds: (self.set_up.1 - self.set_up.0).as_secs_f64(),
            subjects: std::iter::once(gochat).chain(rivals).collect(),
            yardsticks,
            ratios: Vec::new(),
        }
        .with_ratios()
    }
}
