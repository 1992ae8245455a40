//! The same, with a place before each operation at which shuttle may let another task go on.
//!
//! All tasks of a schedule share one thread, so outside of one (in every other test) this thread's flag is off, and the types do
//! nothing of their own. An operation of a map is one step, an iteration over it too: its shards are not told apart. No reference
//! into a map may be held where another task can go on; it would wait for ever.

use std::cell::Cell;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError};

use shuttle::scheduler::Scheduler;
use shuttle::{Config, Runner};

thread_local! {
    static SCHEDULED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body` under each of the scheduler's schedules, and answers how many they were. It panics where `body` does.
pub(crate) fn run(
    scheduler: impl Scheduler + 'static,
    config: Config,
    body: impl Fn() + Send + Sync + 'static,
) -> usize {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            SCHEDULED.set(false);
        }
    }
    SCHEDULED.set(true);
    let _off = Off;
    Runner::new(scheduler, config).run(body)
}

/// Another task may go on here.
fn step() {
    if SCHEDULED.get() {
        shuttle::sync::atomic::AtomicBool::new(false).load(std::sync::atomic::Ordering::SeqCst);
    }
}

/// A map whose operations are steps.
pub(crate) struct DashMap<K, V>(dashmap::DashMap<K, V>);

impl<K: Eq + Hash + Debug, V: Debug> Debug for DashMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K: Eq + Hash, V> Default for DashMap<K, V> {
    fn default() -> Self {
        Self(dashmap::DashMap::new())
    }
}

impl<K, V> Deref for DashMap<K, V> {
    type Target = dashmap::DashMap<K, V>;

    fn deref(&self) -> &Self::Target {
        step();
        &self.0
    }
}

/// A flag whose operations are steps.
#[derive(Debug, Default)]
pub(crate) struct AtomicBool(std::sync::atomic::AtomicBool);

impl Deref for AtomicBool {
    type Target = std::sync::atomic::AtomicBool;

    fn deref(&self) -> &Self::Target {
        step();
        &self.0
    }
}

/// A lock for which shuttle knows who waits.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    inner: std::sync::Mutex<T>,
    turn: Option<shuttle::sync::Mutex<()>>,
}

/// Given back in the order of the fields.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    inner: std::sync::MutexGuard<'a, T>,
    _turn: Option<shuttle::sync::MutexGuard<'a, ()>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        let turn = SCHEDULED.get().then(|| shuttle::sync::Mutex::new(()));
        Self { inner: std::sync::Mutex::new(value), turn }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let _turn = self.turn.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        match self.inner.lock() {
            Ok(inner) => Ok(MutexGuard { inner, _turn }),
            Err(poisoned) => Err(PoisonError::new(MutexGuard { inner: poisoned.into_inner(), _turn })),
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}
