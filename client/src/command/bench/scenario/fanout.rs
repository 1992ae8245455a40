//! `gochat bench fanout`.

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
        let mut group = Group::make(cluster, self.receivers as usize, bench).await?;
        let set_up = (begun, Instant::now());
        let mut rival = Rival::start(&self.common, cluster.folder(), &bench.progress).await?;
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("fanout, run {number}"));
            let plan = group.plan(cluster, self.in_flight).await?;
            let (span, tally, sent) = fanout(self.common.timing(), &meter, &progress, plan).await?;
            group.has_heard(sent);
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
            if let Some(rival) = &mut rival {
                rival.fanout(self.receivers as usize, self.in_flight).await?;
            }
        }
        let what = format!("a group of {} receivers, {} messages in flight", self.receivers, self.in_flight);
        let about = About { scenario: "fanout", operation: "delivery", what, set_up };
        Ok(about.report(&self.common, runs, rival.map(Rival::subject), Vec::new()))
    }
}

/// A group, its owner and its members.
pub(super) struct Group {
    id: ConversationId,
    owner: Account,
    members: Vec<Account>,
    last: u64,
}

impl Group {
    /// A group of an owner and so many others.
    pub(super) async fn make(cluster: &Cluster, members: usize, bench: &Bench) -> Result<Self, Failure> {
        let owner = crowd::registered(cluster).await?;
        let members = crowd::guests(cluster, members, &bench.progress).await?;
        let (id, last) = crowd::group(&owner, &members).await?;
        Ok(Self { id, owner, members, last })
    }

    /// The owner is to speak.
    pub(super) async fn plan(&self, cluster: &Cluster, in_flight: u32) -> Result<FanoutPlan, Failure> {
        Ok(FanoutPlan {
            speaker: Speaker::Member {
                address: crowd::address(cluster, 0, &self.owner).await?,
                message: Template::to_conversation(&self.id, "bench"),
            },
            listeners: crowd::addresses(cluster, &self.members).await?,
            first_words: Vec::new(),
            base: self.last,
            in_flight,
        })
    }

    /// So many more messages there are.
    pub(super) fn has_heard(&mut self, sent: u64) {
        self.last += sent;
    }
}
