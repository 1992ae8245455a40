//! `unbounded-delivery` and `unregister-without-compare`.

use std::sync::LazyLock;

static BUG: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("GOCHAT_PLANTED_BUG").ok());

fn is(bug: &str) -> bool {
    BUG.as_deref() == Some(bug)
}

/// Warns of what this program is.
pub(crate) fn announce() {
    let bug = BUG.as_deref().unwrap_or("none");
    tracing::error!(bug, "THIS PROGRAM IS BUILT WITH PLANTED BUGS: it is for tests only and serves nobody");
}

/// True: what a session's mailbox may hold is not bounded.
pub(crate) fn queues_unbounded() -> bool {
    is("unbounded-delivery")
}

/// True: a session that leaves takes all others of its user along.
pub(crate) fn leaves_all() -> bool {
    is("unregister-without-compare")
}
