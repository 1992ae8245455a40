//! Users about whom repo has yet to be told.
//!
//! A set, not a queue: however often a user comes and goes, they stand in it once, so it is bounded by who is and was here.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use futures::FutureExt;
use futures::future::join_all;
use protos::ids::UserId;
use tokio::sync::oneshot;

use super::roster::Roster;
use crate::sync::{AtomicBool, Mutex, MutexGuard};

/// Users whose state changed, and who waits until that is told. Cloning it shares it.
#[derive(Clone, Default)]
pub(crate) struct Changes(Arc<Inner>);

#[derive(Default)]
struct Inner {
    users: Mutex<HashMap<UserId, Waiting>>,
    /// Puts an event into the announcer's mailbox; false when it cannot.
    announcer: Option<Wake>,
    roster: Option<Roster>,
    /// True while an event is in the announcer's mailbox, so that there is never a second one.
    awake: AtomicBool,
}

type Waiting = Vec<oneshot::Sender<()>>;
type Wake = Box<dyn Fn() -> bool + Send + Sync>;

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Changes({})", self.users().len())
    }
}

/// Some of the users, taken out to be told about.
#[derive(Debug, Default)]
pub(crate) struct ChangeBatch(HashMap<UserId, Waiting>);

impl ChangeBatch {
    /// Who is in it.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.0.keys().cloned().collect()
    }

    /// True when nobody is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Repo knows about them: who waited for that goes on.
    pub(super) fn told(self) {
        // Who has stopped to wait need not be told.
        for waiting in self.0.into_values().flatten() {
            waiting.send(()).ok();
        }
    }
}

impl Changes {
    /// An empty set that wakes the announcer by an event whenever there is something to do (`wake` is false when that cannot be
    /// put into its mailbox), and lets the roster know who comes and goes.
    pub(super) fn waking(wake: impl Fn() -> bool + Send + Sync + 'static, roster: Roster) -> Self {
        Self(Arc::new(Inner { announcer: Some(Box::new(wake)), roster: Some(roster), ..Inner::default() }))
    }

    /// Has the roster look at once whether a user is here.
    pub(crate) fn moved(&self, user: &UserId, is_here: impl FnOnce() -> bool) {
        if let Some(roster) = &self.0.roster {
            roster.refresh(user, is_here);
        }
    }

    /// Notes that a user came or went; what is told is read from the registry when it is told.
    pub(crate) fn note(&self, user: &UserId) {
        self.users().entry(user.clone()).or_default();
        self.wake();
    }

    /// The same about many, and ends once repo knows of all of them.
    pub(super) fn all_told(&self, users: Vec<UserId>) -> impl Future<Output = ()> + use<> {
        let told: Vec<oneshot::Receiver<()>> = {
            let mut noted = self.users();
            let note = |user| {
                let (sender, told) = oneshot::channel();
                noted.entry(user).or_default().push(sender);
                told
            };
            users.into_iter().map(note).collect()
        };
        self.wake();
        join_all(told).map(drop)
    }

    /// Notes the same, and ends once repo knows.
    pub(super) fn told(&self, user: &UserId) -> impl Future<Output = ()> + use<> {
        let (sender, told) = oneshot::channel();
        self.users().entry(user.clone()).or_default().push(sender);
        self.wake();
        told.map(drop)
    }

    /// Takes out at most `max` users.
    pub(crate) fn take(&self, max: usize) -> ChangeBatch {
        let mut users = self.users();
        if users.len() <= max {
            return ChangeBatch(std::mem::take(&mut *users));
        }
        let taken: Vec<UserId> = users.keys().take(max).cloned().collect();
        ChangeBatch(taken.into_iter().filter_map(|user| users.remove_entry(&user)).collect())
    }

    /// Puts back users about whom repo could not be told.
    pub(super) fn put_back(&self, batch: ChangeBatch) {
        let mut users = self.users();
        batch.0.into_iter().for_each(|(user, waiting)| users.entry(user).or_default().extend(waiting));
    }

    /// The announcer takes up its event: the next change wakes it again.
    pub(super) fn woken(&self) {
        self.0.awake.store(false, Ordering::SeqCst);
    }

    fn wake(&self) {
        if !self.0.awake.swap(true, Ordering::SeqCst)
            && let Some(wake) = &self.0.announcer
            && !wake()
        {
            self.woken();
        }
    }

    /// A panic while it was held leaves nothing half done.
    fn users(&self) -> MutexGuard<'_, HashMap<UserId, Waiting>> {
        self.0.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
