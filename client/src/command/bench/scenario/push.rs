//! `gochat bench push`.

use std::time::Instant;

use client::Account;

use super::rival::Rival;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{FanoutPlan, Job, MOST_IN_FLIGHT, Speaker, fanout};
use crate::command::bench::report::{Report, Run};

/// Pushes to many users in one call
///
/// A backend job calls PushToUsers for users who are connected, checks the result of each, and calls again when all have got it. An
/// operation is one delivery. It is compared with a message of the bare broadcaster to as many.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct PushArgs {
    /// How many users get it
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=9_000))]
    users: u32,

    /// How many calls are under way at a time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..MOST_IN_FLIGHT as i64))]
    in_flight: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl PushArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let accounts = crowd::guests(cluster, self.users as usize, &bench.progress).await?;
        let set_up = (begun, Instant::now());
        let mut rival = Rival::start(&self.common, cluster.folder(), &bench.progress).await?;
        let (meter, mut runs, mut last) = (cluster.meter(), Vec::new(), 0);
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("push, run {number}"));
            let plan = plan(cluster, &accounts, last, self.in_flight).await?;
            let (span, tally, sent) = fanout(self.common.timing(), &meter, &progress, plan).await?;
            last += sent;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
            if let Some(rival) = &mut rival {
                rival.fanout(self.users as usize, self.in_flight).await?;
            }
        }
        let what = format!("pushes to {} users in one call, {} calls in flight", self.users, self.in_flight);
        let about = About { scenario: "push", operation: "delivery", what, set_up };
        Ok(about.report(&self.common, runs, rival.map(Rival::subject), Vec::new()))
    }
}

/// A job is to push to all of these, after so many pushes before.
pub(super) async fn plan(
    cluster: &Cluster,
    accounts: &[Account],
    last: u64,
    in_flight: u32,
) -> Result<FanoutPlan, Failure> {
    Ok(FanoutPlan {
        speaker: Speaker::Job(job(cluster, accounts)),
        listeners: crowd::addresses(cluster, accounts).await?,
        first_words: Vec::new(),
        base: last,
        in_flight,
    })
}

/// A job that pushes to these.
pub(super) fn job(cluster: &Cluster, accounts: &[Account]) -> Job {
    let users = accounts.iter().map(|account| account.user().id.clone()).collect();
    Job { gateway: cluster.grpc(0), token: cluster.token().clone(), users }
}
