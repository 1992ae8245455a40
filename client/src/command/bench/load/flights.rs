//! The messages that are under way to many.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::course::Course;

/// Messages whose listeners are not all done, shared by all threads. Messages count from 1; what is known of them is kept round and
/// round, for far more of them than are ever under way.
#[derive(Debug)]
pub(super) struct Flights {
    began: Instant,
    /// How many have not yet heard of a message.
    missing: Vec<AtomicU32>,
    /// Nanoseconds since `began`.
    sent_at: Vec<AtomicU64>,
    listeners: u32,
    sent: AtomicU64,
    landed: AtomicU64,
    has_landed: Notify,
}

impl Flights {
    /// Room for at least `places` messages, each of which so many hear of.
    pub(super) fn new(places: usize, listeners: u32) -> Self {
        Self {
            began: Instant::now(),
            missing: (0..places).map(|_| AtomicU32::new(0)).collect(),
            sent_at: (0..places).map(|_| AtomicU64::new(0)).collect(),
            listeners,
            sent: AtomicU64::new(0),
            landed: AtomicU64::new(0),
            has_landed: Notify::new(),
        }
    }

    fn place(&self, count: u64) -> usize {
        usize::try_from(count).unwrap_or(usize::MAX) % self.missing.len()
    }

    /// The time as it is kept.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The next message is about to be sent: its count.
    pub(super) fn take_off(&self) -> u64 {
        let count = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        self.sent_at[self.place(count)].store(self.now(), Ordering::Relaxed);
        self.missing[self.place(count)].store(self.listeners, Ordering::Release);
        count
    }

    /// How many were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    /// How many were sent and not heard of by all.
    pub(super) fn under_way(&self) -> u64 {
        self.sent() - self.landed.load(Ordering::Acquire)
    }

    /// One more has heard of it: for how long it was under way.
    pub(super) fn heard(&self, count: u64, now: u64) -> Duration {
        let place = self.place(count);
        let since = now.saturating_sub(self.sent_at[place].load(Ordering::Relaxed));
        if self.missing[place].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.landed.fetch_add(1, Ordering::Release);
            self.has_landed.notify_one();
        }
        Duration::from_nanos(since)
    }

    /// Waits until fewer than `most` are under way, or nothing more is to be begun.
    pub(super) async fn room(&self, most: u64, course: &Course) {
        while self.under_way() >= most && !course.is_over() {
            tokio::select! {
                () = self.has_landed.notified() => {}
                () = course.is_to_end() => {}
            }
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn rest(&self) {
        while self.under_way() > 0 {
            self.has_landed.notified().await;
        }
        // Other threads may wait for the same.
        self.has_landed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_has_landed_when_all_have_heard_of_it() {
        let (flights, course) = (Flights::new(8, 2), Course::new());
        for count in 1..=20 {
            assert_eq!(flights.take_off(), count);
            assert_eq!(flights.under_way(), 1);
            flights.heard(count, flights.now());
            assert_eq!(flights.under_way(), 1);
            flights.heard(count, flights.now());
            flights.room(1, &course).await;
        }
        flights.rest().await;
        assert_eq!(flights.sent(), 20);
    }
}
