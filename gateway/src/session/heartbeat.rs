//! When a session is pinged.

use std::time::Duration;

use tokio::time::Instant;

/// Instants in a period at which pings are due: every 250 ms with the usual period of 20 s.
const INSTANTS: u32 = 80;

/// Every so often, at instants that all sessions share. A thread that wakes for one ping then writes hundreds and reads their pongs;
/// waking for each of them is most of what silent sessions cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    every: Duration,
    began: Instant,
}

impl Heartbeat {
    /// A heartbeat of this period.
    pub(crate) fn every(period: Duration) -> Self {
        Self { every: period, began: Instant::now() }
    }

    /// Its period.
    pub(super) fn period(self) -> Duration {
        self.every
    }

    /// How long it is from now to a session's next ping: the period, or less by as much as the last shared instant has passed.
    pub(super) fn until_next(self) -> Duration {
        self.until_next_from(Instant::now())
    }

    fn until_next_from(self, now: Instant) -> Duration {
        let step = (self.every / INSTANTS).as_nanos().max(1);
        let passed = now.saturating_duration_since(self.began).as_nanos() % step;
        self.every.saturating_sub(Duration::from_nanos(u64::try_from(passed).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pings_of_many_sessions_fall_on_few_instants_and_stay_there() {
        let heartbeat = Heartbeat::every(Duration::from_secs(20));
        let mut instants = HashSet::new();
        for millisecond in 0..20_000 {
            let came = heartbeat.began + Duration::from_millis(millisecond);
            let wait = heartbeat.until_next_from(came);
            assert!(wait <= heartbeat.every && wait > heartbeat.every - Duration::from_millis(250));
            // The timer of the first ping is late by a moment; the second is not later for that.
            let second = came + wait + Duration::from_millis(3);
            assert_eq!(second + heartbeat.until_next_from(second), came + wait + heartbeat.every);
            instants.insert(came + wait);
        }
        assert_eq!(instants.len(), 80);
    }
}
