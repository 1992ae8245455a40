//! What follows when a connection breaks, as pure functions.

use std::time::Duration;

use protos::error::CloseCode;

use super::event::Ended;
use super::link::Broken;

/// Waits between tries: the first, and the longest that doubling leads to.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A connection that lived as long was a good one: waits begin anew.
const GOOD: Duration = Duration::from_secs(10);

/// What to do about a broken connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Connect again.
    Reconnect,
    /// Get a new token, then connect again; end the session if there is none to be had.
    RenewToken(String),
    /// End the session.
    Stop(Ended),
}

/// What a break calls for.
pub(super) fn next(broken: &Broken) -> Next {
    match broken {
        Broken::Closed { code, reason } => after_close(*code, reason),
        Broken::Refused { status: 401, reason } => Next::RenewToken(reason.clone()),
        Broken::Refused { status: 403, reason } => Next::Stop(Ended::ShutOut(reason.clone())),
        Broken::Refused { .. } | Broken::Lost(_) => Next::Reconnect,
    }
}

fn after_close(code: u16, reason: &str) -> Next {
    if code == CloseCode::SignInAgain as u16 {
        Next::RenewToken(reason.to_owned())
    } else if code == CloseCode::Policy as u16 {
        Next::Stop(Ended::ShutOut(reason.to_owned()))
    } else {
        Next::Reconnect
    }
}

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait after a connection that lived so long; `roll` is random from 0 to 1, so that the clients of a gateway that went
    /// away do not come back all at once.
    pub(super) fn after(&mut self, lived: Duration, roll: f64) -> Duration {
        if lived >= GOOD {
            self.failures = 0;
        }
        let wait = wait(self.failures, roll);
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

/// The wait after so many failures: between half of a doubling time and the whole.
pub(super) fn wait(failures: u32, roll: f64) -> Duration {
    let doubled = BACKOFF.0.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    doubled.min(BACKOFF.1).mul_f64(0.5 + roll / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: u16) -> Broken {
        Broken::Closed { code, reason: "why".into() }
    }

    #[test]
    fn close_codes_lead_where_the_contract_says() {
        assert_eq!(next(&closed(4401)), Next::RenewToken("why".into()));
        assert_eq!(next(&closed(1008)), Next::Stop(Ended::ShutOut("why".into())));
        for code in [1000, 1001, 1009, 1012, 1013, 1006, 4999] {
            assert_eq!(next(&closed(code)), Next::Reconnect, "{code}");
        }
        assert_eq!(next(&Broken::Lost("reset".into())), Next::Reconnect);
    }

    #[test]
    fn a_refused_upgrade_is_told_by_its_status() {
        let refused = |status| Broken::Refused { status, reason: "why".into() };
        assert_eq!(next(&refused(401)), Next::RenewToken("why".into()));
        assert!(matches!(next(&refused(403)), Next::Stop(Ended::ShutOut(_))));
        for status in [404, 429, 500, 503] {
            assert_eq!(next(&refused(status)), Next::Reconnect, "{status}");
        }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_spread() {
        assert_eq!(wait(0, 1.0), Duration::from_millis(500));
        assert_eq!(wait(0, 0.0), Duration::from_millis(250));
        assert_eq!(wait(3, 1.0), Duration::from_secs(4));
        assert_eq!(wait(u32::MAX, 1.0), Duration::from_secs(30));
    }

    #[test]
    fn a_connection_that_lived_resets_the_wait_and_one_that_did_not_does_not() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..3).map(|_| backoff.after(Duration::ZERO, 1.0)).collect();
        assert_eq!(waits, [500, 1_000, 2_000].map(Duration::from_millis));
        assert_eq!(backoff.after(Duration::from_secs(9), 1.0), Duration::from_secs(4));
        assert_eq!(backoff.after(Duration::from_secs(10), 1.0), Duration::from_millis(500));
    }
}
