//! The faults. Each file is one; to add one, write its function and put it into the list.

mod kills;

use futures::future::LocalBoxFuture;

use crate::cluster::Size;
use crate::plan::BOTH;
use crate::row::Row;
use crate::run::Run;

/// A kind of fault, and how it is tried.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// In a line: what is done, and what must hold.
    pub(crate) about: &'static str,
    pub(crate) sizes: &'static [Size],
    /// Part of the short plan.
    pub(crate) short: bool,
    pub(crate) run: fn(Run) -> LocalBoxFuture<'static, Row>,
}

/// All there are, in the order in which they are run.
pub(crate) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "kills",
    about: "kill -9 of gateway, logic and repo under load: nothing acknowledged is lost",
    sizes: BOTH,
    short: true,
    run: |run| Box::pin(kills::run(run)),
}];
