//! The faults. Each file is one; to add one, write its function and put it into the list.

mod flushall;
mod kills;
mod pauses;
mod postgres_down;
mod presence_kills;
mod redis_down;
mod rolling;
mod slow_readers;
mod start_orders;

use futures::future::LocalBoxFuture;

use crate::cluster::Size;
use crate::row::Row;
use crate::run::Run;

/// A kind of fault, and how it is tried.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// In a line: what is done, and what must hold.
    pub(crate) about: &'static str,
    pub(crate) sizes: &'static [Size],
    /// The sizes over which it is part of the short plan.
    pub(crate) short: &'static [Size],
    pub(crate) run: fn(Run) -> LocalBoxFuture<'static, Row>,
}

const SMALL: &[Size] = &[Size::Small];
const GROWN: &[Size] = &[Size::Grown];
const BOTH: &[Size] = &[Size::Small, Size::Grown];
const NEITHER: &[Size] = &[];

/// All there are, in the order in which they are run.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kills",
        about: "kill -9 of gateway, logic and repo under load: nothing acknowledged is lost",
        sizes: BOTH,
        short: BOTH,
        run: |run| Box::pin(kills::run(run)),
    },
    Scenario {
        name: "pauses",
        about: "SIGSTOP of each kind of process, and SIGCONT",
        sizes: BOTH,
        short: SMALL,
        run: |run| Box::pin(pauses::run(run)),
    },
    Scenario {
        name: "presence-kills",
        about: "gateways killed again and again: presence is right within 15 s",
        sizes: BOTH,
        short: GROWN,
        run: |run| Box::pin(presence_kills::run(run)),
    },
    Scenario {
        name: "flushall",
        about: "Redis forgets everything: presence heals within a renewal, what is revoked stays so",
        sizes: GROWN,
        short: NEITHER,
        run: |run| Box::pin(flushall::run(run)),
    },
    Scenario {
        name: "redis-down",
        about: "Redis killed for minutes: no send fails, nobody is told to be offline who is not",
        sizes: GROWN,
        short: GROWN,
        run: |run| Box::pin(redis_down::run(run)),
    },
    Scenario {
        name: "postgres-down",
        about: "PostgreSQL killed or stopped: no false acknowledgement, sends work 5 s after its return",
        sizes: GROWN,
        short: GROWN,
        run: |run| Box::pin(postgres_down::run(run)),
    },
    Scenario {
        name: "start-orders",
        about: "everything started in each order, and without its database",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(start_orders::run(run)),
    },
    Scenario {
        name: "rolling",
        about: "each process stopped by SIGTERM and started again: sockets end with 1012, no send fails",
        sizes: BOTH,
        short: GROWN,
        run: |run| Box::pin(rolling::run(run)),
    },
    Scenario {
        name: "slow-readers",
        about: "clients that never read are given up, and the others do not feel them",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(slow_readers::run(run)),
    },
];
