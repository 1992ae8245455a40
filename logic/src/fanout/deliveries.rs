//! Gathers the deliveries of all shards into few calls.

use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::BATCH_BYTES;
use protos::Result;

use super::addressed::{Addressed, weight};
use super::gateways::GatewayLink;

/// A shard waits for its deliveries, so no more lists wait than there are shards, and nothing is ever refused. One call at a time: what
/// comes meanwhile goes together.
const BOUNDS: Bounds = Bounds { batch_items: 64, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 64 };

/// Calls a gateway with what gathered.
#[derive(Clone, Debug)]
pub(super) struct Deliveries(GatewayLink);

impl Deliveries {
    /// Starts gathering, on the present actor system.
    pub(super) fn start(link: GatewayLink) -> Batches<Self> {
        Batches::start("the way to a gateway", BOUNDS, Self(link))
    }
}

impl Flush for Deliveries {
    /// What one shard brings, in order, as much as fits into a call.
    type Item = Vec<Addressed>;
    type Reply = ();

    fn weight(list: &Self::Item) -> usize {
        weight(list)
    }

    async fn flush(self, lists: Vec<Self::Item>) -> Vec<Result<()>> {
        let count = lists.len();
        // A task of its own: a panic costs this call and not the batcher. What cannot be delivered is owed.
        let call = lists.into_iter().flatten().collect();
        let delivered = tokio::spawn(async move { self.0.deliver(call).await }).await;
        let outcome = delivered.map_err(|error| {
            tracing::error!(%error, "a call with deliveries failed");
            protos::Error::internal("a call with deliveries failed")
        });
        vec![outcome; count]
    }
}
