//! The machine's time, moved on by as much as a test says.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kit::{Clock, SystemClock};

/// A clock that goes on by itself and jumps when told to.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    /// Jumps ahead.
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }
}
