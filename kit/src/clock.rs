//! The time, as something that a test can set.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Tells the wall-clock time. Timers do not use it: they run on tokio's monotonic clock.
pub trait Clock: Send + Sync + Debug {
    /// Unix milliseconds.
    fn now_ms(&self) -> i64;

    /// Milliseconds that go on evenly while the wall clock is set: what began so long ago is measured by them. Their origin means
    /// nothing; a clock that only tests set may give the same as [`Clock::now_ms`].
    fn steady_ms(&self) -> i64 {
        self.now_ms()
    }

    /// Unix seconds.
    fn now(&self) -> i64 {
        self.now_ms().div_euclid(1_000)
    }
}

/// A clock that many share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else takes")]
    fn now_ms(&self) -> i64 {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    fn steady_ms(&self) -> i64 {
        static ORIGIN: OnceLock<(Instant, i64)> = OnceLock::new();
        let (began, began_ms) = ORIGIN.get_or_init(|| (Instant::now(), self.now_ms()));
        began_ms.saturating_add(i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands until a test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at this Unix time in milliseconds.
    #[must_use]
    pub fn at_ms(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}
