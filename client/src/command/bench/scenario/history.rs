//! `gochat bench history`.

use std::sync::Arc;
use std::time::Instant;

use client::Account;
use protos::ids::ConversationId;

use super::reconnect::fill;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{Book, Reader, pages};
use crate::command::bench::report::{Report, Run};

/// Messages on a page.
const PAGE: u32 = 50;

/// Pages of history
///
/// Members read their conversations backwards over HTTP, 50 messages at a time, each over one connection. An operation is a page.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct HistoryArgs {
    /// How many read at a time
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4_500))]
    readers: u32,

    /// How many pages each conversation has
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pages: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl HistoryArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let library = Library::make(cluster, self.readers as usize, self.pages, bench).await?;
        let set_up = (begun, Instant::now());
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("history, run {number}"));
            let readers = library.readers(cluster).await?;
            let (span, tally) = pages(self.common.timing(), &meter, &progress, readers).await?;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
        }
        let what = format!("{} readers of conversations of {} pages of {PAGE}", self.readers, self.pages);
        let about = About { scenario: "history", operation: "page", what, set_up };
        Ok(about.report(&self.common, runs, None, Vec::new()))
    }
}

/// Conversations that are full, and one reader of each.
pub(super) struct Library {
    accounts: Vec<Account>,
    conversations: Vec<ConversationId>,
    pages: u32,
}

impl Library {
    /// So many readers, each with a conversation of so many pages.
    pub(super) async fn make(
        cluster: &Cluster,
        readers: usize,
        pages: u32,
        bench: &Bench,
    ) -> Result<Self, Failure> {
        let accounts = crowd::guests(cluster, 2 * readers, &bench.progress).await?;
        let conversations = crowd::singles(&accounts, &bench.progress).await?;
        bench.progress.says("writing messages");
        fill(&accounts, &conversations, pages * PAGE).await?;
        Ok(Self { accounts, conversations, pages })
    }

    /// Those who read.
    pub(super) async fn readers(&self, cluster: &Cluster) -> Result<Vec<Reader>, Failure> {
        let mut readers = Vec::new();
        for (number, conversation) in self.conversations.iter().enumerate() {
            readers.push(Reader {
                server: cluster.http(number),
                token: self.accounts[2 * number + 1].access_token().await?,
                book: self.book(conversation),
            });
        }
        Ok(readers)
    }

    /// Pages from the newest on: seqs are known, so each page's cursor is.
    fn book(&self, conversation: &ConversationId) -> Book {
        let path = |page| {
            let before = (self.pages - page) * PAGE + 1;
            format!("/api/conversations/{conversation}/messages?limit={PAGE}&cursor={before}")
        };
        Book {
            pages: Arc::new((0..self.pages).map(path).collect()),
            item: r#""seqId":"#,
            items: PAGE as usize,
        }
    }
}
