//! Checks passwords on threads of their own: one check is some 250 ms of CPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, SyncArbiter, SyncContext};
use protos::{Error, Reason, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Checks at a time.
const THREADS: usize = 2;
/// Checks that wait or run; one more is refused with `RATE_LIMITED`.
const WAITING: usize = 64;
/// What a refused caller is told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// What a hash costs where none has been seen yet: the default of `BCRYPT_COST`.
const USUAL_COST: u32 = 12;

/// The handle of the [`CredentialWorker`]s.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    workers: Addr<CredentialWorker>,
    permits: Arc<Semaphore>,
    /// What the hashes seen last cost, so that a check against none takes as long.
    cost: Arc<AtomicU32>,
}

impl Credentials {
    pub(crate) fn start() -> Self {
        Self {
            workers: SyncArbiter::start(THREADS, || CredentialWorker),
            permits: Arc::new(Semaphore::new(WAITING)),
            cost: Arc::new(AtomicU32::new(USUAL_COST)),
        }
    }

    /// Remembers what a stored hash costs.
    pub(crate) fn learn_cost(&self, hash: &str) {
        if let Some(cost) = cost_of(hash) {
            self.cost.store(cost, Ordering::Relaxed);
        }
    }

    /// True when the password is the one of the hash. Without a hash, or with one that is none, the same work is done and the
    /// answer is no, so that the time it takes tells nothing.
    ///
    /// # Errors
    /// `RATE_LIMITED` when too many checks wait.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            Error::new(Reason::RateLimited, "too many sign-ins at once").retry_after(RETRY_AFTER)
        })?;
        let usable = hash.filter(|hash| cost_of(hash).is_some());
        if let Some(hash) = &usable {
            self.learn_cost(hash);
        }
        let known = usable.is_some();
        let hash = usable.unwrap_or_else(|| nobodys_hash(self.cost.load(Ordering::Relaxed)));
        let check = Verify { password, hash, _permit: permit };
        let fits = self.workers.send(check).await.map_err(|_| Error::unavailable("checking has stopped"))?;
        Ok(fits && known)
    }
}

/// Runs bcrypt.
#[derive(Debug)]
struct CredentialWorker;

/// Request: is this the password of this hash?
#[derive(Message)]
#[rtype(result = "bool")]
struct Verify {
    password: String,
    hash: String,
    /// Held until the check is done.
    _permit: OwnedSemaphorePermit,
}

impl Actor for CredentialWorker {
    type Context = SyncContext<Self>;
}

impl Handler<Verify> for CredentialWorker {
    type Result = bool;

    fn handle(&mut self, check: Verify, _: &mut Self::Context) -> bool {
        // A hash that bcrypt cannot read fits no password; neither does a password longer than bcrypt reads.
        bcrypt::non_truncating_verify(&check.password, &check.hash).unwrap_or(false)
    }
}

/// The cost that a bcrypt hash was made at; `None` for what is no bcrypt hash.
fn cost_of(hash: &str) -> Option<u32> {
    hash.parse::<bcrypt::HashParts>()
        .ok()
        .map(|parts| parts.get_cost())
        .filter(|cost| (4..=31).contains(cost))
}

/// A well-formed hash of this cost that was made of no password.
fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}${}{}", ".".repeat(22), ".".repeat(31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn only_the_right_password_of_a_readable_hash_fits() {
        let credentials = Credentials::start();
        let hash = bcrypt::hash("correct horse", 4).unwrap();
        let verify = |password: &str, hash: Option<&str>| {
            credentials.verify(password.to_owned(), hash.map(str::to_owned))
        };
        assert_eq!(verify("correct horse", Some(&hash)).await, Ok(true));
        assert_eq!(verify("wrong horse", Some(&hash)).await, Ok(false));
        assert_eq!(verify("correct horse", None).await, Ok(false));
        let long = "x".repeat(80);
        assert_eq!(verify(&long, Some(&hash)).await, Ok(false));
        for corrupt in ["", "x", "$2b$99$", &hash[..59], &hash.replace("$04$", "$99$"), &"é".repeat(30)] {
            assert_eq!(verify("correct horse", Some(corrupt)).await, Ok(false), "{corrupt}");
        }
    }

    #[actix_rt::test]
    async fn a_check_against_nobody_costs_what_real_ones_do() {
        let credentials = Credentials::start();
        let hash = bcrypt::hash("correct horse", 5).unwrap();
        credentials.verify("x".into(), Some(hash)).await.unwrap();
        let cost = credentials.cost.load(Ordering::Relaxed);
        assert_eq!(cost, 5);
        assert_eq!(cost_of(&nobodys_hash(cost)), Some(5));
        assert_eq!(
            bcrypt::non_truncating_verify("", &nobodys_hash(4)).ok(),
            Some(false),
            "it is worked through"
        );
    }

    #[actix_rt::test]
    async fn one_check_too_many_is_refused_with_a_hint() {
        let credentials = Credentials::start();
        let _all = Arc::clone(&credentials.permits).acquire_many_owned(WAITING as u32).await.unwrap();
        let refused = credentials.verify("x".into(), None).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::RateLimited);
        assert_eq!(refused.retry_after_hint(), Some(RETRY_AFTER));
    }
}
