//! Those who follow changes: each gets what is, then what changes, and is cut off rather than waited for.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use futures::stream::{self, BoxStream, StreamExt};
use protos::ids::UserId;
use protos::{Error, Reason, Result};
use tokio::sync::mpsc::{self, error::TrySendError};

/// Who may follow at once; one more is refused.
const WATCHERS: usize = 256;
/// Parts that wait for one who follows.
const WAITING_PARTS: usize = 1_024;
/// Changes that wait for one who follows; one more, and it is cut off.
const WAITING_CHANGES: usize = 65_536;

/// A user's state, and since when it is known here, in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) user: UserId,
    pub(crate) online: bool,
    pub(crate) at: i64,
}

/// Everybody who follows.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    list: Vec<Watcher>,
    ended: bool,
}

#[derive(Debug)]
struct Watcher {
    /// `None`: all users.
    only: Option<HashSet<UserId>>,
    parts: mpsc::Sender<Vec<Change>>,
    waiting: Arc<AtomicUsize>,
    /// Why it was cut off.
    why: Arc<OnceLock<Error>>,
}

/// What is, and what changes from then on. Dropped, it follows no more.
#[derive(Debug)]
pub(crate) struct Watch {
    /// What is.
    pub(crate) first: Vec<Change>,
    parts: mpsc::Receiver<Vec<Change>>,
    waiting: Arc<AtomicUsize>,
    why: Arc<OnceLock<Error>>,
}

impl Watchers {
    /// One more, of these users or of all, who are now as in `first`.
    ///
    /// # Errors
    /// `RATE_LIMITED` when there are too many, `SERVICE_UNAVAILABLE` when the gateway stops.
    pub(super) fn add(&mut self, only: Option<HashSet<UserId>>, first: Vec<Change>) -> Result<Watch> {
        if self.ended {
            return Err(stopping());
        }
        self.list.retain(|watcher| !watcher.parts.is_closed());
        if self.list.len() >= WATCHERS {
            return Err(Error::new(Reason::RateLimited, format!("{WATCHERS} already watch presence here")));
        }
        let (sender, parts) = mpsc::channel(WAITING_PARTS);
        let (waiting, why) = (Arc::<AtomicUsize>::default(), Arc::default());
        let watcher = Watcher { only, parts: sender, waiting: Arc::clone(&waiting), why: Arc::clone(&why) };
        self.list.push(watcher);
        Ok(Watch { first, parts, waiting, why })
    }

    /// Tells all of them.
    pub(super) fn tell(&mut self, changes: &[Change]) {
        if !changes.is_empty() {
            self.list.retain(|watcher| watcher.tell(changes));
        }
    }

    /// The gateway stops: nobody follows any more.
    pub(super) fn end(&mut self) {
        self.ended = true;
        for watcher in self.list.drain(..) {
            watcher.why.get_or_init(stopping);
        }
    }
}

impl Watcher {
    /// False when it follows no more.
    fn tell(&self, changes: &[Change]) -> bool {
        let wanted = |change: &&Change| self.only.as_ref().is_none_or(|only| only.contains(&change.user));
        let part: Vec<Change> = changes.iter().filter(wanted).cloned().collect();
        if part.is_empty() {
            return !self.parts.is_closed();
        }
        let count = part.len();
        let waiting = self.waiting.fetch_add(count, Ordering::Relaxed) + count;
        let sent =
            if waiting > WAITING_CHANGES { Err(TrySendError::Full(part)) } else { self.parts.try_send(part) };
        match sent {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(_)) => {
                tracing::warn!(waiting, "one who watches presence reads too slowly and is cut off");
                self.why.get_or_init(too_slow);
                false
            }
        }
    }
}

impl Watch {
    /// The changes, in parts; after an error nothing more comes.
    pub(crate) fn changes(self) -> BoxStream<'static, Result<Vec<Change>>> {
        let next = |(mut parts, waiting, why): (
            mpsc::Receiver<Vec<Change>>,
            Arc<AtomicUsize>,
            Arc<OnceLock<Error>>,
        )| async move {
            let part = match parts.recv().await {
                Some(part) => {
                    waiting.fetch_sub(part.len(), Ordering::Relaxed);
                    Ok(part)
                }
                None => Err(why.get().cloned().unwrap_or_else(stopping)),
            };
            Some((part, (parts, waiting, why)))
        };
        let mut failed = false;
        let until_it_fails = move |part: &Result<Vec<Change>>| {
            let goes_on = !failed;
            failed |= part.is_err();
            std::future::ready(goes_on)
        };
        stream::unfold((self.parts, self.waiting, self.why), next).take_while(until_it_fails).boxed()
    }
}

fn too_slow() -> Error {
    Error::new(Reason::RateLimited, "the stream is read too slowly: watch anew")
}

fn stopping() -> Error {
    Error::unavailable("this gateway stops: watch presence on another")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(user: &str, online: bool) -> Change {
        Change { user: user.into(), online, at: 1 }
    }

    fn reason(part: Option<Result<Vec<Change>>>) -> Reason {
        part.unwrap().unwrap_err().reason()
    }

    #[tokio::test]
    async fn each_gets_the_changes_of_the_users_asked_for() {
        let mut watchers = Watchers::default();
        let all = watchers.add(None, Vec::new()).unwrap();
        let some = watchers.add(Some(HashSet::from(["bob".into()])), Vec::new()).unwrap();
        watchers.tell(&[change("ann", true), change("bob", true)]);
        watchers.tell(&[change("ann", false)]);
        watchers.end();
        let mut all = all.changes();
        assert_eq!(all.next().await.unwrap().unwrap().len(), 2);
        assert_eq!(all.next().await.unwrap().unwrap(), [change("ann", false)]);
        assert_eq!(reason(all.next().await), Reason::ServiceUnavailable);
        assert!(all.next().await.is_none());
        let mut some = some.changes();
        assert_eq!(some.next().await.unwrap().unwrap(), [change("bob", true)]);
        assert_eq!(reason(some.next().await), Reason::ServiceUnavailable);
        assert!(watchers.add(None, Vec::new()).is_err());
    }

    #[tokio::test]
    async fn who_reads_too_slowly_is_cut_off_and_told_why() {
        let mut watchers = Watchers::default();
        let slow = watchers.add(None, Vec::new()).unwrap();
        for _ in 0..=WAITING_PARTS {
            watchers.tell(&[change("ann", true)]);
        }
        assert!(watchers.list.is_empty());
        let parts: Vec<_> = slow.changes().collect().await;
        assert_eq!(parts.len(), WAITING_PARTS + 1);
        assert_eq!(reason(parts.into_iter().last()), Reason::RateLimited);
        let slow = watchers.add(None, Vec::new()).unwrap();
        watchers.tell(&vec![change("ann", true); WAITING_CHANGES]);
        watchers.tell(&[change("ann", true)]);
        let parts: Vec<_> = slow.changes().collect().await;
        assert_eq!(parts.len(), 2);
    }

    #[tokio::test]
    async fn places_are_limited_and_come_back() {
        let mut watchers = Watchers::default();
        let watches: Vec<_> = (0..WATCHERS).map(|_| watchers.add(None, Vec::new()).unwrap()).collect();
        assert_eq!(watchers.add(None, Vec::new()).unwrap_err().reason(), Reason::RateLimited);
        drop(watches);
        assert!(watchers.add(None, Vec::new()).is_ok());
    }
}
