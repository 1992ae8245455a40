//! `gochat bench push-stream`.

use std::time::Instant;

use super::push::job;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::push_stream;
use crate::command::bench::report::{Report, Run, Yardstick};
use crate::command::bench::yardstick::{CallKind, Calls};

/// Pushes to one user each, over one stream
///
/// A busy job keeps pushes under way, to connected users in turn, checks each result, and counts each delivery. An operation is a
/// push that was answered and delivered. It is compared with a raw gRPC stream.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct PushStreamArgs {
    /// How many users are connected
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=9_000))]
    users: u32,

    /// How many pushes are under way at a time
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    window: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl PushStreamArgs {
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
        let calls = match self.common.yardsticks {
            true => Some(Calls::start(cluster.folder()).await?),
            false => None,
        };
        let (meter, timing) = (cluster.meter(), self.common.timing());
        let (mut runs, mut called) = (Vec::new(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("push-stream, run {number}"));
            let sessions = crowd::addresses(cluster, &accounts).await?;
            let job = job(cluster, &accounts);
            let (span, tally) = push_stream(timing, &meter, &progress, job, sessions, self.window).await?;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
            if let Some(calls) = &calls {
                let progress = bench.progress.called("a raw stream");
                called.push(calls.measure(CallKind::Stream, timing, &progress).await?);
            }
        }
        let what =
            format!("pushes to one of {} users each over one stream, {} in flight", self.users, self.window);
        let about = About { scenario: "push-stream", operation: "push", what, set_up };
        let stream = Yardstick::new("a raw gRPC stream of 200 bytes a message", "message", called);
        let yardsticks = Some(stream).filter(Yardstick::was_measured).into_iter().collect();
        Ok(about.report(&self.common, runs, None, yardsticks))
    }
}
