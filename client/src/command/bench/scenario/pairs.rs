//! `gochat bench pairs`.

use std::time::Instant;

use client::Account;
use protos::ids::ConversationId;

use super::{on_a_cluster, report};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{PairPlan, pairs};
use crate::command::bench::report::{Report, Run};
use crate::command::bench::wire::Template;

/// Messages between pairs of users
///
/// One of each pair writes, the other hears. An operation is a message that was stored, acknowledged and delivered. Without --rate the
/// loop is closed: one message of each pair is under way, and the next begins when it was both acknowledged and delivered. With
/// --rate messages are sent by a fixed schedule, and latencies count from the time when a message was to be sent.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct PairsArgs {
    /// How many pairs
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=4_500))]
    pairs: u32,

    /// So many messages a second, all pairs together, by a fixed schedule
    #[arg(long, value_name = "N")]
    rate: Option<f64>,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl PairsArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        if self.rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
            return Err("--rate must be more than nothing".into());
        }
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let accounts = crowd::guests(cluster, 2 * self.pairs as usize, &bench.progress).await?;
        let conversations = crowd::singles(&accounts, &bench.progress).await?;
        let set_up = begun.elapsed();
        let mut bases = vec![0; conversations.len()];
        let mut runs = Vec::new();
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("pairs, run {number}"));
            let plans = plans(cluster, &accounts, &conversations, &bases).await?;
            let meter = cluster.meter();
            let (span, tally, sent) =
                pairs(self.common.timing(), self.rate, &meter, &progress, plans).await?;
            bases.iter_mut().zip(sent).for_each(|(base, sent)| *base += sent);
            runs.push(Run::of(&span, &tally));
        }
        let how = match self.rate {
            Some(rate) => format!("{rate} messages a second by a fixed schedule"),
            None => "one message in flight each".into(),
        };
        let what = format!("{} pairs, {how}", self.pairs);
        Ok(report(&self.common, ["pairs", "message"], what, set_up, runs))
    }
}

async fn plans(
    cluster: &Cluster,
    accounts: &[Account],
    conversations: &[ConversationId],
    bases: &[u64],
) -> Result<Vec<PairPlan>, Failure> {
    let addresses = crowd::addresses(cluster, accounts).await?;
    let pairs = addresses.chunks_exact(2).zip(conversations).zip(bases);
    let plan = pairs.map(|((pair, conversation), base)| PairPlan {
        sender: pair[0].clone(),
        receiver: pair[1].clone(),
        message: Template::to_conversation(conversation, "bench"),
        base: *base,
    });
    Ok(plan.collect())
}
