//! A limit that lets short bursts pass.

use std::time::Duration;

use tokio::time::Instant;

/// How much may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// So many at once after a rest.
    pub burst: u32,
    /// One more becomes possible after each such time.
    pub one_every: Duration,
}

/// Counts what one caller may still do. It costs no timer: what came back since is reckoned when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    /// When the bucket is full again if nothing more is taken.
    full_at: Instant,
}

impl TokenBucket {
    /// A full one.
    #[must_use]
    pub fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// True when nothing is missing from it.
    #[must_use]
    pub fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long to wait until there is one.
    pub fn take(&mut self, allowance: Allowance, now: Instant) -> Result<(), Duration> {
        self.take_some(1, allowance, now)
    }

    /// Takes so many at a time, or none; more than a burst are never there.
    ///
    /// # Errors
    /// How long to wait until they are.
    pub fn take_some(&mut self, count: u32, allowance: Allowance, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + allowance.one_every * count;
        let most = allowance.one_every * allowance.burst;
        let missing = full_at.duration_since(now);
        if missing > most {
            return Err(missing - most);
        }
        self.full_at = full_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { burst: 3, one_every: Duration::from_millis(200) };

    fn taken(bucket: &mut TokenBucket, now: Instant) -> usize {
        (0..100).take_while(|_| bucket.take(ALLOWANCE, now).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_then_one_for_each_time() {
        let now = Instant::now();
        let mut bucket = TokenBucket::full(now);
        assert_eq!(taken(&mut bucket, now), 3);
        assert_eq!(bucket.take(ALLOWANCE, now), Err(Duration::from_millis(200)));
        let later = now + Duration::from_millis(150);
        assert_eq!(bucket.take(ALLOWANCE, later), Err(Duration::from_millis(50)));
        assert_eq!(taken(&mut bucket, now + Duration::from_millis(200)), 1);
        assert_eq!(taken(&mut bucket, now + Duration::from_millis(650)), 2);
    }

    #[test]
    fn several_are_taken_whole_or_not_at_all() {
        let now = Instant::now();
        let mut bucket = TokenBucket::full(now);
        assert_eq!(bucket.take_some(2, ALLOWANCE, now), Ok(()));
        assert_eq!(bucket.take_some(2, ALLOWANCE, now), Err(Duration::from_millis(200)));
        assert_eq!(bucket.take_some(1, ALLOWANCE, now), Ok(()), "what was refused took nothing");
        assert!(bucket.take_some(4, ALLOWANCE, now + Duration::from_secs(60)).is_err());
    }

    #[test]
    fn a_rest_fills_it_and_no_more() {
        let now = Instant::now();
        let mut bucket = TokenBucket::full(now);
        assert_eq!(taken(&mut bucket, now), 3);
        assert_eq!(taken(&mut bucket, now + Duration::from_secs(60)), 3);
    }
}
