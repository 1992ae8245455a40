//! Whether it is the operator who asks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kit::Secret;
use kit::token_bucket::{Allowance, TokenBucket};
use protos::{Error, Reason, Result};
use tokio::time::Instant;

/// Wrong tokens of one address. Beyond, it is refused whatever it presents, so that nothing is learnt by trying.
const WRONG: Allowance = Allowance { burst: 10, one_every: Duration::from_secs(2) };
/// Addresses that are remembered for having presented a wrong one.
const REMEMBERED: usize = 1_024;

/// Knows the operator's token, and who has guessed at it.
#[derive(Debug)]
pub(super) struct Guard {
    token: Secret,
    guessed: Mutex<HashMap<IpAddr, TokenBucket>>,
}

impl Guard {
    pub(super) fn new(token: Secret) -> Self {
        Self { token, guessed: Mutex::default() }
    }

    /// Lets the operator's token pass.
    ///
    /// # Errors
    /// `UNAUTHORIZED`; `RATE_LIMITED` for an address that has presented too many wrong ones.
    pub(super) fn admit(&self, token: Option<&str>, from: Option<IpAddr>, now: Instant) -> Result<()> {
        let Some(token) = token else {
            return Err(Error::new(Reason::Unauthorized, "the operator's token is needed"));
        };
        // A panic while it was held leaves nothing half done.
        let mut guessed = self.guessed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bucket = from.and_then(|from| guessed.get(&from).copied()).unwrap_or(TokenBucket::full(now));
        if let Err(wait) = bucket.take(WRONG, now) {
            let error = Error::new(Reason::RateLimited, "too many wrong tokens came from this address");
            return Err(error.retry_after(wait));
        }
        if self.token.is(token) {
            return Ok(());
        }
        if let Some(from) = from {
            make_room(&mut guessed, now);
            guessed.insert(from, bucket);
            tracing::warn!(%from, "a wrong token was presented as the operator's");
        }
        Err(Error::new(Reason::Unauthorized, "this is not the operator's token"))
    }
}

/// Forgets whose guesses are long ago; when all are recent, it forgets all: a flood from many addresses guesses no better for it.
fn make_room(guessed: &mut HashMap<IpAddr, TokenBucket>, now: Instant) {
    if guessed.len() >= REMEMBERED {
        guessed.retain(|_, bucket| !bucket.is_full(now));
    }
    if guessed.len() >= REMEMBERED {
        guessed.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn guard() -> Guard {
        Guard::new(Secret::new("X", TOKEN).unwrap())
    }

    fn address(number: u32) -> Option<IpAddr> {
        Some(Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn only_the_token_passes() {
        let (guard, now) = (guard(), Instant::now());
        assert!(guard.admit(Some(TOKEN), address(1), now).is_ok());
        for wrong in [None, Some(""), Some("0123456789abcdef0123456789abcdeF"), Some(&TOKEN[1..])] {
            let refusal = guard.admit(wrong, address(1), now).unwrap_err();
            assert_eq!(refusal.reason(), Reason::Unauthorized, "{wrong:?}");
        }
    }

    #[test]
    fn an_address_that_guesses_waits_and_no_other_does() {
        let (guard, now) = (guard(), Instant::now());
        for _ in 0..WRONG.burst {
            assert_eq!(guard.admit(Some("no"), address(1), now).unwrap_err().reason(), Reason::Unauthorized);
        }
        for token in ["no", TOKEN] {
            let refusal = guard.admit(Some(token), address(1), now).unwrap_err();
            assert_eq!(
                (refusal.reason(), refusal.retry_after_hint()),
                (Reason::RateLimited, Some(WRONG.one_every))
            );
        }
        assert!(guard.admit(Some(TOKEN), address(2), now).is_ok());
        assert!(guard.admit(Some(TOKEN), address(1), now + WRONG.one_every).is_ok());
        assert!(
            guard.admit(Some(TOKEN), address(1), now + WRONG.one_every).is_ok(),
            "the right one costs nothing"
        );
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (guard, now) = (guard(), Instant::now());
        for number in 0..3 * u32::try_from(REMEMBERED).unwrap() {
            guard.admit(Some("no"), address(number), now).unwrap_err();
            assert!(guard.guessed.lock().unwrap().len() <= REMEMBERED);
        }
        let later = now + WRONG.one_every * WRONG.burst;
        make_room(&mut guard.guessed.lock().unwrap(), later);
        guard.admit(Some("no"), address(0), later).unwrap_err();
        assert!(guard.guessed.lock().unwrap().len() <= REMEMBERED);
    }
}
