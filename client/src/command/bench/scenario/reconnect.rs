//! `gochat bench reconnect`.

use std::time::Instant;

use client::{Account, NewMessage};
use futures::{StreamExt, TryStreamExt, stream};
use protos::ids::ConversationId;
use serde_json::json;

use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{Newcomer, StormPlan, storm};
use crate::command::bench::report::{Report, Run};
use crate::command::bench::wire::body;

/// Conversations that are filled at a time.
const AT_ONCE: usize = 64;

/// Many come back at once, and catch up
///
/// Users with a conversation each have missed messages in it. All connect at once, and each asks by `sync` for what it has missed. An
/// operation is a session that has got all of it.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct ReconnectArgs {
    /// How many connect; an even number
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(2..=18_000))]
    sessions: u32,

    /// How many connections are in the making at a time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    at_once: u32,

    /// How many messages each has missed
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=200))]
    missed: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl ReconnectArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let pairs = self.sessions as usize / 2;
        let accounts = crowd::guests(cluster, 2 * pairs, &bench.progress).await?;
        let conversations = crowd::singles(&accounts, &bench.progress).await?;
        bench.progress.says("writing messages");
        fill(&accounts, &conversations, self.missed).await?;
        let set_up = (begun, Instant::now());
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("reconnect, run {number}"));
            let addresses = crowd::addresses(cluster, &accounts).await?.into_iter().enumerate();
            let sessions = addresses.map(|(number, address)| {
                let sync = sync(&conversations[number / 2]);
                Newcomer { address, sync: Some((sync, self.missed.into())) }
            });
            let sessions = sessions.collect();
            let plan =
                StormPlan { sessions, at_once: self.at_once as usize, threads: self.common.threads.into() };
            meter.settle().await?;
            let (span, tally) = storm(&meter, &progress, plan).await?;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
        }
        let what = format!(
            "{} users connect, {} at a time, and get the {} messages that they have missed",
            2 * pairs,
            self.at_once,
            self.missed
        );
        let about = About { scenario: "reconnect", operation: "connect", what, set_up };
        Ok(about.report(&self.common, runs, None, Vec::new()))
    }
}

/// So many messages in each conversation, from the first of its two members.
pub(super) async fn fill(
    accounts: &[Account],
    conversations: &[ConversationId],
    messages: u32,
) -> Result<(), Failure> {
    let filling = accounts.chunks_exact(2).zip(conversations).map(async |(pair, conversation)| {
        for number in 1..=messages {
            let text = format!("message {number}: {}", body());
            crowd::send(&pair[0], &NewMessage::text(conversation, text)).await?;
        }
        Ok::<(), Failure>(())
    });
    stream::iter(filling).buffer_unordered(AT_ONCE).try_collect().await
}

/// Asks for all messages of a conversation.
fn sync(conversation: &ConversationId) -> String {
    let named = json!({ conversation.as_str(): { "seq": 0, "change": 0 } });
    json!({ "type": "sync", "data": { "conversations": named, "limit": 1_000, "partial": true } }).to_string()
}
