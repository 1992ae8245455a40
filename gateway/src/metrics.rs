//! What a gateway counts about itself.

use std::sync::Arc;

use kit::metrics::{Counter, Latencies};
use tokio::time::Instant;

/// The counters that all parts of a gateway share.
pub(crate) type SharedMetrics = Arc<Metrics>;

/// What has happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Messages of clients that were refused or failed.
    pub(crate) messages_failed: Counter,
    /// Messages that were put into mailboxes here.
    pub(crate) messages_delivered: Counter,
    /// Pushes and broadcasts that were put into mailboxes here.
    pub(crate) pushes_delivered: Counter,
    /// Signals that somebody did without, because too much waits.
    pub(crate) signals_dropped: Counter,
    /// Sessions that were closed because they read too slowly.
    pub(crate) sessions_evicted: Counter,
    pub(crate) sessions_opened: Counter,
    /// From a message's arrival to its acknowledgement.
    pub(crate) send: Timed,
    /// A job's push, as a whole.
    pub(crate) push: Timed,
}

/// What is both counted and timed.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    pub(crate) count: Counter,
    pub(crate) took: Latencies,
}

impl Timed {
    /// One more, which began then.
    pub(crate) fn add(&self, began: Instant) {
        self.count.add(1);
        self.took.add(began.elapsed());
    }
}
