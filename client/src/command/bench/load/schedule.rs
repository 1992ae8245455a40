//! The fixed schedule of an open loop: a message's time to be sent does not depend on what became of those before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Shorter pauses between looks at the clock would cost more than they tell.
const LEAST_PAUSE: Duration = Duration::from_micros(200);

/// So many a second, evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    begin: Instant,
    per_second: f64,
}

impl Schedule {
    pub(super) fn from(begin: Instant, per_second: f64) -> Self {
        Self { begin, per_second }
    }

    /// When the one of this number is due; they count from 0.
    pub(super) fn due(&self, number: u64) -> Instant {
        let seconds = number as f64 / self.per_second;
        self.begin + Duration::from_secs_f64(seconds)
    }

    /// How many are due by `now`.
    pub(super) fn due_by(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.begin).as_secs_f64() * self.per_second;
        passed as u64 + 1
    }
}

/// Wakes an event loop whenever something is due. Tokio's timers tell milliseconds, which is what is to be measured; so a thread of its
/// own sleeps as exactly as the kernel can.
#[derive(Debug)]
pub(super) struct Pacer {
    due: Arc<Notify>,
    is_over: Arc<AtomicBool>,
}

impl Pacer {
    /// Follows the schedule from now on.
    ///
    /// # Errors
    /// When the machine refuses a thread.
    pub(super) fn start(schedule: Schedule) -> std::io::Result<Self> {
        let pacer = Self { due: Arc::new(Notify::new()), is_over: Arc::new(AtomicBool::new(false)) };
        let (due, is_over) = (pacer.due.clone(), pacer.is_over.clone());
        let body = move || {
            while !is_over.load(Ordering::Relaxed) {
                let now = Instant::now();
                let next = schedule.due(schedule.due_by(now));
                let pause = next.saturating_duration_since(now).max(LEAST_PAUSE);
                #[expect(clippy::disallowed_methods, reason = "this thread does nothing but sleep")]
                std::thread::sleep(pause);
                due.notify_one();
            }
        };
        std::thread::Builder::new().name("pacer".into()).spawn(body)?;
        Ok(pacer)
    }

    /// Waits until more may be due.
    pub(super) async fn tick(&self) {
        self.due.notified().await;
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_does_not_depend_on_who_looks_when() {
        let begin = Instant::now();
        let schedule = Schedule::from(begin, 2_000.0);
        assert_eq!(schedule.due(0), begin);
        assert_eq!(schedule.due(3_000), begin + Duration::from_millis(1_500));
        assert_eq!(schedule.due_by(begin), 1);
        for number in [0, 1, 7, 1_999, 123_457] {
            let due = schedule.due(number);
            assert_eq!(schedule.due_by(due + Duration::from_micros(1)), number + 1);
            assert!(schedule.due_by(due + Duration::from_micros(499)) <= number + 1);
        }
    }

    #[tokio::test]
    async fn the_pacer_ticks_until_it_is_dropped() {
        let pacer = Pacer::start(Schedule::from(Instant::now(), 1_000.0)).unwrap();
        for _ in 0..3 {
            pacer.tick().await;
        }
    }
}
