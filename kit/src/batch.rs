//! Gathers single calls into batches, for hops that carry a call for every message.
//!
//! While a batch is in flight the next one gathers; when it returns, all that gathered goes out at once. At low load a call
//! leaves at once, alone; under load the batch grows by itself (group commit, J. Gray, 1985). Nobody waits to fill a batch.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, WrapFuture};
use futures::FutureExt;
use protos::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// What is done with a batch.
pub trait Flush: Clone + Unpin + 'static {
    /// One caller's call.
    type Item: Send + Unpin + 'static;
    /// One caller's answer.
    type Reply: Send + Unpin + 'static;

    /// What an item counts towards [`Bounds::batch_bytes`].
    fn weight(item: &Self::Item) -> usize;

    /// Does the whole batch and answers each item, in order.
    fn flush(self, batch: Vec<Self::Item>) -> impl Future<Output = Vec<Result<Self::Reply>>> + 'static;
}

/// How much is gathered.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Items in one batch.
    pub batch_items: usize,
    /// Weight of one batch; a single heavier item still goes, alone.
    pub batch_bytes: usize,
    /// Batches under way at once. With 1, batches keep their order.
    pub in_flight: usize,
    /// Calls that wait or are under way; one more is refused with `SERVICE_UNAVAILABLE`.
    pub waiting: usize,
}

/// How full a batcher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The batcher's name.
    pub name: &'static str,
    /// Calls that wait or are under way.
    pub waiting: usize,
    /// One more than so many is refused.
    pub bound: usize,
}

/// The handle of a [`Batcher`]: the only way to it.
pub struct Batches<F: Flush> {
    name: &'static str,
    batcher: Addr<Batcher<F>>,
    permits: Arc<Semaphore>,
    waiting: usize,
}

impl<F: Flush> Clone for Batches<F> {
    fn clone(&self) -> Self {
        Self { batcher: self.batcher.clone(), permits: Arc::clone(&self.permits), ..*self }
    }
}

impl<F: Flush> std::fmt::Debug for Batches<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batches({})", self.name)
    }
}

impl<F: Flush> Batches<F> {
    /// Starts a batcher on the present actor system; `name` names it in errors.
    pub fn start(name: &'static str, bounds: Bounds, flush: F) -> Self {
        let batcher = Batcher { bounds, flush, waiting: VecDeque::new(), in_flight: 0 };
        // Set before the actor first runs: a burst may come earlier.
        let mut context = Context::new();
        context.set_mailbox_capacity(bounds.waiting);
        let batcher = context.run(batcher);
        Self { name, batcher, permits: Arc::new(Semaphore::new(bounds.waiting)), waiting: bounds.waiting }
    }

    /// True when nothing waits or is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.permits.available_permits() == self.waiting
    }

    /// How many calls wait or are under way.
    #[must_use]
    pub fn depth(&self) -> Depth {
        Depth {
            name: self.name,
            waiting: self.waiting - self.permits.available_permits(),
            bound: self.waiting,
        }
    }

    /// Puts an item into the next batch and waits for its answer.
    ///
    /// # Errors
    /// The item's own, or `SERVICE_UNAVAILABLE` when too many wait or the batcher has stopped.
    pub async fn submit(&self, item: F::Item) -> Result<F::Reply> {
        self.offer(item)?.await.map_err(|_| Error::unavailable(format!("{} has stopped", self.name)))?
    }

    /// Puts an item into the next batch without waiting; who does not want its answer drops it.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when too many wait or the batcher has stopped.
    pub fn offer(&self, item: F::Item) -> Result<oneshot::Receiver<Result<F::Reply>>> {
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| Error::unavailable(format!("{} is saturated", self.name)))?;
        let (reply, answer) = oneshot::channel();
        // The permits are the bound; the mailbox holds as many, so that it never refuses first.
        self.batcher
            .try_send(Submit { item, reply, permit })
            .map_err(|_| Error::unavailable(format!("{} has stopped", self.name)))?;
        Ok(answer)
    }
}

/// The actor that owns what waits.
struct Batcher<F: Flush> {
    bounds: Bounds,
    flush: F,
    waiting: VecDeque<Submit<F>>,
    in_flight: usize,
}

/// Command: put this item into the next batch.
struct Submit<F: Flush> {
    item: F::Item,
    reply: oneshot::Sender<Result<F::Reply>>,
    permit: OwnedSemaphorePermit,
}

impl<F: Flush> Message for Submit<F> {
    type Result = ();
}

impl<F: Flush> Actor for Batcher<F> {
    type Context = Context<Self>;
}

impl<F: Flush> Handler<Submit<F>> for Batcher<F> {
    type Result = ();

    fn handle(&mut self, submit: Submit<F>, ctx: &mut Self::Context) {
        self.waiting.push_back(submit);
        // The batch leaves when the mailbox has been emptied: what came in the same instant goes together.
        if self.waiting.len() == 1 {
            ctx.spawn(
                tokio::task::yield_now().into_actor(self).map(|(), batcher, ctx| batcher.flush_waiting(ctx)),
            );
        }
    }
}

impl<F: Flush> Batcher<F> {
    fn flush_waiting(&mut self, ctx: &mut Context<Self>) {
        while self.in_flight < self.bounds.in_flight && !self.waiting.is_empty() {
            let (items, callers) = self.next_batch();
            self.in_flight += 1;
            let flushed = AssertUnwindSafe(self.flush.clone().flush(items)).catch_unwind();
            ctx.spawn(flushed.into_actor(self).map(move |outcome, batcher, ctx| {
                batcher.in_flight -= 1;
                answer(callers, outcome.ok());
                batcher.flush_waiting(ctx);
            }));
        }
    }

