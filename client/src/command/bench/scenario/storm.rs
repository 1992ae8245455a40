//! `gochat bench storm`.

use std::time::Instant;

use super::rival::Rival;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{Newcomer, StormPlan, storm};
use crate::command::bench::report::{Report, Run};

/// Many connect at once
///
/// All users open a connection, upgrade it with their access token and wait for the hello, which is sent once they are announced to
/// everybody who is to know. An operation is a session that was greeted.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct StormArgs {
    /// How many connect
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    sessions: u32,

    /// How many connections are in the making at a time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    at_once: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl StormArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let (count, at_once) = (self.sessions as usize, self.at_once as usize);
        let begun = Instant::now();
        let accounts = crowd::guests(cluster, count, &bench.progress).await?;
        let set_up = (begun, Instant::now());
        let mut rival = Rival::start(&self.common, cluster.folder(), &bench.progress).await?;
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("storm, run {number}"));
            let addresses = crowd::addresses(cluster, &accounts).await?.into_iter();
            let sessions = addresses.map(|address| Newcomer { address, sync: None }).collect();
            let plan = StormPlan { sessions, at_once, threads: self.common.threads.into() };
            meter.settle().await?;
            let (span, tally) = storm(&meter, &progress, plan).await?;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
            if let Some(rival) = &mut rival {
                rival.storm(count, at_once).await?;
            }
        }
        let what = format!("{count} users connect, {at_once} at a time");
        let about = About { scenario: "storm", operation: "connect", what, set_up };
        Ok(about.report(&self.common, runs, rival.map(Rival::subject), Vec::new()))
    }
}
