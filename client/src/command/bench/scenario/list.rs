//! `gochat bench list`.

use std::sync::Arc;
use std::time::Instant;

use client::NewMessage;
use futures::{StreamExt, TryStreamExt, stream};

use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::load::{Book, Reader, pages};
use crate::command::bench::report::{Report, Run};
use crate::command::bench::wire::body;

/// Conversations that are made at a time.
const AT_ONCE: usize = 64;

/// The list of a user's conversations
///
/// A user with many conversations, each with a last message and unread ones, reads the list over HTTP. An operation is a page.
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct ListArgs {
    /// How many conversations the user has
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=9_000))]
    conversations: u32,

    /// How many stand on a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    size: u32,

    /// How many connections read at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    readers: u32,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl ListArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        if self.size > self.conversations {
            return Err("--size must not be more than --conversations".into());
        }
        on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench).await).await
    }

    async fn measure(&self, cluster: &Cluster, bench: &Bench) -> Result<Report, Failure> {
        let begun = Instant::now();
        let reader = crowd::registered(cluster).await?;
        let others = crowd::guests(cluster, self.conversations as usize, &bench.progress).await?;
        bench.progress.says("opening conversations");
        let opening = others.iter().map(async |other| {
            let single = crowd::single(other, &reader.user().id).await?;
            crowd::send(other, &NewMessage::text(&single, body())).await
        });
        stream::iter(opening).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let set_up = (begun, Instant::now());
        let (meter, mut runs) = (cluster.meter(), Vec::new());
        for number in 1..=self.common.runs {
            let progress = bench.progress.called(format!("list, run {number}"));
            let token = reader.access_token().await?;
            let book = self.book();
            let readers = (0..self.readers as usize).map(|number| Reader {
                server: cluster.http(number),
                token: token.clone(),
                book: book.clone(),
            });
            let (span, tally) = pages(self.common.timing(), &meter, &progress, readers.collect()).await?;
            runs.push(Run::of(&span, &tally));
            meter.settle().await?;
        }
        let what = format!("pages of {} of a user's {} conversations", self.size, self.conversations);
        let about = About { scenario: "list", operation: "page", what, set_up };
        Ok(about.report(&self.common, runs, None, Vec::new()))
    }

    /// Every full page.
    fn book(&self) -> Book {
        let size = self.size;
        let pages = 1..=self.conversations / size;
        let paths = pages.map(|page| format!("/api/conversations?page={page}&size={size}"));
        Book { pages: Arc::new(paths.collect()), item: r#""unreadCount":"#, items: size as usize }
    }
}
