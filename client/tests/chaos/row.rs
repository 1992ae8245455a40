//! What one run of a scenario showed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::checker::Findings;
use crate::run::Run;

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) run: Run,
    /// What was done to the cluster, and how often.
    pub(crate) injected: BTreeMap<String, usize>,
    pub(crate) findings: Findings,
    /// The longest time from a fault's end to the next acknowledgement.
    pub(crate) first_ack: Option<Duration>,
    /// The longest time from a fault's end to presence being right everywhere.
    pub(crate) presence: Option<Duration>,
    /// Whatever else is wrong.
    pub(crate) wrong: Vec<String>,
    /// What is worth knowing.
    pub(crate) remarks: Vec<String>,
    /// The whole run.
    pub(crate) took: Duration,
}

impl Row {
    /// A row to be filled.
    pub(crate) fn new(run: &Run) -> Self {
        Self {
            run: run.clone(),
            injected: BTreeMap::new(),
            findings: Findings::default(),
            first_ack: None,
            presence: None,
            wrong: Vec::new(),
            remarks: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// Counts a fault.
    pub(crate) fn inject(&mut self, fault: impl Into<String>) {
        *self.injected.entry(fault.into()).or_default() += 1;
    }

    /// An acknowledgement came so long after a fault's end.
    pub(crate) fn acked_after(&mut self, after: Duration) {
        self.first_ack = self.first_ack.max(Some(after));
    }

    /// Presence was right so long after a fault's end.
    pub(crate) fn present_after(&mut self, after: Duration) {
        self.presence = self.presence.max(Some(after));
    }

    /// Notes what must not be.
    pub(crate) fn blame(&mut self, wrong: impl Into<String>) {
        self.wrong.push(wrong.into());
    }

    /// Demands something; `what` says what was seen instead.
    pub(crate) fn demand(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    /// Notes what is worth knowing.
    pub(crate) fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }

    /// True when nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.are_clean() && self.wrong.is_empty()
    }
}

/// Counts equal things: `1012 ×3, none ×1`.
pub(crate) fn counted<T: Ord + ToString>(things: impl Iterator<Item = T>) -> String {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    let told = counts.iter().map(|(thing, count)| format!("{} ×{count}", thing.to_string()));
    told.collect::<Vec<_>>().join(", ")
}
