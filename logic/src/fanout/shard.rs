//! The actor that owns the order of its conversations and has one call under way.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, WrapFuture};
use futures::FutureExt;
use protos::ids::{ConversationId, Seq};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::courier::{Courier, Parcel};
use super::order::Orders;

/// A message ahead of the next expected waits this long for those before it.
const HOLD_BACK: Duration = Duration::from_millis(50);
/// Messages that the courier takes at once; it splits them by bytes.
const CARRIED_AT_ONCE: usize = 256;

/// A message's place in its conversation.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) conversation: ConversationId,
    pub(super) seq: Seq,
    /// True for what was stored, and may have gone out, before.
    pub(super) is_repetition: bool,
}

/// Command: bring this to its receivers; `done` tells, or is dropped, when that has been tried.
pub(super) struct HandOver {
    pub(super) parcel: Parcel,
    /// `None` for what has no place of its own: it goes after what went before.
    pub(super) place: Option<Place>,
    pub(super) done: oneshot::Sender<()>,
    /// The message's room, given back with it.
    pub(super) permit: OwnedSemaphorePermit,
}

impl Message for HandOver {
    type Result = ();
}

/// Owns order: messages of a conversation leave by seq, one batch after the other.
pub(super) struct FanoutShard<C: Courier> {
    courier: C,
    orders: Orders<HandOver>,
    /// In order, waiting for the batch under way to return.
    outbox: VecDeque<HandOver>,
    /// A batch is under way or about to be.
    is_carrying: bool,
}

impl<C: Courier> FanoutShard<C> {
    /// Starts a shard; the senders' permits bound what waits at `mailbox_capacity`.
    pub(super) fn start(courier: C, mailbox_capacity: usize) -> Addr<Self> {
        let orders = Orders::new();
        let shard = Self { courier, orders, outbox: VecDeque::new(), is_carrying: false };
        // Set before the actor first runs: a burst may come earlier.
        let mut context = Context::new();
        context.set_mailbox_capacity(mailbox_capacity);
        context.run(shard)
    }

    /// Carries what waits once the mailbox has been emptied: a stored batch comes in the same instant, and goes together.
    fn carry_soon(&mut self, ctx: &mut Context<Self>) {
        if self.is_carrying || self.outbox.is_empty() {
            return;
        }
        self.is_carrying = true;
        ctx.spawn(tokio::task::yield_now().into_actor(self).map(|(), shard, ctx| shard.carry(ctx)));
    }

    fn carry(&mut self, ctx: &mut Context<Self>) {
        let count = self.outbox.len().min(CARRIED_AT_ONCE);
        let batch = self.outbox.drain(..count);
        let (parcels, waiting): (Vec<_>, Vec<_>) =
            batch.map(|hand_over| (hand_over.parcel, (hand_over.done, hand_over.permit))).unzip();
        let carried = AssertUnwindSafe(self.courier.clone().carry(parcels)).catch_unwind();
        ctx.spawn(carried.into_actor(self).map(move |outcome, shard, ctx| {
            if outcome.is_err() {
                tracing::error!("a fan-out batch panicked");
            }
            for (done, permit) in waiting {
                // A sender that went away needs no answer.
                done.send(()).ok();
                drop(permit);
            }
            if shard.outbox.is_empty() {
                shard.is_carrying = false;
            } else {
                shard.carry(ctx);
            }
        }));
    }
}

impl<C: Courier> Actor for FanoutShard<C> {
    type Context = Context<Self>;
}

impl<C: Courier> Handler<HandOver> for FanoutShard<C> {
    type Result = ();

    fn handle(&mut self, mut hand_over: HandOver, ctx: &mut Self::Context) {
        let Some(Place { conversation, seq, is_repetition }) = hand_over.place.take() else {
            self.outbox.push_back(hand_over);
            self.carry_soon(ctx);
            return;
        };
        let ready = self.orders.accept(&conversation, seq, is_repetition, hand_over);
        if ready.is_empty() {
            ctx.run_later(HOLD_BACK, move |shard, ctx| {
                let ready = shard.orders.overdue(&conversation, seq);
                shard.outbox.extend(ready);
                shard.carry_soon(ctx);
            });
        }
        self.outbox.extend(ready);
        self.carry_soon(ctx);
    }
}

#[cfg(test)]
#[path = "shard_test.rs"]
mod tests;
