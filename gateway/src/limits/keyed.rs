//! A limit that each key has for itself, in memory that has a bound.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use foldhash::quality::RandomState;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::Rate;

/// So many counts are kept. A key's count is that of the bucket that it falls into by a hash that nobody outside knows: memory does not
/// grow with the keys that an attacker thinks up, and two keys share a count once in so many pairs.
const BUCKETS: u64 = 1 << 16;

/// The counts of all keys (GCRA, as governor has it).
pub(super) struct Keyed<C: Clock = DefaultClock> {
    limiter: RateLimiter<u32, DashMapStateStore<u32>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    hasher: RandomState,
}

impl<C: Clock> std::fmt::Debug for Keyed<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyed({} buckets in use)", self.limiter.len())
    }
}

impl Keyed {
    /// At this rate, by the machine's clock.
    pub(super) fn new(rate: Rate) -> Self {
        Self::with_clock(rate, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Keyed<C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        // A rate has a burst and a time of more than zero (`settings`).
        let quota = Quota::with_period(rate.one_every()).unwrap_or(Quota::per_second(rate.burst()));
        let limiter =
            RateLimiter::new(quota.allow_burst(rate.burst()), DashMapStateStore::default(), clock.clone());
        Self { limiter, clock, hasher: RandomState::default() }
    }

    /// Takes one for this key.
    ///
    /// # Errors
    /// How long to wait for it.
    pub(super) fn take(&self, key: impl Hash) -> Result<(), Duration> {
        let bucket = (self.hasher.hash_one(key) % BUCKETS) as u32;
        self.limiter.check_key(&bucket).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn taken(keyed: &Keyed<FakeRelativeClock>, key: &str) -> usize {
        (0..1_000).take_while(|_| keyed.take(key).is_ok()).count()
    }

    #[test]
    fn each_key_has_its_burst_and_gets_it_back_in_time() {
        let clock = FakeRelativeClock::default();
        let keyed = Keyed::with_clock(Rate::new(10, Duration::from_secs(60)).unwrap(), clock.clone());
        assert_eq!((taken(&keyed, "ann"), taken(&keyed, "bob")), (10, 10));
        assert_eq!(keyed.take("ann"), Err(Duration::from_secs(6)));
        clock.advance(Duration::from_secs(6));
        assert_eq!(taken(&keyed, "ann"), 1);
        clock.advance(Duration::from_secs(600));
        assert_eq!(taken(&keyed, "ann"), 10, "no more than a burst");
    }

    #[test]
    fn a_million_keys_take_no_more_memory_than_the_buckets() {
        let keyed =
            Keyed::with_clock(Rate::new(10, Duration::from_secs(60)).unwrap(), FakeRelativeClock::default());
        for key in 0..1_000_000 {
            keyed.take(key).ok();
        }
        assert!(keyed.limiter.len() as u64 <= BUCKETS, "{keyed:?}");
    }
}
