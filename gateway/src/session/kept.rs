//! Tells a session what was kept for its user: a page of frames, then a ping with a payload of its own. The pong that answers it
//! proves that the client has got the page, for what is sent first arrives first; then it is taken out of the queue, and the next
//! page follows. Whatever ends in between, the page is there at the next connect.

use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, WrapFuture};

use protos::ids::PushId;

use super::actor::{Ctx, Session};
use super::outgoing;
use crate::kept::KeptPush;

/// Waits after a call that failed: the first, and the longest that doubling leads to. Each is shortened by up to half at random.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Numbers and ids.
type Pushes = Vec<(i64, PushId)>;

/// How far a session is with its user's queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    stage: Stage,
    /// True: something may have been kept after the page was read.
    again: bool,
    pages: u64,
    backoff: Option<Duration>,
}

#[derive(Debug, Default)]
enum Stage {
    /// It was empty, or has not been read yet.
    #[default]
    Done,
    /// It is read, or what was received is taken out.
    UnderWay,
    /// A page has been written: this payload in a pong proves that it was received.
    Told { mark: String, pushes: Pushes },
}

impl Queue {
    /// What a ping carries: a client may answer only the last of several, so while a page is out all of them prove it.
    pub(super) fn mark(&self) -> &[u8] {
        match &self.stage {
            Stage::Told { mark, .. } => mark.as_bytes(),
            Stage::Done | Stage::UnderWay => b"",
        }
    }

    /// True when the queue is to be read now; while it is being read anyway, it is read once more afterwards.
    fn begin(&mut self) -> bool {
        let begins = matches!(self.stage, Stage::Done);
        self.again = !begins;
        self.stage = if begins { Stage::UnderWay } else { std::mem::take(&mut self.stage) };
        begins
    }

    /// The queue is empty; true when it is to be read once more.
    fn end(&mut self) -> bool {
        self.stage = Stage::Done;
        std::mem::take(&mut self.again) && self.begin()
    }

    fn told(&mut self, page: &[KeptPush]) {
        self.backoff = None;
        self.pages += 1;
        let pushes = page.iter().map(|push| (push.number, push.id.clone())).collect();
        self.stage = Stage::Told { mark: format!("kept {}", self.pages), pushes };
    }

    /// What a pong's payload proves to have been received.
    fn received(&mut self, payload: &[u8]) -> Option<Pushes> {
        match std::mem::replace(&mut self.stage, Stage::UnderWay) {
            Stage::Told { mark, pushes } if mark.as_bytes() == payload => Some(pushes),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// How long to wait before the next try.
    fn failed(&mut self) -> Duration {
        let wait = self.backoff.map_or(BACKOFF.0, |wait| BACKOFF.1.min(wait * 2));
        self.backoff = Some(wait);
        wait.mul_f64(rand::random_range(0.5..=1.0))
    }
}

impl Session {
    /// Begins to tell what was kept.
    pub(super) fn tell_kept(&mut self, ctx: &mut Ctx) {
        if self.kept.begin() {
            self.read_kept(ctx);
        }
    }

    /// A pong: perhaps it proves that a page was received.
    pub(super) fn hear_pong(&mut self, ctx: &mut Ctx, payload: &[u8]) {
        if let Some(pushes) = self.kept.received(payload) {
            self.take_out_kept(ctx, pushes);
        }
    }

    fn read_kept(&mut self, ctx: &mut Ctx) {
        let (kept, user) = (self.sessions.kept.clone(), self.who.user.id.clone());
        let page = async move { kept.page(user).await };
        ctx.spawn(page.into_actor(self).map(|page, session, ctx| match page {
            Ok(page) if page.is_empty() => {
                if session.kept.end() {
                    session.read_kept(ctx);
                }
            }
            Ok(page) => session.write_kept(ctx, &page),
            Err(error) => {
                tracing::debug!(session = %session.id, %error, "a user's queue cannot be read");
                ctx.run_later(session.kept.failed(), Self::read_kept);
            }
        }));
    }

    fn write_kept(&mut self, ctx: &mut Ctx, page: &[KeptPush]) {
        let now = self.sessions.clock.now();
        for KeptPush { id, kind, data, .. } in page {
            self.write(ctx, outgoing::pushed(kind, data, Some(id), now));
        }
        self.kept.told(page);
        self.ping(ctx);
    }

    fn take_out_kept(&mut self, ctx: &mut Ctx, pushes: Pushes) {
        let (kept, user) = (self.sessions.kept.clone(), self.who.user.id.clone());
        let received = vec![(user, pushes.clone())];
        let taken_out = async move { kept.take_out(received).await };
        ctx.spawn(taken_out.into_actor(self).map(|outcome, session, ctx| match outcome {
            Ok(()) => session.read_kept(ctx),
            Err(error) => {
                tracing::debug!(session = %session.id, %error, "what was received stays in the queue for now");
                let again = |session: &mut Self, ctx: &mut Ctx| session.take_out_kept(ctx, pushes);
                ctx.run_later(session.kept.failed(), again);
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: i64) -> [KeptPush; 1] {
        [KeptPush { number, id: "p".into(), kind: "x".into(), data: Box::default() }]
    }

    #[test]
    fn only_the_pong_to_a_page_proves_it() {
        let mut queue = Queue::default();
        assert_eq!((queue.begin(), queue.mark()), (true, &b""[..]));
        assert_eq!(queue.received(b""), None);
        queue.told(&page(7));
        let first = queue.mark().to_vec();
        assert_eq!(queue.received(b""), None);
        assert_eq!(queue.received(&first), Some(vec![(7, "p".into())]));
        assert_eq!(queue.received(&first), None, "once");
        queue.told(&page(8));
        assert_ne!(queue.mark(), first, "a late pong proves no later page");
        assert_eq!(queue.received(&first), None);
    }

    #[test]
    fn a_queue_that_may_have_grown_while_it_was_read_is_read_again() {
        let mut queue = Queue::default();
        assert!(queue.begin() && !queue.end());
        assert!(queue.begin() && !queue.begin());
        assert!(queue.end() && !queue.end());
    }

    #[test]
    fn tries_are_spread_and_their_waits_have_a_cap() {
        let mut queue = Queue::default();
        for _ in 0..20 {
            assert!(queue.failed() <= BACKOFF.1);
        }
        assert!(queue.failed() >= BACKOFF.1 / 2);
        queue.told(&page(1));
        assert!(queue.failed() <= BACKOFF.0);
    }
}
