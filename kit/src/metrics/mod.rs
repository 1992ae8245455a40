//! What a process counts about itself. Counting is an atomic addition or two: no lock, nothing allocated, cheap enough for every message.
//!
//! Counters only rise. Who wants a rate, or the quantiles of the last seconds, reads them twice and subtracts.

mod listener;
mod process_usage;

pub(crate) use listener::MetricsListener;
pub use prometheus_client as prometheus;

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts what has happened since the start.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// So many by now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Each doubling of a duration is cut into `2^SPLIT` buckets of one width.
const SPLIT: u32 = 4;
/// How many values the first buckets have for themselves, and how many buckets each doubling has.
const STEPS: usize = 1 << SPLIT;
/// Durations of more bits, in microseconds (two minutes and more), count as the longest.
const BITS: u32 = 27;
/// How many buckets there are.
const BUCKETS: usize = (BITS - SPLIT + 1) as usize * STEPS;

/// How long something takes: a histogram whose buckets are at most a sixteenth of their values wide, so that the middle of a bucket
/// is within 3.2 % of what fell into it (as HdrHistogram lays them out, G. Tene, 2012).
#[derive(Debug)]
pub struct Latencies {
    buckets: [AtomicU64; BUCKETS],
    micros: Counter,
}

/// How many of [`Latencies`] lie in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The shortest, in microseconds.
    pub from_micros: u64,
    /// The first that is too long, in microseconds.
    pub to_micros: u64,
    /// So many.
    pub count: u64,
}

/// [`Latencies`] at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencyCounts {
    /// What is not empty, the shortest first.
    pub buckets: Vec<Bucket>,
    /// All of them together, in microseconds.
    pub sum_micros: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { buckets: array::from_fn(|_| AtomicU64::new(0)), micros: Counter::default() }
    }
}

impl Latencies {
    /// One more took so long.
    pub fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min((1 << BITS) - 1);
        self.micros.add(micros);
        if let Some(bucket) = self.buckets.get(index_of(micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All of them by now.
    #[must_use]
    pub fn counts(&self) -> LatencyCounts {
        let counted = self.buckets.iter().enumerate().map(|(index, bucket)| {
            let (from_micros, to_micros) = bounds_of(index);
            Bucket { from_micros, to_micros, count: bucket.load(Ordering::Relaxed) }
        });
        LatencyCounts {
            buckets: counted.filter(|bucket| bucket.count > 0).collect(),
            sum_micros: self.micros.get(),
        }
    }
}

/// The bounds that Prometheus is told, in seconds.
const TOLD_BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Durations as Prometheus is told them: their sum in seconds, how many they are, and how many lie up to each bound above the one before.
#[must_use]
pub fn told_buckets(counts: &LatencyCounts) -> (f64, u64, Vec<(f64, u64)>) {
    let mut told: Vec<(f64, u64)> = TOLD_BOUNDS.iter().chain(&[f64::MAX]).map(|bound| (*bound, 0)).collect();
    for bucket in &counts.buckets {
        // By its middle, as everywhere where one number stands for a bucket.
        let middle = (bucket.from_micros + bucket.to_micros) as f64 / 2e6;
        if let Some((_, count)) = told.iter_mut().find(|(bound, _)| middle <= *bound) {
            *count += bucket.count;
        }
    }
    let count = counts.buckets.iter().map(|bucket| bucket.count).sum();
    (counts.sum_micros as f64 / 1e6, count, told)
}

/// The bucket of a number of at most [`BITS`] bits.
fn index_of(micros: u64) -> usize {
    // How far its first bits stand to the left; numbers below twice STEPS have a bucket each.
    let shift = micros.checked_ilog2().unwrap_or(0).saturating_sub(SPLIT);
    shift as usize * STEPS + (micros >> shift) as usize
}

/// The first number of a bucket, and the first beyond it.
fn bounds_of(index: usize) -> (u64, u64) {
    let shift = (index / STEPS).saturating_sub(1);
    let first = (index - shift * STEPS) as u64;
    (first << shift, (first + 1) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_follow_each_other_without_gaps_and_are_narrow() {
        let mut next = 0;
        for index in 0..BUCKETS {
            let (from, to) = bounds_of(index);
            assert_eq!(from, next, "bucket {index}");
            assert!(to - from == 1 || (to - from) as usize * STEPS <= from as usize, "bucket {index}");
            next = to;
        }
        assert_eq!(next, 1 << BITS);
    }

    #[test]
    fn prometheus_is_told_every_duration_once() {
        let latencies = Latencies::default();
        for micros in [900, 1_100, 20_000, 3_000_000, 90_000_000] {
            latencies.add(Duration::from_micros(micros));
        }
        let (sum, count, buckets) = told_buckets(&latencies.counts());
        assert_eq!((sum, count), (93.022, 5));
        let filled: Vec<(f64, u64)> = buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.001, 1), (0.0025, 1), (0.025, 1), (10.0, 1), (f64::MAX, 1)]);
    }

    #[test]
    fn every_duration_is_in_its_bucket() {
        for micros in (0..200).chain((0..1 << BITS).step_by(997)).chain([(1 << BITS) - 1]) {
            let (from, to) = bounds_of(index_of(micros));
            assert!((from..to).contains(&micros), "{micros}");
        }
    }

    #[test]
    fn what_was_added_is_counted_and_what_is_too_long_is_the_longest() {
        let latencies = Latencies::default();
        assert_eq!(latencies.counts(), LatencyCounts::default());
        for took in [0, 1, 1, 1_000_000] {
            latencies.add(Duration::from_micros(took));
        }
        let counts = latencies.counts();
        let shown: Vec<_> = counts.buckets.iter().map(|bucket| (bucket.from_micros, bucket.count)).collect();
        assert_eq!(shown, [(0, 1), (1, 2), (983_040, 1)]);
        assert_eq!(counts.sum_micros, 1_000_002);
        latencies.add(Duration::MAX);
        assert_eq!(latencies.counts().buckets.last().unwrap().to_micros, 1 << BITS);
    }

    #[test]
    fn many_threads_lose_nothing() {
        let (latencies, counter) = (Latencies::default(), Counter::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for micros in 0..1_000 {
                        latencies.add(Duration::from_micros(micros));
                        counter.add(2);
                    }
                });
            }
        });
        let total: u64 = latencies.counts().buckets.iter().map(|bucket| bucket.count).sum();
        assert_eq!((total, counter.get()), (4_000, 8_000));
    }
}
