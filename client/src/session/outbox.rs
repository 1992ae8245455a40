//! Requests that wait for their answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use protos::ids::ClientMsgId;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::policy;
use super::request::{Answer, Request};
use crate::{Error, Result};

/// A request and whom to tell.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Result<Answer>>,
    /// A place among the requests under way; free again when this is answered.
    pub(super) permit: OwnedSemaphorePermit,
}

/// Everything unanswered, in the order it was asked; an id stays the same over all connections.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    last_id: u64,
    waiting: BTreeMap<u64, Entry>,
    /// What is to be written to the present connection, in order.
    unwritten: VecDeque<u64>,
    /// What was refused for now, by when it is tried again.
    retries: BTreeSet<(Instant, u64)>,
}

#[derive(Debug)]
struct Entry {
    unanswered: Unanswered,
    give_up_at: Instant,
    refusals: u32,
}

impl Entry {
    fn tell(self, outcome: Result<Answer>) {
        let Unanswered { answer, permit, .. } = self.unanswered;
        // The place is free before the asker knows. Who dropped the other end did not want to know.
        drop(permit);
        answer.send(outcome).ok();
    }
}

impl Outbox {
    /// Takes a request and queues it to be written.
    pub(super) fn add(&mut self, unanswered: Unanswered, give_up_at: Instant) {
        self.last_id += 1;
        self.waiting.insert(self.last_id, Entry { unanswered, give_up_at, refusals: 0 });
        self.unwritten.push_back(self.last_id);
    }

    /// A new connection: everything unanswered is to be written to it.
    pub(super) fn begin_anew(&mut self) {
        self.unwritten = self.waiting.keys().copied().collect();
        self.retries.clear();
    }

    /// The next request to write, if it still waits for its answer.
    pub(super) fn next_unwritten(&mut self) -> Option<(u64, &Request)> {
        loop {
            let id = self.unwritten.pop_front()?;
            if self.waiting.contains_key(&id) {
                return self.waiting.get(&id).map(|entry| (id, &entry.unanswered.request));
            }
        }
    }

    /// True when nothing is to be written.
    pub(super) fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }

    /// Tells the asker. An answer to nothing is dropped: the request was answered before.
    pub(super) fn settle(
        &mut self,
        id: Option<u64>,
        key: Option<&ClientMsgId>,
        outcome: Result<Answer>,
    ) -> bool {
        let Some(entry) = self.find(id, key).and_then(|id| self.waiting.remove(&id)) else { return false };
        entry.tell(outcome);
        true
    }

    /// Tries again later what was refused for now; what was refused for good is told to the asker. False when nobody asked.
    pub(super) fn refuse(
        &mut self,
        id: Option<u64>,
        key: Option<&ClientMsgId>,
        error: &protos::Error,
        now: Instant,
    ) -> bool {
        let Some(id) = self.find(id, key) else { return false };
        if !error.reason().is_transient() {
            return self.settle(Some(id), None, Err(error.clone().into()));
        }
        if let Some(entry) = self.waiting.get_mut(&id) {
            let wait = policy::wait(entry.refusals, rand::random());
            entry.refusals = entry.refusals.saturating_add(1);
            self.retries.insert((now + wait, id));
        }
        true
    }

    /// When [`Outbox::expire`] has something to do next.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let retry = self.retries.first().map(|(at, _)| *at);
        // Ids rise with time, and so does the moment of giving up.
        let give_up = self.waiting.first_key_value().map(|(_, entry)| entry.give_up_at);
        retry.into_iter().chain(give_up).min()
    }

    /// Queues the retries that are due, and gives up what has waited for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((at, id)) = self.retries.first().copied().filter(|(at, _)| *at <= now) {
            self.retries.remove(&(at, id));
            self.unwritten.push_back(id);
        }
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.get().give_up_at <= now) {
            let timeout = Error::Unreachable("no answer came; it may have been done all the same".into());
            entry.remove().tell(Err(timeout));
        }
    }

    /// True while a message under this key waits for its acknowledgement.
    pub(super) fn holds(&self, key: &ClientMsgId) -> bool {
        self.by_key(key).is_some()
    }

    fn find(&self, id: Option<u64>, key: Option<&ClientMsgId>) -> Option<u64> {
        match id {
            Some(id) => self.waiting.contains_key(&id).then_some(id),
            None => self.by_key(key?),
        }
    }

    fn by_key(&self, key: &ClientMsgId) -> Option<u64> {
        let is_it = |entry: &Entry| matches!(&entry.unanswered.request, Request::Send(new) if new.client_msg_id == *key);
        self.waiting.iter().find(|(_, entry)| is_it(entry)).map(|(id, _)| *id)
    }
}

