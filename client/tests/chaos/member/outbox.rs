//! What a member sends: each message again and again under its key until it is answered.

use std::collections::VecDeque;
use std::time::Duration;

use protos::Reason;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Phase;
use super::notebook::{Notebook, Op, Trouble};
use crate::checker::{Recall, Sent};
use crate::cluster::{Frame, new_message};

/// A member waits so long for an answer before it sends the same again.
const PATIENCE: Duration = Duration::from_secs(6);
/// Time until what was refused for now is sent again, on average.
const RETRY: Duration = Duration::from_millis(400);
/// One in so many messages is taken back.
const RECALL_ODDS: u32 = 40;

/// A message that is not acknowledged yet.
#[derive(Debug)]
struct Waiting {
    op: usize,
    key: String,
    frame: String,
    sent_at: Option<Instant>,
    not_before: Instant,
}

/// Messages under way, oldest first.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Messages under way at once.
    window: usize,
    /// From an acknowledgement to the next message, on average.
    pause: Duration,
    waiting: VecDeque<Waiting>,
    next: Instant,
}

impl Outbox {
    /// Nothing is under way.
    pub(crate) fn new(window: usize, pause: Duration) -> Self {
        Self { window, pause, waiting: VecDeque::new(), next: Instant::now() }
    }

    /// A new connection: all that is not acknowledged is sent again, in order.
    pub(super) fn begin(&mut self) {
        let now = Instant::now();
        for waiting in &mut self.waiting {
            (waiting.sent_at, waiting.not_before) = (None, now);
        }
    }

    /// True while an answer is owed.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.sent_at.is_some())
    }

    /// Writes a new message, when it is time for one.
    pub(super) fn write(
        &mut self,
        now: Instant,
        conversations: &[String],
        notebook: &mut Notebook,
        rng: &mut StdRng,
    ) {
        if now < self.next || self.waiting.len() >= self.window {
            return;
        }
        let Some(conversation) = conversations.choose(rng) else { return };
        self.next = now + self.pause.mul_f64(rng.random_range(0.5..1.5));
        let number = notebook.ops.len();
        let (key, content) = (format!("k{number}"), notebook.content(number, now));
        let data = new_message(conversation, &content, &key);
        let frame = json!({ "type": "send-message", "id": key, "data": data }).to_string();
        let sent = Sent {
            sender_id: notebook.account.id.clone(),
            conversation_id: conversation.clone(),
            client_msg_id: key.clone(),
            content,
            ..Sent::default()
        };
        notebook.ops.push(Op {
            sent,
            message_id: String::new(),
            begun: now,
            done: None,
            tries: 0,
            recalling: false,
        });
        self.waiting.push_back(Waiting { op: number, key, frame, sent_at: None, not_before: now });
    }

    /// The frames to send now; none overtakes one that waits to be sent.
    pub(super) fn due(&mut self, now: Instant, notebook: &mut Notebook) -> Vec<String> {
        let mut due = Vec::new();
        for waiting in &mut self.waiting {
            match waiting.sent_at {
                Some(at) if now < at + PATIENCE => continue,
                None if now < waiting.not_before => break,
                _ => {}
            }
            waiting.sent_at = Some(now);
            notebook.ops[waiting.op].tries += 1;
            due.push(waiting.frame.clone());
        }
        due
    }

    /// When there is something to do.
    pub(super) fn wake(&self, phase: Phase, now: Instant) -> Instant {
        let waits =
            self.waiting.iter().map(|waiting| waiting.sent_at.map_or(waiting.not_before, |at| at + PATIENCE));
        let writes = phase == Phase::Chat && self.waiting.len() < self.window;
        waits.chain(writes.then_some(self.next)).min().unwrap_or(now + PATIENCE)
    }

    /// An acknowledgement; the message to be taken back, now and then: its conversation and its id.
    pub(super) fn acked(
        &mut self,
        data: &Value,
        now: Instant,
        notebook: &mut Notebook,
        rng: &mut StdRng,
    ) -> Option<(String, String)> {
        let (seq, created_at) = (data["seqId"].as_i64()?, data["createdAt"].as_i64()?);
        let (message_id, key) = (data["messageId"].as_str()?, data["client_msg_id"].as_str()?);
        let Some(place) = self.waiting.iter().position(|waiting| waiting.key == key) else {
            notebook.ack_again(key, seq);
            return None;
        };
        let op = self.waiting.remove(place)?.op;
        notebook.ack(op, seq, message_id, created_at, now);
        if !rng.random_ratio(1, RECALL_ODDS) {
            return None;
        }
        let op = &mut notebook.ops[op];
        (op.sent.recall, op.recalling) = (Recall::Asked, true);
        Some((op.sent.conversation_id.clone(), message_id.to_owned()))
    }

    /// An error came: for now, and the same is sent again, or for good.
    pub(super) fn refused(&mut self, frame: &Frame, now: Instant, notebook: &mut Notebook, rng: &mut StdRng) {
        let code = frame.data["code"].as_str().unwrap_or_default();
        let message = frame.data["message"].as_str().unwrap_or_default();
        notebook.troubles.push(Trouble { at: now, what: format!("{code} ({message})") });
        let key = &frame.data["client_msg_id"];
        let Some(place) = self.waiting.iter().position(|waiting| *key == *waiting.key) else { return };
        let alone = self.waiting.len() == 1;
        let reason = Reason::parse(code);
        if reason.is_some_and(|reason| reason.is_transient() || reason == Reason::RateLimited) {
            let waiting = &mut self.waiting[place];
            waiting.sent_at = None;
            waiting.not_before = now + RETRY.mul_f64(rng.random_range(0.5..1.5));
            notebook.ops[waiting.op].sent.unordered |= !alone;
        } else if let Some(waiting) = self.waiting.remove(place) {
            let op = &mut notebook.ops[waiting.op];
            op.done = Some(now);
            // An internal error says nothing about what was stored.
            op.sent.refused = reason != Some(Reason::InternalError);
        }
    }
}
