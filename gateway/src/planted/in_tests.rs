//! What a test plants on its own thread.

use std::cell::Cell;

thread_local! {
    static LEAVES_ALL: Cell<bool> = const { Cell::new(false) };
}

/// Plants `unregister-without-compare` while `test` runs.
pub(crate) fn while_all_leave<T>(test: impl FnOnce() -> T) -> T {
    LEAVES_ALL.set(true);
    let done = test();
    LEAVES_ALL.set(false);
    done
}

/// There is nothing to warn of.
pub(crate) const fn announce() {}

/// Mailboxes have bounds.
pub(crate) const fn queues_unbounded() -> bool {
    false
}

/// A session that leaves takes no other along.
pub(crate) fn leaves_all() -> bool {
    LEAVES_ALL.get()
}
