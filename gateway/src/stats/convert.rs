//! Between the domain and `im.gateway.v1`.

use kit::metrics::{Bucket, LatencyCounts};
use protos::ids::GatewayId;
use protos::model::GatewayLease;
use protos::pb::gateway as pb;

use super::{Dependency, EventCounts, GatewayStats, Mailboxes, QueueDepth, number};
use crate::presence::Standing;

impl From<GatewayStats> for pb::GatewayStats {
    fn from(stats: GatewayStats) -> Self {
        Self {
            gateway_id: stats.lease.gateway_id.into(),
            incarnation: stats.lease.incarnation.into(),
            url: stats.lease.url,
            version: stats.version,
            started_at_ms: stats.started_at_ms,
            now_ms: stats.now_ms,
            ready: stats.ready,
            lease: standing(stats.standing).into(),
            dependencies: stats.dependencies.into_iter().map(Into::into).collect(),
            sessions: stats.sessions,
            users: stats.users,
            mailboxes: Some(stats.mailboxes.into()),
            queues: stats.queues.into_iter().map(Into::into).collect(),
            counts: Some(stats.counts.into()),
            send: Some(latencies(stats.send)),
            push: Some(latencies(stats.push)),
        }
    }
}

impl From<pb::GatewayStats> for GatewayStats {
    fn from(stats: pb::GatewayStats) -> Self {
        let standing = match stats.lease() {
            pb::LeaseStanding::Unspecified | pb::LeaseStanding::Seeking => Standing::Seeking,
            pb::LeaseStanding::Fresh => Standing::Fresh,
            pb::LeaseStanding::Held => Standing::Held,
            pb::LeaseStanding::Replaced => Standing::Replaced,
        };
        Self {
            lease: GatewayLease {
                gateway_id: stats.gateway_id.into(),
                incarnation: stats.incarnation.into(),
                url: stats.url,
            },
            version: stats.version,
            started_at_ms: stats.started_at_ms,
            now_ms: stats.now_ms,
            ready: stats.ready,
            standing,
            dependencies: stats.dependencies.into_iter().map(Into::into).collect(),
            sessions: stats.sessions,
            users: stats.users,
            mailboxes: stats.mailboxes.unwrap_or_default().into(),
            queues: stats.queues.into_iter().map(Into::into).collect(),
            counts: stats.counts.unwrap_or_default().into(),
            send: latency_counts(stats.send.unwrap_or_default()),
            push: latency_counts(stats.push.unwrap_or_default()),
        }
    }
}

fn standing(standing: Standing) -> pb::LeaseStanding {
    match standing {
        Standing::Seeking => pb::LeaseStanding::Seeking,
        Standing::Fresh => pb::LeaseStanding::Fresh,
        Standing::Held => pb::LeaseStanding::Held,
        Standing::Replaced => pb::LeaseStanding::Replaced,
    }
}

fn latencies(counts: LatencyCounts) -> pb::Latencies {
    let bucket = |bucket: Bucket| pb::LatencyBucket {
        from_micros: number(bucket.from_micros),
        to_micros: number(bucket.to_micros),
        count: number(bucket.count),
    };
    pb::Latencies {
        buckets: counts.buckets.into_iter().map(bucket).collect(),
        sum_micros: number(counts.sum_micros),
    }
}

fn latency_counts(latencies: pb::Latencies) -> LatencyCounts {
    let bucket = |bucket: pb::LatencyBucket| Bucket {
        from_micros: bucket.from_micros.unsigned_abs(),
        to_micros: bucket.to_micros.unsigned_abs(),
        count: bucket.count.unsigned_abs(),
    };
    LatencyCounts {
        buckets: latencies.buckets.into_iter().map(bucket).collect(),
        sum_micros: latencies.sum_micros.unsigned_abs(),
    }
}

/// Two structs with the same fields, each made of the other.
macro_rules! same {
    ($domain:ident, $wire:ident, $($field:ident),+) => {
        impl From<$domain> for pb::$wire {
            fn from(it: $domain) -> Self {
                Self { $($field: it.$field),+ }
            }
        }

        impl From<pb::$wire> for $domain {
            fn from(it: pb::$wire) -> Self {
                Self { $($field: it.$field),+ }
            }
        }
    };
}

same!(Dependency, Dependency, name, url, ready);
same!(Mailboxes, Mailboxes, frames, bytes, most_frames, most_bytes, bound_frames, bound_bytes);
same!(
    EventCounts,
    EventCounts,
    messages_acked,
    messages_failed,
    messages_delivered,
    pushes,
    pushes_delivered,
    signals_dropped,
    sessions_evicted,
    sessions_opened
);

impl From<QueueDepth> for pb::QueueDepth {
    fn from(depth: QueueDepth) -> Self {
        Self {
            name: depth.name,
            gateway_id: depth.gateway_id.map(Into::into).unwrap_or_default(),
            waiting: depth.waiting,
            bound: depth.bound,
        }
    }
}

impl From<pb::QueueDepth> for QueueDepth {
    fn from(depth: pb::QueueDepth) -> Self {
        Self {
            name: depth.name,
            gateway_id: Some(depth.gateway_id).filter(|id| !id.is_empty()).map(GatewayId::from),
            waiting: depth.waiting,
            bound: depth.bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_gateway_reads_what_this_one_tells() {
        let stats = GatewayStats {
            lease: GatewayLease { gateway_id: "g1".into(), incarnation: "i1".into(), url: "http://x".into() },
            version: "1.2.3".into(),
            started_at_ms: 1,
            now_ms: 2,
            ready: true,
            standing: Standing::Fresh,
            dependencies: vec![Dependency { name: "logic".into(), url: "http://l".into(), ready: false }],
            sessions: 3,
            users: 4,
            mailboxes: Mailboxes {
                frames: 5,
                bytes: 6,
                most_frames: 7,
                most_bytes: 8,
                bound_frames: 9,
                bound_bytes: 10,
            },
            queues: vec![
                QueueDepth { name: "logic".into(), gateway_id: None, waiting: 11, bound: 12 },
                QueueDepth { name: "a peer".into(), gateway_id: Some("g2".into()), waiting: 13, bound: 14 },
            ],
            counts: EventCounts { messages_acked: 15, sessions_opened: 22, ..EventCounts::default() },
            send: LatencyCounts {
                buckets: vec![Bucket { from_micros: 32, to_micros: 34, count: 23 }],
                sum_micros: 24,
            },
            push: LatencyCounts::default(),
        };
        assert_eq!(GatewayStats::from(pb::GatewayStats::from(stats.clone())), stats);
    }
}
