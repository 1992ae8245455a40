//! Signals to logic: gathered, sent once, waited for by nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::Pool;
use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::pb::logic as pb;
use protos::pb::logic::message_service_client::MessageServiceClient;
use tokio::time::timeout;

use super::{LogicClient, call};

/// What takes longer is given up: newer signals wait for it.
const TAKEN_WITHIN: Duration = Duration::from_secs(1);

/// One call at a time, so that signals keep their order. One too many is dropped.
const BOUNDS: Bounds = Bounds { batch_items: 500, batch_bytes: usize::MAX, in_flight: 1, waiting: 4_096 };

/// A user begins or stops to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typing {
    /// Who.
    pub(crate) user_id: UserId,
    /// Where.
    pub(crate) conversation_id: ConversationId,
    /// False: they stopped.
    pub(crate) typing: bool,
}

impl LogicClient {
    /// Has the other members told, if that is possible; whether it was, nobody hears.
    pub(crate) fn signal_typing(&self, typing: Typing) {
        if let Err(error) = self.signals.offer(typing) {
            self.metrics.signals_dropped.add(1);
            tracing::debug!(%error, "a signal was dropped");
        }
    }
}

/// Starts the batcher on the present actor system.
pub(super) fn start(pool: Pool) -> Batches<Signals> {
    Batches::start("signalling", BOUNDS, Signals(pool))
}

/// Sends gathered signals.
#[derive(Clone, Debug)]
pub(super) struct Signals(Pool);

impl Flush for Signals {
    type Item = Typing;
    type Reply = ();

    fn weight(_: &Typing) -> usize {
        1
    }

    async fn flush(self, batch: Vec<Typing>) -> Vec<Result<()>> {
        let count = batch.len();
        let mut groups: BTreeMap<Option<usize>, Vec<Typing>> = BTreeMap::new();
        for typing in batch {
            groups.entry(self.0.place(typing.conversation_id.as_str())).or_default().push(typing);
        }
        join_all(groups.into_values().map(|group| self.send(group))).await;
        vec![Ok(()); count]
    }
}

impl Signals {
    /// One call with the signals of conversations that live on the same process.
    async fn send(&self, group: Vec<Typing>) {
        let Some(key) = group.first().map(|typing| typing.conversation_id.clone()) else { return };
        let signals = group.into_iter().map(Into::into).collect();
        let request = pb::SendSignalsRequest { signals };
        let sent = async {
            call!(self.0, idempotent(Some(key.as_str())), MessageServiceClient, send_signals, request)
        };
        match timeout(TAKEN_WITHIN, sent).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "signals were dropped"),
            Err(_) => tracing::debug!("signals were not taken in time"),
        }
    }
}
