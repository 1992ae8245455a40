//! Signals to logic: gathered, sent once, waited for by nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::Pool;
use protos::Result;
use protos::ids::{ConversationId, Seq, UserId};
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

/// A device of a user's has got everything up to here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// Whose.
    pub(crate) user_id: UserId,
    /// Where.
    pub(crate) conversation_id: ConversationId,
    /// Up to where.
    pub(crate) seq: Seq,
}

/// What a later one of its kind makes worthless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Typing(Typing),
    Delivered(Delivered),
}

impl Signal {
    fn conversation_id(&self) -> &ConversationId {
        match self {
            Self::Typing(typing) => &typing.conversation_id,
            Self::Delivered(delivered) => &delivered.conversation_id,
        }
    }
}

impl LogicClient {
    /// Has the other members told, if that is possible; whether it was, nobody hears.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Err(error) = self.signals.offer(signal) {
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
    type Item = Signal;
    type Reply = ();

    fn weight(_: &Signal) -> usize {
        1
    }

    async fn flush(self, batch: Vec<Signal>) -> Vec<Result<()>> {
        let count = batch.len();
        let mut groups: BTreeMap<Option<usize>, Vec<Signal>> = BTreeMap::new();
        for signal in batch {
            groups.entry(self.0.place(signal.conversation_id().as_str())).or_default().push(signal);
        }
        join_all(groups.into_values().map(|group| self.send(group))).await;
        vec![Ok(()); count]
    }
}

impl Signals {
    /// One call with the signals of conversations that live on the same process.
    async fn send(&self, group: Vec<Signal>) {
        let Some(key) = group.first().map(|signal| signal.conversation_id().clone()) else { return };
        let mut request = pb::SendSignalsRequest::default();
        for signal in group {
            match signal {
                Signal::Typing(typing) => request.signals.push(typing.into()),
                Signal::Delivered(delivered) => request.deliveries.push(delivered.into()),
            }
        }
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
