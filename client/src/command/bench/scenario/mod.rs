//! The scenarios, one file each.

mod fanout;
mod pairs;

use std::time::Duration;

use super::arguments::CommonArgs;

use super::cluster::Cluster;
use super::interrupt::Bench;
use super::report::{Report, Run, Subject};
use crate::command::Failure;

pub(super) use fanout::FanoutArgs;
pub(super) use pairs::PairsArgs;

/// Runs a scenario on a cluster of its own, which is stopped whatever becomes of it.
///
/// # Errors
/// The scenario's; a cluster that does not start or does not end well.
async fn on_a_cluster<T>(
    args: &CommonArgs,
    bench: &Bench,
    scenario: impl AsyncFnOnce(&Cluster) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let cluster = bench.unless_interrupted(Cluster::start(&args.cluster)).await?;
    let outcome = bench.unless_interrupted(scenario(&cluster)).await;
    let stopped = cluster.stop().await;
    let outcome = outcome?;
    stopped?;
    Ok(outcome)
}

/// A report of GoChat's runs, to which others may be added.
fn report(
    args: &CommonArgs,
    [scenario, operation]: [&str; 2],
    what: String,
    set_up: Duration,
    runs: Vec<Run>,
) -> Report {
    Report {
        scenario: scenario.to_owned(),
        what,
        operation: operation.to_owned(),
        storage: args.cluster.storage().to_owned(),
        size: args.cluster.size(),
        set_up_seconds: set_up.as_secs_f64(),
        subjects: vec![Subject { name: "GoChat".to_owned(), runs }],
    }
}
