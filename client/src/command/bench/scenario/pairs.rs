//! `gochat bench pairs`.

use std::time::Instant;

use client::Account;
use protos::ids::ConversationId;

use super::rival::Rival;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{PairPlan, pairs};
use crate::command::bench::report::{Report, Run, Yardstick};
use crate::command::bench::wire::Template;
use crate::command::bench::yardstick::{CallKind, Calls, Inserts};

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
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

/// More than nothing.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "a number that is more than nothing".to_owned())
}

impl PairsArgs {
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
        let set_up = (begun, Instant::now());
        let mut rival = Rival::start(&self.common, cluster.folder(), &bench.progress).await?;
        let mut floor = Floor::start(&self.common, cluster, bench).await?;
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("pairs, run {number}"));
            let plans = talkers.plans(cluster).await?;
            let (span, tally, sent) =
                pairs(self.common.timing(), self.rate, &meter, &progress, plans).await?;
            talkers.have_sent(&sent);
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
            if let Some(rival) = &mut rival {
                rival.pairs(self.pairs as usize, self.rate).await?;
            }
            if let Some(floor) = &mut floor {
                floor.measure(&self.common, bench).await?;
            }
        }
        let how = match self.rate {
            Some(rate) => format!("{rate} messages a second by a fixed schedule"),
            None => "one message in flight each".into(),
        };
        let what = format!("{} pairs, {how}", self.pairs);
        let about = About { scenario: "pairs", operation: "message", what, set_up };
        let yardsticks = floor.map(Floor::yardsticks).unwrap_or_default();
        Ok(about.report(&self.common, runs, rival.map(Rival::subject), yardsticks))
    }
}

/// Users who talk two by two.
pub(super) struct Talkers {
    accounts: Vec<Account>,
    conversations: Vec<ConversationId>,
    /// How many messages there are in each.
    lasts: Vec<u64>,
}

impl Talkers {
    /// So many pairs, each with its conversation.
    pub(super) async fn make(cluster: &Cluster, pairs: usize, bench: &Bench) -> Result<Self, Failure> {
        let accounts = crowd::guests(cluster, 2 * pairs, &bench.progress).await?;
        let conversations = crowd::singles(&accounts, &bench.progress).await?;
        let lasts = vec![0; conversations.len()];
        Ok(Self { accounts, conversations, lasts })
    }

    /// The first of each two is to send.
    pub(super) async fn plans(&self, cluster: &Cluster) -> Result<Vec<PairPlan>, Failure> {
        let addresses = crowd::addresses(cluster, &self.accounts).await?;
        let pairs = addresses.chunks_exact(2).zip(&self.conversations).zip(&self.lasts);
        let plan = pairs.map(|((pair, conversation), last)| PairPlan {
            sender: pair[0].clone(),
            receiver: pair[1].clone(),
            message: Template::to_conversation(conversation, "bench"),
            base: *last,
        });
        Ok(plan.collect())
    }

    /// So many more messages there are.
    pub(super) fn have_sent(&mut self, sent: &[u64]) {
        self.lasts.iter_mut().zip(sent).for_each(|(last, sent)| *last += sent);
    }
}

/// What a message cannot cost less than: a call between two processes, and a row in the database.
struct Floor {
    calls: Calls,
    called: Vec<Run>,
    inserts: Option<Inserts>,
    inserted: Vec<Run>,
}

impl Floor {
    async fn start(args: &CommonArgs, cluster: &Cluster, _: &Bench) -> Result<Option<Self>, Failure> {
        if !args.yardsticks {
            return Ok(None);
        }
        let inserts = Inserts::of(args, cluster.folder(), cluster.meter())?;
        let calls = Calls::start(cluster.folder()).await?;
        Ok(Some(Self { calls, called: Vec::new(), inserts, inserted: Vec::new() }))
    }

    async fn measure(&mut self, args: &CommonArgs, bench: &Bench) -> Result<(), Failure> {
        let progress = bench.progress.called("raw calls");
        self.called.push(self.calls.measure(CallKind::Unary, args.timing(), &progress).await?);
        if let Some(inserts) = &self.inserts {
            bench.progress.called("raw inserts").says("measuring");
            self.inserted.push(inserts.measure().await?);
        }
        Ok(())
    }

    fn yardsticks(self) -> Vec<Yardstick> {
        let calls = Yardstick::new("raw gRPC calls of 200 bytes", "call", self.called);
        let inserts = Yardstick::new("raw inserts of 100 rows at a time", "row", self.inserted);
        [calls, inserts].into_iter().filter(Yardstick::was_measured).collect()
    }
}
