//! The bare broadcaster's part in a scenario: the same load, in turn with GoChat.

use std::path::Path;

use crate::command::Failure;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::load::{FanoutPlan, Newcomer, PairPlan, Speaker, StormPlan, fanout, pairs, storm};
use crate::command::bench::meter::resident_bytes;
use crate::command::bench::progress::Progress;
use crate::command::bench::report::{Run, Subject};
use crate::command::bench::wire::{Address, Template};
use crate::command::bench::yardstick::Bare;

/// The broadcaster, and what came of its runs.
pub(super) struct Rival<'a> {
    args: &'a CommonArgs,
    bare: Bare,
    progress: Progress,
    /// The number of the last message that was sent.
    last: u64,
    runs: Vec<Run>,
}

impl<'a> Rival<'a> {
    /// Starts it, if it is wanted and there.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start(
        args: &'a CommonArgs,
        folder: &Path,
        progress: &Progress,
    ) -> Result<Option<Self>, Failure> {
        let bare = Bare::start(args, folder).await?;
        let progress = progress.called("the bare broadcaster");
        Ok(bare.map(|bare| Self { args, bare, progress, last: 0, runs: Vec::new() }))
    }

    /// One run with as many pairs.
    ///
    /// # Errors
    /// Whatever fails.
    pub(super) async fn pairs(&mut self, count: usize, rate: Option<f64>) -> Result<(), Failure> {
        let addresses = self.bare.addresses(2 * count);
        let plan = |(number, pair): (usize, &[Address])| PairPlan {
            sender: pair[0].clone(),
            receiver: pair[1].clone(),
            message: Template::to_bare_user(&Bare::user(2 * number + 1)),
            base: self.last,
        };
        let plans = addresses.chunks_exact(2).enumerate().map(plan).collect();
        let meter = self.bare.meter();
        let (span, tally, sent) = pairs(self.args.timing(), rate, &meter, &self.progress, plans).await?;
        self.last += sent.into_iter().max().unwrap_or(0);
        self.runs.push(Run::of(&span, &tally));
        meter.settle().await
    }

    /// One run with as many listeners.
    ///
    /// # Errors
    /// Whatever fails.
    pub(super) async fn fanout(&mut self, listeners: usize, in_flight: u32) -> Result<(), Failure> {
        let mut addresses = self.bare.addresses(listeners + 1);
        let Some(speaker) = addresses.pop() else { return Ok(()) };
        let plan = FanoutPlan {
            speaker: Speaker::Member { address: speaker, message: Bare::message() },
            listeners: addresses,
            first_words: Bare::first_words(),
            base: self.last,
            in_flight,
        };
        let meter = self.bare.meter();
        let (span, tally, sent) = fanout(self.args.timing(), &meter, &self.progress, plan).await?;
        self.last += sent;
        self.runs.push(Run::of(&span, &tally));
        meter.settle().await
    }

    /// One storm of as many.
    ///
    /// # Errors
    /// Whatever fails.
    pub(super) async fn storm(&mut self, count: usize, at_once: usize) -> Result<(), Failure> {
        let sessions = self.bare.addresses(count).into_iter();
        let sessions = sessions.map(|address| Newcomer { address, sync: None }).collect();
        let plan = StormPlan { sessions, at_once, threads: self.args.threads.into() };
        let meter = self.bare.meter();
        let (span, tally) = storm(&meter, &self.progress, plan).await?;
        self.runs.push(Run::of(&span, &tally));
        meter.settle().await
    }

    /// Where so many users open sessions.
    pub(super) fn addresses(&self, count: usize) -> Vec<Address> {
        self.bare.addresses(count)
    }

    /// What its process is, to those who measure memory.
    pub(super) fn bare(&self) -> &Bare {
        &self.bare
    }

    /// The memory that it has in RAM.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn resident_bytes(&self) -> Result<u64, Failure> {
        resident_bytes(self.bare.id())
    }

    /// What came of it.
    pub(super) fn subject(self) -> Subject {
        Subject { name: "bare".to_owned(), runs: self.runs }
    }
}
