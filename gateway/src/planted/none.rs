//! No bug is planted.

/// There is nothing to warn of.
pub(crate) const fn announce() {}

/// Mailboxes have bounds.
pub(crate) const fn queues_unbounded() -> bool {
    false
}

/// A session that leaves takes no other along.
pub(crate) const fn leaves_all() -> bool {
    false
}
