//! `gochat bench fanout`.

use std::time::Instant;

use super::{on_a_cluster, report};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{FanoutPlan, MOST_IN_FLIGHT, Speaker, fanout};
use crate::command::bench::report::{Report, Run};
use crate::command::bench::wire::Template;

/// Messages to a group
///
/// One member writes, all others hear. An operation is one delivery.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct FanoutArgs {
    /// How many hear it
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_999))]
    receivers: u32,

    /// How many messages are under way at a time: the next begins when one was acknowledged and delivered to all
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..MOST_IN_FLIGHT as i64))]
    in_flight: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl FanoutArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let owner = crowd::registered(cluster).await?;
        let members = crowd::guests(cluster, self.receivers as usize, &bench.progress).await?;
        let group = crowd::group(&owner, &members).await?;
        let set_up = begun.elapsed();
        let mut base = 0;
        let mut runs = Vec::new();
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("fanout, run {number}"));
            let plan = FanoutPlan {
                speaker: Speaker::Member {
                    address: crowd::address(cluster.http(0), &owner).await?,
                    message: Template::to_conversation(&group, "bench"),
                },
                listeners: crowd::addresses(cluster, &members).await?,
                first_words: Vec::new(),
                base,
                in_flight: self.in_flight,
            };
            let meter = cluster.meter();
            let (span, tally, sent) = fanout(self.common.timing(), &meter, &progress, plan).await?;
            base += sent;
            runs.push(Run::of(&span, &tally));
        }
        let what = format!("a group of {} receivers, {} messages in flight", self.receivers, self.in_flight);
        Ok(report(&self.common, ["fanout", "delivery"], what, set_up, runs))
    }
}
