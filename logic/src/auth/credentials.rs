//! Password hashing, which takes a core for a quarter of a second: off the event loop, and bounded.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, SyncArbiter, SyncContext};
use protos::model::limits::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};
use protos::{Error, Reason, Result};
use tokio::sync::Semaphore;

/// Threads that hash. More would take the cores from everything else.
const THREADS: usize = 2;
/// Hashes that wait or are under way; one more is refused with `RATE_LIMITED`.
const WAITING: usize = 64;
/// When a refused caller may try again: what waits has gone down by then.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The handle of the hashing threads.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    worker: Addr<CredentialWorker>,
    permits: Arc<Semaphore>,
}

impl Credentials {
    /// Starts the threads; they hash at this bcrypt cost.
    pub(crate) fn start(cost: u32) -> Self {
        let worker = SyncArbiter::start(THREADS, move || CredentialWorker { cost });
        Self { worker, permits: Arc::new(Semaphore::new(WAITING)) }
    }

    /// The hash to be stored of a password.
    ///
    /// # Errors
    /// `RATE_LIMITED` when too many wait.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let busy = || Error::new(Reason::RateLimited, "too many sign-ins at once").retry_after(RETRY_AFTER);
        let _permit = self.permits.try_acquire().map_err(|_| busy())?;
        self.worker.send(Hash { password }).await.map_err(|error| {
            tracing::error!(%error, "the hashing threads do not answer");
            Error::unavailable("passwords cannot be hashed now")
        })?
    }
}

/// Checks a password that somebody wants to have.
///
/// # Errors
/// `WEAK_PASSWORD` when it is too short, or longer than what bcrypt reads whole; `INVALID_PARAMETER` for U+0000.
pub(crate) fn check_password(password: &str) -> Result<()> {
    let weak = |why| Err(Error::new(Reason::WeakPassword, why));
    if password.chars().count() < PASSWORD_MIN_CHARS {
        return weak("the password must have at least 8 characters");
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return weak("the password must have at most 71 bytes");
    }
    if password.contains('\0') {
        return Err(Error::invalid("password must not contain U+0000"));
    }
    Ok(())
}

/// One hashing thread.
#[derive(Debug)]
struct CredentialWorker {
    cost: u32,
}

impl Actor for CredentialWorker {
    type Context = SyncContext<Self>;
}

/// Command: hash this password.
struct Hash {
    password: String,
}

impl Message for Hash {
    type Result = Result<String>;
}

impl Handler<Hash> for CredentialWorker {
    type Result = Result<String>;

    fn handle(&mut self, hash: Hash, _: &mut Self::Context) -> Result<String> {
        // A panic would lose the thread without a word.
        let hashed = std::panic::catch_unwind(AssertUnwindSafe(|| {
            bcrypt::non_truncating_hash(hash.password, self.cost)
        }));
        match hashed {
            Ok(Ok(hashed)) => Ok(hashed),
            Ok(Err(error)) => {
                tracing::error!(%error, "a password could not be hashed");
                Err(Error::internal("the password could not be hashed"))
            }
            Err(_) => Err(Error::internal("hashing a password panicked")),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    #[actix_rt::test]
    async fn a_hash_verifies_and_is_salted() {
        let credentials = Credentials::start(4);
        let first = credentials.hash("correct horse".into()).await.unwrap();
        let second = credentials.hash("correct horse".into()).await.unwrap();
        assert_ne!(first, second);
        assert!(bcrypt::verify("correct horse", &first).unwrap());
        assert!(!bcrypt::verify("battery staple", &first).unwrap());
    }

    #[actix_rt::test]
    async fn one_too_many_is_told_when_to_come_back() {
        let credentials = Credentials::start(4);
        let hashes = join_all((0..=WAITING).map(|_| credentials.hash("correct horse".into()))).await;
        let refused: Vec<_> = hashes.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].reason(), Reason::RateLimited);
        assert!(refused[0].retry_after_hint().is_some());
        assert!(credentials.hash("correct horse".into()).await.is_ok(), "permits come back");
    }

    #[test]
    fn passwords_have_bounds() {
        assert!(check_password("12345678").is_ok());
        assert!(check_password(&"x".repeat(71)).is_ok());
        assert!(check_password("пароль12").is_ok());
        for weak in ["", "1234567", &"x".repeat(72), &"ж".repeat(36)] {
            assert_eq!(check_password(weak).unwrap_err().reason(), Reason::WeakPassword, "{weak}");
        }
        assert_eq!(check_password("1234\u{0}5678").unwrap_err().reason(), Reason::InvalidParameter);
    }
}
