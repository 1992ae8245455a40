//! How far a run is, on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that changes on a terminal's standard error, and nothing anywhere else. Cloning it shares it.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    title: String,
}

impl Progress {
    pub(super) fn of(title: impl Into<String>) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, title: title.into() }
    }

    /// The same line for another part of the work.
    pub(super) fn called(&self, title: impl Into<String>) -> Self {
        Self { bar: self.bar.clone(), title: title.into() }
    }

    /// A line that nobody sees.
    pub(super) fn silent(&self) -> Self {
        Self { bar: ProgressBar::hidden(), title: self.title.clone() }
    }

    /// What is being done.
    pub(super) fn says(&self, what: &str) {
        self.bar.set_length(0);
        self.bar.set_position(0);
        self.bar.set_message(format!("{}: {what}", self.title));
        self.bar.tick();
    }

    /// Something begins that takes so long.
    pub(super) fn begins(&self, duration: Duration) {
        self.bar.set_length(milliseconds(duration));
        self.bar.set_position(0);
    }

    /// It goes on: so many operations, after so long.
    pub(super) fn has_done(&self, operations: u64, passed: Duration) {
        self.bar.set_position(milliseconds(passed));
        self.bar.set_message(format!("{}: {operations} done", self.title));
    }

    /// So many of so many.
    pub(super) fn counts(&self, done: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }

    /// Takes the line away.
    pub(super) fn ends(&self) {
        self.bar.finish_and_clear();
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
