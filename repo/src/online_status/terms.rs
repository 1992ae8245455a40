//! How long things last.

use std::time::Duration;

/// How long things last; tests over Redis, whose clock they cannot set, make them short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// A lease lives this long after its last renewal. Gateways renew every 3 s.
    pub(super) lease: Duration,
    /// A user set online under a gateway without a lease stays so for this long after the last heartbeat.
    pub(super) unleased: Duration,
    /// What is known of a user is kept this long after it was last written.
    pub(super) user: Duration,
    /// How long it is remembered that an incarnation has ended.
    pub(super) ended: Duration,
    /// How long it is remembered that a user had a push.
    pub(super) pushed: Duration,
}

impl Terms {
    /// A gateway that held its lease this long is asked to announce its users anew, so that a session which outlives
    /// [`Terms::user`] is not forgotten.
    pub(super) fn announcement(&self) -> Duration {
        self.user / 2
    }
}

impl Default for Terms {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            lease: Duration::from_secs(10),
            unleased: Duration::from_secs(60),
            user: Duration::from_secs(30 * DAY),
            ended: Duration::from_secs(DAY),
            pushed: Duration::from_secs(600),
        }
    }
}

/// A duration in whole milliseconds.
pub(super) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