    fn next_batch(&mut self) -> (Vec<F::Item>, Vec<Caller<F>>) {
        let (mut items, mut callers, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(next) = self.waiting.front() {
            bytes += F::weight(&next.item);
            let full = items.len() >= self.bounds.batch_items || bytes > self.bounds.batch_bytes;
            if full && !items.is_empty() {
                break;
            }
            if let Some(Submit { item, reply, permit }) = self.waiting.pop_front() {
                items.push(item);
                callers.push(Caller { reply, _permit: permit });
            }
        }
        (items, callers)
    }
}

struct Caller<F: Flush> {
    reply: oneshot::Sender<Result<F::Reply>>,
    /// Held until the answer, so that what is under way counts as waiting.
    _permit: OwnedSemaphorePermit,
}

/// `outcome` is `None` when the flush panicked.
fn answer<F: Flush>(callers: Vec<Caller<F>>, outcome: Option<Vec<Result<F::Reply>>>) {
    if outcome.is_none() {
        tracing::error!("a batch panicked");
    }
    let mut replies = outcome.unwrap_or_default().into_iter();
    for caller in callers {
        let reply = replies.next().unwrap_or_else(|| Err(Error::internal("the batch gave no answer")));
        // A caller that went away needs no answer.
        caller.reply.send(reply).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    /// Doubles numbers, one batch at each notification, and remembers the batches' sizes; 13 panics.
    #[derive(Clone, Default)]
    struct Double {
        gate: Arc<Notify>,
        sizes: Arc<Mutex<Vec<usize>>>,
    }

    impl Flush for Double {
        type Item = u32;
        type Reply = u32;

        fn weight(_: &u32) -> usize {
            1
        }

        async fn flush(self, batch: Vec<u32>) -> Vec<Result<u32>> {
            self.sizes.lock().unwrap().push(batch.len());
            self.gate.notified().await;
            assert!(!batch.contains(&13), "as the test wants");
            batch.into_iter().map(|number| Ok(number * 2)).collect()
        }
    }

    const BOUNDS: Bounds = Bounds { batch_items: 4, batch_bytes: 100, in_flight: 1, waiting: 10 };

    #[actix_rt::test]
    async fn calls_gather_while_a_batch_is_in_flight() {
        let double = Double::default();
        let batches = Batches::start("double", BOUNDS, double.clone());
        let first = tokio::spawn({
            let batches = batches.clone();
            async move { batches.submit(1).await }
        });
        while double.sizes.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let rest = join_all((2..=10).map(|number| batches.submit(number)));
        let open_gate = async {
            while double.sizes.lock().unwrap().iter().sum::<usize>() < 10 {
                double.gate.notify_one();
                tokio::task::yield_now().await;
            }
            double.gate.notify_one();
        };
        let (answers, ()) = tokio::join!(rest, open_gate);
        assert_eq!(first.await.unwrap(), Ok(2));
        let expected: Vec<Result<u32>> = (2..=10).map(|number| Ok(number * 2)).collect();
        assert_eq!(answers, expected);
        assert_eq!(*double.sizes.lock().unwrap(), [1, 4, 4, 1]);
    }

    #[actix_rt::test]
    async fn one_call_too_many_is_refused_and_nothing_else_is_lost() {
        let double = Double::default();
        let batches = Batches::start("double", BOUNDS, double.clone());
        let waiting: Vec<_> = (0..10)
            .map(|number| {
                let batches = batches.clone();
                tokio::spawn(async move { batches.submit(number).await })
            })
            .collect();
        while batches.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = batches.submit(11).await.unwrap_err();
        assert_eq!(refused.reason(), protos::Reason::ServiceUnavailable);
        let open_gate = tokio::spawn({
            let gate = Arc::clone(&double.gate);
            async move {
                loop {
                    gate.notify_one();
                    tokio::task::yield_now().await;
                }
            }
        });
        for (number, answer) in (0..).zip(join_all(waiting).await) {
            assert_eq!(answer.unwrap(), Ok(number * 2));
        }
        open_gate.abort();
    }

    #[actix_rt::test]
    async fn a_burst_at_the_very_start_is_taken_whole() {
        let double = Double::default();
        let batches =
            Batches::start("double", Bounds { waiting: 100, batch_items: 100, ..BOUNDS }, double.clone());
        double.gate.notify_one();
        let answers = join_all((20..120).map(|number| batches.submit(number))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    #[actix_rt::test]
    async fn what_nobody_waits_for_is_done_all_the_same() {
        let double = Double::default();
        let batches = Batches::start("double", BOUNDS, double.clone());
        drop(batches.offer(1).unwrap());
        double.gate.notify_one();
        while double.sizes.lock().unwrap().is_empty() || batches.permits.available_permits() < BOUNDS.waiting
        {
            tokio::task::yield_now().await;
        }
        (0..BOUNDS.waiting).for_each(|_| drop(batches.offer(1).unwrap()));
        assert!(batches.offer(1).is_err(), "the bound holds without anybody who waits");
    }

    #[actix_rt::test]
    async fn a_panicking_batch_fails_its_own_callers_only() {
        let double = Double::default();
        let batches = Batches::start("double", BOUNDS, double.clone());
        double.gate.notify_one();
        let error = batches.submit(13).await.unwrap_err();
        assert_eq!(error.reason(), protos::Reason::InternalError);
        double.gate.notify_one();
        assert_eq!(batches.submit(2).await, Ok(4));
    }
}