/// How long a request is tried by default.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protos::ids::Seq;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::session::request::{Ack, NewMessage};

    type Waiting = oneshot::Receiver<Result<Answer>>;

    fn add(outbox: &mut Outbox, key: &str, now: Instant) -> Waiting {
        let places = Arc::new(Semaphore::new(1));
        let (answer, waiting) = oneshot::channel();
        let message = NewMessage::text(&"c".into(), "x").with_key(key.into());
        let permit = places.try_acquire_owned().unwrap();
        outbox.add(Unanswered { request: Request::Send(message), answer, permit }, now + PATIENCE);
        waiting
    }

    fn written(outbox: &mut Outbox) -> Vec<u64> {
        std::iter::from_fn(|| outbox.next_unwritten().map(|(id, _)| id)).collect()
    }

    fn ack(key: &str) -> Answer {
        let client_msg_id = key.into();
        let (message_id, conversation_id) = ("c.1".into(), "c".into());
        Answer::Sent(Ack { client_msg_id, message_id, seq: Seq(1), conversation_id, created_at: 0 })
    }

    #[test]
    fn what_is_unanswered_is_written_again_in_order_and_what_is_answered_is_not() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        let mut waiting: Vec<Waiting> = ["a", "b", "c"].map(|key| add(&mut outbox, key, now)).into();
        assert_eq!(written(&mut outbox), [1, 2, 3]);
        assert!(outbox.settle(Some(2), None, Ok(ack("b"))));
        assert_eq!(waiting.remove(1).try_recv().unwrap(), Ok(ack("b")));
        outbox.begin_anew();
        assert_eq!(written(&mut outbox), [1, 3]);
        assert!(!outbox.settle(Some(2), None, Ok(ack("b"))), "a second ack finds nobody");
    }

    #[test]
    fn an_ack_without_an_id_is_matched_by_key() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        let (_first, mut second) = (add(&mut outbox, "a", now), add(&mut outbox, "b", now));
        assert!(outbox.settle(None, Some(&"b".into()), Ok(ack("b"))));
        assert_eq!(second.try_recv().unwrap(), Ok(ack("b")));
        assert!(outbox.holds(&"a".into()) && !outbox.holds(&"b".into()));
    }

    #[test]
    fn a_refusal_for_now_is_tried_again_and_one_for_good_is_told() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        let mut waiting = add(&mut outbox, "a", now);
        assert_eq!(written(&mut outbox), [1]);
        assert!(outbox.refuse(Some(1), None, &protos::Error::unavailable("later"), now));
        assert!(waiting.try_recv().is_err(), "nothing is told yet");
        let due = outbox.next_wake().unwrap();
        assert!(due > now && due <= now + Duration::from_millis(500));
        outbox.expire(due);
        assert_eq!(written(&mut outbox), [1]);
        let muted = protos::Error::new(protos::Reason::MemberMuted, "no");
        assert!(outbox.refuse(Some(1), None, &muted, now));
        assert_eq!(waiting.try_recv().unwrap(), Err(muted.into()));
    }

    #[test]
    fn what_waited_for_too_long_is_given_up() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        let mut waiting = add(&mut outbox, "a", now);
        outbox.expire(now + PATIENCE);
        assert!(matches!(waiting.try_recv().unwrap(), Err(Error::Unreachable(_))));
        assert_eq!(outbox.next_wake(), None);
        assert_eq!(written(&mut outbox), Vec::<u64>::new(), "what was given up is not written");
    }
}
