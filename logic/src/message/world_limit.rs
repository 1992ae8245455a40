//! How fast one user may write in WORLD, where everybody hears it.
//!
//! A logic process counts for itself. Gateways send a conversation to one of them, so that only who calls several by hand gets more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::token_bucket::{Allowance, TokenBucket};
use moka::sync::Cache;
use protos::ids::UserId;
use protos::{Error, Reason, Result};
use tokio::time::Instant;

/// Twenty at once, five a second.
const ALLOWANCE: Allowance = Allowance { burst: 20, one_every: Duration::from_millis(200) };
/// Users whose count is kept; beyond, one of the longest silent begins anew.
const REMEMBERED: u64 = 100_000;
/// A bucket is full long before.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Counts what each user sends to WORLD. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct WorldLimit(Cache<UserId, Arc<Mutex<TokenBucket>>>);

impl WorldLimit {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED).time_to_idle(FORGOTTEN_AFTER).build())
    }

    /// Counts a message, be it the repetition of a stored one: whether it is that, only storing it could tell.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait.
    pub(super) fn take(&self, user: &UserId) -> Result<()> {
        let now = Instant::now();
        let bucket = self.0.get_with_by_ref(user, || Arc::new(Mutex::new(TokenBucket::full(now))));
        let taken = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(ALLOWANCE, now);
        taken.map_err(|wait| Error::new(Reason::RateLimited, "too many messages to WORLD").retry_after(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_burst_of_their_own_and_is_told_how_long_to_wait() {
        let limit = WorldLimit::new();
        for user in ["ann", "bob"] {
            let refused = (0..100).find_map(|_| limit.take(&user.into()).err()).unwrap();
            assert_eq!(refused.reason(), Reason::RateLimited);
            assert!(refused.retry_after_hint().is_some_and(|wait| wait <= ALLOWANCE.one_every));
        }
        let passed = (0..100).take_while(|_| limit.take(&"carl".into()).is_ok()).count();
        assert!((20..25).contains(&passed), "{passed} at once");
    }
}
