//! What a thread of a load has to tell at the end.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::command::Failure;

/// What is told of a load's latencies: shorter and longer ones count as these.
const SHORTEST_NS: u64 = 1_000;
const LONGEST_NS: u64 = 120_000_000_000;
/// Percentiles are true to so many digits.
const DIGITS: u8 = 3;

/// Latencies by name.
#[derive(Debug, Default)]
pub(in super::super) struct Tally {
    pub(in super::super) latencies: Vec<(&'static str, Histogram<u64>)>,
}

impl Tally {
    /// Empty histograms of these names.
    ///
    /// # Errors
    /// None, unless the bounds here are wrong.
    pub(in super::super) fn of<const N: usize>(names: [&'static str; N]) -> Result<Self, Failure> {
        let empty = |name| Ok((name, Histogram::new_with_bounds(SHORTEST_NS, LONGEST_NS, DIGITS)?));
        Ok(Self { latencies: names.into_iter().map(empty).collect::<Result<_, Failure>>()? })
    }

    /// Notes one latency of the histogram at `index`.
    pub(in super::super) fn note(&mut self, index: usize, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(LONGEST_NS);
        if let Some((_, histogram)) = self.latencies.get_mut(index) {
            histogram.saturating_record(nanoseconds);
        }
    }

    /// What several threads have to tell.
    ///
    /// # Errors
    /// None, unless their bounds differ.
    pub(in super::super) fn sum(tallies: impl IntoIterator<Item = Self>) -> Result<Self, Failure> {
        let mut sum = Self::default();
        for (name, histogram) in tallies.into_iter().flat_map(|tally| tally.latencies) {
            match sum.latencies.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.add(histogram)?,
                None => sum.latencies.push((name, histogram)),
            }
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_put_together_by_name() {
        let tally = |milliseconds| {
            let mut tally = Tally::of(["ack", "delivery"]).unwrap();
            tally.note(1, Duration::from_millis(milliseconds));
            tally
        };
        let sum = Tally::sum([tally(1), tally(3)]).unwrap();
        let counts: Vec<(&str, u64)> = sum.latencies.iter().map(|(name, all)| (*name, all.len())).collect();
        assert_eq!(counts, [("ack", 0), ("delivery", 2)]);
        let median = Duration::from_nanos(sum.latencies[1].1.value_at_quantile(1.0));
        assert!(median.abs_diff(Duration::from_millis(3)) < Duration::from_micros(5), "{median:?}");
    }
}
