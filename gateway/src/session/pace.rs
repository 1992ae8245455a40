//! How fast one client may speak. The session counts for itself: no lock, no clock of its own, nothing allocated.

use std::time::Duration;

use kit::token_bucket::{Allowance, TokenBucket};
use protos::{Error, Reason};
use tokio::time::Instant;

use crate::limits::RateLimits;

/// Refused frames that are borne. A client that goes on though it is told to wait has lost its way or means harm.
const BORNE: Allowance = Allowance { burst: 200, one_every: Duration::from_millis(100) };

/// What a session's client may still say.
#[derive(Debug)]
pub(super) struct Pace {
    frames: TokenBucket,
    bytes: TokenBucket,
    refused: TokenBucket,
}

/// Why a frame is not heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TooFast {
    /// It is refused.
    Refused(Error),
    /// So were too many before: the session ends.
    Flood,
}

impl Pace {
    /// That of a client that has said nothing.
    pub(super) fn new(now: Instant) -> Self {
        let full = TokenBucket::full(now);
        Self { frames: full, bytes: full, refused: full }
    }

    /// Counts a frame of any kind, with so many bytes.
    ///
    /// # Errors
    /// What becomes of a frame that is too much.
    pub(super) fn hear(&mut self, bytes: usize, limits: &RateLimits, now: Instant) -> Result<(), TooFast> {
        if limits.is_off {
            return Ok(());
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let heard = self.frames.take(limits.frames.allowance(), now);
        let heard = heard.and_then(|()| self.bytes.take_some(bytes, limits.bytes.allowance(), now));
        heard.map_err(|wait| match self.refused.take(BORNE, now) {
            Ok(()) => TooFast::Refused(Error::new(Reason::RateLimited, "too much at once").retry_after(wait)),
            Err(_) => TooFast::Flood,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_bytes_are_counted_and_a_flood_is_told_apart() {
        let (limits, now) = ("frames=10/1s,bytes=1000/1s".parse::<RateLimits>().unwrap(), Instant::now());
        let mut pace = Pace::new(now);
        assert_eq!((0..20).filter(|_| pace.hear(1, &limits, now).is_ok()).count(), 10);
        let later = now + Duration::from_secs(5);
        assert_eq!(pace.hear(900, &limits, later), Ok(()));
        let Err(TooFast::Refused(error)) = pace.hear(200, &limits, later) else { panic!("it is heard") };
        assert_eq!(
            (error.reason(), error.retry_after_hint()),
            (Reason::RateLimited, Some(Duration::from_millis(100)))
        );
        let refused =
            (0..1_000).take_while(|_| pace.hear(2_000, &limits, later) != Err(TooFast::Flood)).count();
        assert!((150..=200).contains(&refused), "{refused}");
    }

    #[test]
    fn nobody_is_too_fast_where_limits_are_off() {
        let (limits, now) = ("off".parse::<RateLimits>().unwrap(), Instant::now());
        let mut pace = Pace::new(now);
        assert!((0..100_000).all(|_| pace.hear(60_000, &limits, now).is_ok()));
    }
}
