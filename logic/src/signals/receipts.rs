//! Receipts, gathered for a moment: who reads fast is told of once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, WrapFuture};
use futures::{StreamExt, stream};
use protos::ids::{ConversationId, Seq, SessionId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{LOOKED_UP_AT_ONCE, Signals};

/// How long receipts are gathered.
const GATHERED_FOR: Duration = Duration::from_millis(300);
/// Receipts that wait; one more is dropped: the next one of its reader makes up for it.
const MAX_WAITING: usize = 10_000;

/// What a receipt is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// The member has read it.
    Read,
    /// A device of the member's has got it.
    Delivered,
}

/// A member has read or got everything up to here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) what: What,
    pub(crate) conversation_id: ConversationId,
    pub(crate) user_id: UserId,
    pub(crate) seq: Seq,
    /// The member list's version when the read pointer moved.
    pub(crate) member_version: i64,
    /// The session that asked for it, and need not be told.
    pub(crate) origin: Option<SessionId>,
}

/// The handle of the [`Gatherer`].
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    gatherer: Addr<Gatherer>,
    room: Arc<Semaphore>,
}

impl Receipts {
    /// Starts gathering on the present actor system.
    pub(crate) fn start(signals: Signals) -> Self {
        let gatherer = Gatherer { signals, waiting: Waiting::default(), is_busy: false };
        // Set before the actor first runs: a burst may come earlier.
        let mut context = Context::new();
        context.set_mailbox_capacity(MAX_WAITING);
        Self { gatherer: context.run(gatherer), room: Arc::new(Semaphore::new(MAX_WAITING)) }
    }

    /// Has a receipt told within a moment, or drops it when too many wait.
    pub(crate) fn note(&self, receipt: Receipt) {
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::debug!("a receipt was dropped");
            return;
        };
        if self.gatherer.try_send(Note(receipt, permit)).is_err() {
            tracing::error!("the gatherer of receipts has stopped");
        }
    }
}

/// Command: tell this soon.
#[derive(Message)]
#[rtype(result = "()")]
struct Note(Receipt, OwnedSemaphorePermit);

/// Owns what waits, and tells it at intervals while there is something.
#[derive(Debug)]
struct Gatherer {
    signals: Signals,
    waiting: Waiting<OwnedSemaphorePermit>,
    /// The next telling is set, or under way.
    is_busy: bool,
}

/// The newest receipt of each kind of each member in each conversation, with its room.
#[derive(Debug)]
struct Waiting<R>(HashMap<(What, ConversationId, UserId), (Receipt, R)>);

impl<R> Default for Waiting<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R> Waiting<R> {
    fn add(&mut self, receipt: Receipt, room: R) {
        match self.0.entry((receipt.what, receipt.conversation_id.clone(), receipt.user_id.clone())) {
            Entry::Vacant(free) => drop(free.insert((receipt, room))),
            Entry::Occupied(mut taken) if taken.get().0.seq < receipt.seq => taken.get_mut().0 = receipt,
            Entry::Occupied(_) => {}
        }
    }

    fn take(&mut self) -> Vec<(Receipt, R)> {
        std::mem::take(&mut self.0).into_values().collect()
    }
}

impl Actor for Gatherer {
    type Context = Context<Self>;
}

impl Handler<Note> for Gatherer {
    type Result = ();

    fn handle(&mut self, Note(receipt, permit): Note, ctx: &mut Self::Context) {
        self.waiting.add(receipt, permit);
        self.tell_later(ctx);
    }
}

impl Gatherer {
    fn tell_later(&mut self, ctx: &mut Context<Self>) {
        if !self.is_busy && !self.waiting.0.is_empty() {
            self.is_busy = true;
            ctx.run_later(GATHERED_FOR, Self::tell);
        }
    }

    fn tell(&mut self, ctx: &mut Context<Self>) {
        let (signals, receipts) = (self.signals.clone(), self.waiting.take());
        let telling = async move {
            let tell =
                async |(receipt, _room): (Receipt, OwnedSemaphorePermit)| signals.receipt(receipt).await;
            stream::iter(receipts).for_each_concurrent(LOOKED_UP_AT_ONCE, tell).await;
        };
        ctx.spawn(telling.into_actor(self).map(|(), gatherer, ctx| {
            gatherer.is_busy = false;
            gatherer.tell_later(ctx);
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(conversation: &str, user: &str, seq: i64) -> Receipt {
        Receipt {
            what: What::Read,
            conversation_id: conversation.into(),
            user_id: user.into(),
            seq: Seq(seq),
            member_version: seq,
            origin: Some(format!("s{seq}").into()),
        }
    }

    #[test]
    fn the_highest_of_each_reader_in_each_conversation_is_kept() {
        let mut waiting = Waiting::default();
        for (conversation, user, seq) in
            [("c", "u", 1), ("c", "u", 5), ("c", "u", 3), ("c", "v", 2), ("d", "u", 4)]
        {
            waiting.add(receipt(conversation, user, seq), ());
        }
        let mut taken: Vec<Receipt> = waiting.take().into_iter().map(|(receipt, ())| receipt).collect();
        taken.sort_by_key(|receipt| receipt.seq);
        assert_eq!(taken, [receipt("c", "v", 2), receipt("d", "u", 4), receipt("c", "u", 5)]);
        assert!(waiting.take().is_empty());
    }

    #[test]
    fn what_was_got_and_what_was_read_do_not_hide_each_other() {
        let mut waiting = Waiting::default();
        let got = |seq| Receipt { what: What::Delivered, ..receipt("c", "u", seq) };
        for receipt in [got(7), receipt("c", "u", 5), got(i64::MAX), got(6)] {
            waiting.add(receipt, ());
        }
        let mut taken: Vec<Receipt> = waiting.take().into_iter().map(|(receipt, ())| receipt).collect();
        taken.sort_by_key(|receipt| receipt.seq);
        assert_eq!(taken, [receipt("c", "u", 5), got(i64::MAX)]);
    }
}
