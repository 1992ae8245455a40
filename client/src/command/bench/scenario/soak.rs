//! `gochat bench soak`.

use std::time::Instant;

use super::fanout::Group;
use super::history::Library;
use super::pairs::{Talkers, rate};
use super::push::plan;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{fanout, pages, pairs};
use crate::command::bench::meter::resident_bytes;
use crate::command::bench::report::{Report, Run, Value};

/// A bit of everything at a time
///
/// Pairs by a fixed schedule, a group, a job that pushes and readers of history share a cluster for as long as they are told to. Told
/// are the rate and the latencies of each, and how the gateways' memory has grown. An operation is a message between pairs.
#[derive(Clone, Debug, clap::Args)]
#[command(mut_arg("seconds", |arg| arg.default_value("60")))]
#[command(mut_arg("runs", |arg| arg.default_value("1")))]
pub(in super::super) struct SoakArgs {
    /// How many pairs
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=4_500))]
    pairs: u32,

    /// Messages a second of all pairs
    #[arg(long, value_name = "N", default_value = "2000", value_parser = rate)]
    rate: f64,

    /// How many hear a group, where one message is under way
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_999))]
    receivers: u32,

    /// How many users a job pushes to
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=9_000))]
    users: u32,

    /// How many read history
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    readers: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

/// Pages that each conversation has which is read.
const PAGES: u32 = 5;

impl SoakArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let mut talkers = Talkers::make(cluster, self.pairs as usize, bench).await?;
        let mut group = Group::make(cluster, self.receivers as usize, bench).await?;
        let users = crowd::guests(cluster, self.users as usize, &bench.progress).await?;
        let library = Library::make(cluster, self.readers as usize, PAGES, bench).await?;
        let set_up = (begun, Instant::now());
        let (meter, timing) = (cluster.meter(), self.common.timing());
        let (mut runs, mut pushed) = (Vec::new(), 0);
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("soak, run {number}"));
            let quiet = bench.progress.silent();
            let before = memory(cluster)?;
            let (talk, hear) = (talkers.plans(cluster).await?, group.plan(cluster, 1).await?);
            let push = plan(cluster, &users, pushed, 1).await?;
            let readers = library.readers(cluster).await?;
            let (talked, heard, told, read) = tokio::try_join!(
                pairs(timing, Some(self.rate), &meter, &progress, talk),
                fanout(timing, &meter, &quiet, hear),
                fanout(timing, &meter, &quiet, push),
                pages(timing, &meter, &quiet, readers),
            )?;
            talkers.have_sent(&talked.2);
            group.has_heard(heard.2);
            pushed += told.2;
            let mut run = Run::of(&talked.0, &talked.1);
            for (what, span, tally) in [
                ("group deliveries", &heard.0, &heard.1),
                ("pushes", &told.0, &told.1),
                ("pages of history", &read.0, &read.1),
            ] {
                run.add(what, &Run::of(span, tally));
            }
            run.values.push(Value::new("MiB of the gateways before", before));
            run.values.push(Value::new("MiB of the gateways after", memory(cluster)?));
            runs.push(run);
        }
        let what = format!(
            "{} pairs at {} messages a second, a group of {}, pushes to {} users, {} readers",
            self.pairs, self.rate, self.receivers, self.users, self.readers
        );
        let about = About { scenario: "soak", operation: "message", what, set_up };
        Ok(about.report(&self.common, runs, None, Vec::new()))
    }
}

fn memory(cluster: &Cluster) -> Result<f64, Failure> {
    let bytes: u64 = cluster.gateway_ids().into_iter().map(resident_bytes).sum::<Result<u64, _>>()?;
    Ok(bytes as f64 / 1024.0 / 1024.0)
}
