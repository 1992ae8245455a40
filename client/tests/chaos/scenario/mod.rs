//! The faults. Each file is one; to add one, write its function and put it into the list.

mod clock_steps;
mod duplicates;
mod flushall;
mod fsync;
mod full_disk;
mod half_open;
mod kills;
mod partitions;
mod pauses;
mod postgres_down;
mod presence_kills;
mod redis_down;
mod removal_races;
mod rolling;
mod session_races;
mod slow_links;
mod slow_readers;
mod start_orders;
mod storm;

use futures::future::LocalBoxFuture;

use self::partitions::Between;
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
        short: NEITHER,
        run: |run| Box::pin(pauses::run(run)),
    },
    Scenario {
        name: "presence-kills",
        about: "gateways killed again and again: presence is right within 15 s",
        sizes: BOTH,
        short: NEITHER,
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
        short: NEITHER,
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
    Scenario {
        name: "partition-gateway-logic",
        about: "a gateway is cut off from logic, both ways and one way: requests end in time, retries are done once",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(partitions::run(run, Between::GatewayAndLogic)),
    },
    Scenario {
        name: "partition-logic-repo",
        about: "a logic is cut off from repo, both ways and one way",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(partitions::run(run, Between::LogicAndRepo)),
    },
    Scenario {
        name: "partition-gateway-gateway",
        about: "gateways are cut off from each other, both ways and one way",
        sizes: GROWN,
        short: GROWN,
        run: |run| Box::pin(partitions::run(run, Between::Gateways)),
    },
    Scenario {
        name: "partition-gateway-repo",
        about: "a gateway is cut off from repo, both ways and one way",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(partitions::run(run, Between::GatewayAndRepo)),
    },
    Scenario {
        name: "half-open",
        about: "clients vanish without a word: sockets and presence go within 80 s",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(half_open::run(run)),
    },
    Scenario {
        name: "slow-links",
        about: "wires are slow or thin: nothing is lost",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(slow_links::run(run)),
    },
    Scenario {
        name: "full-disk",
        about: "no room for data and logs: no false acknowledgement, and no restart needed afterwards",
        sizes: SMALL,
        short: SMALL,
        run: |run| Box::pin(full_disk::run(run)),
    },
    Scenario {
        name: "clock-steps",
        about: "the clock goes forward and back by hours and days",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(clock_steps::run(run)),
    },
    Scenario {
        name: "storm",
        about: "all clients come back at once, twice",
        sizes: BOTH,
        short: NEITHER,
        run: |run| Box::pin(storm::run(run)),
    },
    Scenario {
        name: "duplicates",
        about: "one key many times at once through two gateways: one message",
        sizes: GROWN,
        short: GROWN,
        run: |run| Box::pin(duplicates::run(run)),
    },
    Scenario {
        name: "session-races",
        about: "one user comes and goes everywhere at once: presence and pushes are right afterwards",
        sizes: BOTH,
        short: GROWN,
        run: |run| Box::pin(session_races::run(run)),
    },
    Scenario {
        name: "removal-races",
        about: "members are removed and muted while they send: nothing more is stored or told",
        sizes: BOTH,
        short: SMALL,
        run: |run| Box::pin(removal_races::run(run)),
    },
    Scenario {
        name: "fsync",
        about: "repo syncs what it wrote before it answers; without syncs that is noticed",
        sizes: SMALL,
        short: SMALL,
        run: |run| Box::pin(fsync::run(run)),
    },
];
