//! How a gateway is doing, for operators.
//!
//! - this file: what is told, and [`Observer`], which reads it off the parts of this gateway.
//! - [`cluster`]: the same of all gateways, asked at once.
//! - [`convert`]: between the domain and the wire; [`prometheus`]: as `/metrics` tells it.

mod cluster;
mod convert;
mod prometheus;

pub(crate) use cluster::Cluster;

use kit::SharedClock;
use kit::batch::Depth;
use kit::grpc::Pool;
use kit::metrics::LatencyCounts;
use protos::ids::GatewayId;
use protos::model::GatewayLease;
use serde::{Serialize, Serializer};

use crate::kept::KeptPushes;
use crate::logic::LogicClient;
use crate::metrics::SharedMetrics;
use crate::presence::{Locator, Roster, Standing};
use crate::pusher::Peers;
use crate::readiness::Readiness;
use crate::registry::Registry;
use crate::session::QueueBounds;

/// How a gateway is doing at one moment. What counts events counts them since the process started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayStats {
    #[serde(skip)]
    pub(crate) lease: GatewayLease,
    pub(crate) version: String,
    /// Unix milliseconds by its own clock, as is the next.
    pub(crate) started_at_ms: i64,
    pub(crate) now_ms: i64,
    /// As `/readyz` has it.
    pub(crate) ready: bool,
    /// How its lease stands, in its own view.
    #[serde(serialize_with = "in_a_word")]
    pub(crate) standing: Standing,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) sessions: i64,
    pub(crate) users: i64,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) queues: Vec<QueueDepth>,
    pub(crate) counts: EventCounts,
    #[serde(serialize_with = "as_triples")]
    pub(crate) send: LatencyCounts,
    #[serde(serialize_with = "as_triples")]
    pub(crate) push: LatencyCounts,
}

/// A process that a gateway needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) url: String,
    /// It answers and is ready.
    pub(crate) ready: bool,
}

/// What waits for the sessions' sockets, in all of them and in the fullest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mailboxes {
    pub(crate) frames: i64,
    pub(crate) bytes: i64,
    pub(crate) most_frames: i64,
    pub(crate) most_bytes: i64,
    pub(crate) bound_frames: i64,
    pub(crate) bound_bytes: i64,
}

/// Calls that wait for the next batch or are under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueDepth {
    pub(crate) name: String,
    /// Of the queue to another gateway: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_id: Option<GatewayId>,
    pub(crate) waiting: i64,
    pub(crate) bound: i64,
}

/// What has happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventCounts {
    pub(crate) messages_acked: i64,
    pub(crate) messages_failed: i64,
    pub(crate) messages_delivered: i64,
    pub(crate) pushes: i64,
    pub(crate) pushes_delivered: i64,
    pub(crate) signals_dropped: i64,
    pub(crate) sessions_evicted: i64,
    pub(crate) sessions_opened: i64,
}

fn in_a_word<S: Serializer>(standing: &Standing, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match standing {
        Standing::Seeking => "seeking",
        Standing::Fresh => "fresh",
        Standing::Held => "held",
        Standing::Replaced => "replaced",
    })
}

/// `[[from, to, count], …]` in microseconds: there may be hundreds, each second.
fn as_triples<S: Serializer>(latencies: &LatencyCounts, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(latencies.buckets.iter().map(|it| [it.from_micros, it.to_micros, it.count]))
}

/// Everything that this gateway's state is read off. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    pub(crate) lease: GatewayLease,
    /// Unix milliseconds.
    pub(crate) started_at_ms: i64,
    pub(crate) clock: SharedClock,
    pub(crate) metrics: SharedMetrics,
    pub(crate) registry: Registry,
    pub(crate) readiness: Readiness,
    pub(crate) roster: Roster,
    pub(crate) locator: Locator,
    pub(crate) logic: LogicClient,
    pub(crate) kept: KeptPushes,
    pub(crate) peers: Peers,
    pub(crate) logic_pool: Pool,
    pub(crate) repo_pool: Pool,
    pub(crate) bounds: QueueBounds,
}

impl Observer {
    /// How this gateway is doing.
    pub(crate) fn look(&self) -> GatewayStats {
        let crowd = self.registry.crowd();
        GatewayStats {
            lease: self.lease.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at_ms: self.started_at_ms,
            now_ms: self.clock.now_ms(),
            ready: self.readiness.is_ready(),
            standing: self.readiness.standing(),
            dependencies: self.dependencies(),
            sessions: number(crowd.sessions),
            users: number(crowd.users),
            mailboxes: Mailboxes {
                frames: number(crowd.frames),
                bytes: number(crowd.bytes),
                most_frames: number(crowd.most_frames),
                most_bytes: number(crowd.most_bytes),
                bound_frames: number(self.bounds.frames),
                bound_bytes: number(self.bounds.bytes),
            },
            queues: self.queues(),
            counts: self.counts(),
            send: self.metrics.send.took.counts(),
            push: self.metrics.push.took.counts(),
        }
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let of = |name: &'static str, pool: &Pool| {
            let shown = move |(url, ready)| Dependency { name: name.to_owned(), url, ready };
            pool.processes().into_iter().map(shown)
        };
        of("logic", &self.logic_pool).chain(of("repo", &self.repo_pool)).collect()
    }

    fn queues(&self) -> Vec<QueueDepth> {
        let here = self.logic.depths().into_iter().chain([self.locator.depth()]).chain(self.kept.depths());
        let here = here.map(|depth| (None, depth));
        let there = self.peers.depths().into_iter().map(|(gateway, depth)| (Some(gateway), depth));
        let shown = |(gateway_id, depth): (Option<GatewayId>, Depth)| QueueDepth {
            name: depth.name.to_owned(),
            gateway_id,
            waiting: number(depth.waiting),
            bound: number(depth.bound),
        };
        here.chain(there).map(shown).collect()
    }

    fn counts(&self) -> EventCounts {
        let metrics = &self.metrics;
        EventCounts {
            messages_acked: number(metrics.send.count.get()),
            messages_failed: number(metrics.messages_failed.get()),
            messages_delivered: number(metrics.messages_delivered.get()),
            pushes: number(metrics.push.count.get()),
            pushes_delivered: number(metrics.pushes_delivered.get()),
            signals_dropped: number(metrics.signals_dropped.get() + self.roster.dropped()),
            sessions_evicted: number(metrics.sessions_evicted.get()),
            sessions_opened: number(metrics.sessions_opened.get()),
        }
    }
}

/// As the wire has numbers.
fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
