//! Where users are, asked in common calls.

use std::collections::{HashMap, HashSet};

use kit::batch::{Batches, Bounds, Depth, Flush};
use kit::grpc::BATCH_BYTES;
use protos::Result;
use protos::ids::{GatewayId, UserId};

use super::client::PresenceClient;

/// What stands around an id on the wire.
const AROUND_AN_ID: usize = 3;

const BOUNDS: Bounds =
    Bounds { batch_items: 256, batch_bytes: BATCH_BYTES / 2, in_flight: 4, waiting: 1_024 };

/// The gateways that hold sessions of each user; who is nowhere is left out.
pub(crate) type Whereabouts = HashMap<UserId, Vec<GatewayId>>;

/// Asks where users are. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Locator(Batches<LookUps>);

impl Locator {
    /// Starts its batcher on the present actor system.
    pub(crate) fn start(client: PresenceClient) -> Self {
        Self(Batches::start("presence", BOUNDS, LookUps(client)))
    }

    /// How full its batcher is.
    pub(crate) fn depth(&self) -> Depth {
        self.0.depth()
    }

    /// Where these users are.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT` when presence cannot be read.
    pub(crate) async fn locate(&self, users: Vec<UserId>) -> Result<Whereabouts> {
        self.0.submit(users).await
    }
}

/// Looks up the users of many questions at once.
#[derive(Clone, Debug)]
struct LookUps(PresenceClient);

impl Flush for LookUps {
    type Item = Vec<UserId>;
    type Reply = Whereabouts;

    fn weight(users: &Self::Item) -> usize {
        users.iter().map(|user| user.as_str().len() + AROUND_AN_ID).sum()
    }

    async fn flush(self, questions: Vec<Self::Item>) -> Vec<Result<Whereabouts>> {
        let everybody: HashSet<&UserId> = questions.iter().flatten().collect();
        let found = self.0.locate(everybody.into_iter().cloned().collect()).await;
        questions
            .into_iter()
            .map(|users| {
                let found = found.as_ref().map_err(Clone::clone)?;
                let located = users.into_iter().filter_map(|user| found.get_key_value(&user));
                Ok(located.map(|(user, gateways)| (user.clone(), gateways.clone())).collect())
            })
            .collect()
    }
}
