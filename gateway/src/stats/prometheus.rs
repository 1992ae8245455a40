//! What Prometheus is told of a gateway: the same that its operator sees.

use std::fmt;

use kit::metrics::prometheus::collector::Collector;
use kit::metrics::prometheus::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use kit::metrics::prometheus::metrics::MetricType;
use kit::metrics::prometheus::metrics::counter::ConstCounter;
use kit::metrics::prometheus::metrics::gauge::ConstGauge;
use kit::metrics::{LatencyCounts, told_buckets};

use super::{EventCounts, GatewayStats, Observer};

impl Collector for Observer {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let seen = self.look();
        gauges(&mut encoder, &seen)?;
        queues(&mut encoder, &seen)?;
        counters(&mut encoder, &seen.counts)?;
        latencies(
            &mut encoder,
            "send_seconds",
            "From a message's arrival to its acknowledgement",
            &seen.send,
        )?;
        latencies(&mut encoder, "push_seconds", "A job's push, as a whole", &seen.push)
    }
}

fn gauges(encoder: &mut DescriptorEncoder<'_>, seen: &GatewayStats) -> fmt::Result {
    let gauges = [
        ("ready", "1 while everything works that a user needs", i64::from(seen.ready)),
        ("sessions", "WebSockets that are open", seen.sessions),
        ("users", "Users who have one", seen.users),
        ("mailbox_frames", "Frames that wait for sessions' sockets", seen.mailboxes.frames),
        ("mailbox_bytes", "Their bytes", seen.mailboxes.bytes),
        ("mailbox_most_frames", "Frames in the fullest mailbox", seen.mailboxes.most_frames),
        ("mailbox_bound_frames", "One more, and a session is too slow", seen.mailboxes.bound_frames),
    ];
    for (name, help, value) in gauges {
        let gauge = ConstGauge::new(value);
        gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
    }
    let help = "1 while a process that this one needs answers and is ready";
    let mut dependencies = encoder.encode_descriptor("dependency_ready", help, None, MetricType::Gauge)?;
    for dependency in &seen.dependencies {
        let labels = [("service", dependency.name.as_str()), ("url", dependency.url.as_str())];
        ConstGauge::new(i64::from(dependency.ready)).encode(dependencies.encode_family(&labels)?)?;
    }
    Ok(())
}

fn queues(encoder: &mut DescriptorEncoder<'_>, seen: &GatewayStats) -> fmt::Result {
    let kinds = [
        ("queue_waiting", "Calls that wait for the next batch or are under way"),
        ("queue_bound", "One more is refused"),
    ];
    for (place, (name, help)) in kinds.into_iter().enumerate() {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for queue in &seen.queues {
            let to = queue.gateway_id.as_ref().map_or("", |gateway| gateway.as_str());
            let labels = [("queue", queue.name.as_str()), ("to", to)];
            let value = [queue.waiting, queue.bound][place];
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn counters(encoder: &mut DescriptorEncoder<'_>, counts: &EventCounts) -> fmt::Result {
    let counters = [
        ("messages_acked", "Messages of clients that were acknowledged", counts.messages_acked),
        ("messages_failed", "Messages of clients that were refused or failed", counts.messages_failed),
        ("messages_delivered", "Messages that were put into mailboxes", counts.messages_delivered),
        ("pushes", "Pushes of jobs", counts.pushes),
        ("pushes_delivered", "Pushes and broadcasts that were put into mailboxes", counts.pushes_delivered),
        (
            "signals_dropped",
            "Signals that somebody did without, because too much waited",
            counts.signals_dropped,
        ),
        (
            "sessions_evicted",
            "Sessions that were closed because they read too slowly",
            counts.sessions_evicted,
        ),
        ("sessions_opened", "WebSockets that were opened", counts.sessions_opened),
    ];
    for (name, help, count) in counters {
        let counter = ConstCounter::new(u64::try_from(count).unwrap_or_default());
        counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
    }
    Ok(())
}

fn latencies(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: &LatencyCounts,
) -> fmt::Result {
    let (sum, count, buckets) = told_buckets(counts);
    let mut histogram = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    histogram.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
}
