//! What a member keeps: what it holds, what it sent and what became of that, and all that was odd.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use super::line::Lost;
use super::recalls::Recalls;
use crate::checker::{Held, Recall, Sent};
use crate::cluster::{Account, Frame, Message};

/// What times in messages are counted from.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A send, from its first try to its outcome: acknowledged ([`Sent::seq`]), refused, or unknown.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) sent: Sent,
    pub(crate) message_id: String,
    pub(crate) begun: Instant,
    /// When it was acknowledged or refused.
    pub(crate) done: Option<Instant>,
    pub(crate) tries: usize,
    /// It is being taken back, and that is not answered yet.
    pub(crate) recalling: bool,
}

impl Op {
    /// True while an answer is to come.
    pub(crate) fn is_open(&self) -> bool {
        self.done.is_none() || self.recalling
    }
}

/// An `error` frame that answered a send.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) at: Instant,
    pub(crate) what: String,
}

/// A member's records.
#[derive(Debug)]
pub(crate) struct Notebook {
    pub(crate) account: Account,
    pub(crate) signed_in: Instant,
    /// By conversation: all that this is a member of.
    pub(crate) held: HashMap<String, Held>,
    /// In the order in which they were sent.
    pub(crate) ops: Vec<Op>,
    /// The gateway that it is connected to.
    pub(crate) gateway: Option<String>,
    /// When it last connected.
    pub(crate) connected: Instant,
    /// How its connections ended.
    pub(crate) endings: Vec<(Instant, Lost)>,
    /// Errors that answered its sends.
    pub(crate) troubles: Vec<Trouble>,
    /// Frames about conversations that it is no member of.
    pub(crate) leaks: Vec<String>,
    /// Answers that contradict each other or the contract.
    pub(crate) odd: Vec<String>,
    /// Times from a send's begin to its first push, here.
    pub(crate) delays: Vec<(Instant, Duration)>,
    /// How often it asked for what it lacks, and was told to.
    pub(crate) syncs: usize,
    pub(crate) resyncs: usize,
    /// Counts the acknowledgements of the whole crowd.
    pub(crate) acked: watch::Sender<usize>,
}

impl Notebook {
    /// An empty one.
    pub(crate) fn new(account: Account, conversations: &[String], acked: watch::Sender<usize>) -> Self {
        LazyLock::force(&BEGINNING);
        Self {
            account,
            signed_in: Instant::now(),
            held: conversations.iter().map(|id| (id.clone(), Held::default())).collect(),
            ops: Vec::new(),
            gateway: None,
            connected: Instant::now(),
            endings: Vec::new(),
            troubles: Vec::new(),
            leaks: Vec::new(),
            odd: Vec::new(),
            delays: Vec::new(),
            syncs: 0,
            resyncs: 0,
            acked,
        }
    }

    /// What the `number`th message says: who wrote it when.
    pub(super) fn content(&self, number: usize, now: Instant) -> String {
        let micros = now.duration_since(*BEGINNING).as_micros();
        format!("{number} of {} at {micros}", self.account.name)
    }

    /// The new tokens, if there are any.
    pub(super) fn sign_in(&mut self, tokens: &Value) {
        if let (Some(access), Some(refresh)) =
            (tokens["accessToken"].as_str(), tokens["refreshToken"].as_str())
        {
            self.account.access = access.to_owned();
            self.account.refresh = refresh.to_owned();
            self.signed_in = Instant::now();
        }
    }

    /// A connection has been greeted.
    pub(super) fn joined(&mut self, gateway: &str) {
        self.gateway = Some(gateway.to_owned());
        self.connected = Instant::now();
    }

    /// The connection has ended.
    pub(super) fn left(&mut self, lost: Lost) {
        self.gateway = None;
        self.endings.push((Instant::now(), lost));
    }

    /// A message came, live or by a sync; its conversation, when that has a gap now.
    pub(super) fn hear(&mut self, data: &Value, now: Instant) -> Option<String> {
        let message = Message::from_json(data);
        let held = self.held.get_mut(&message.conversation_id)?;
        let before = held.position();
        held.hear(&message);
        if held.position() != before && message.sender_id != self.account.id {
            let sent = message.content.rsplit(' ').next().and_then(|micros| micros.parse().ok());
            let sent = sent.map(|micros| *BEGINNING + Duration::from_micros(micros));
            self.delays.extend(sent.map(|sent| (sent, now.saturating_duration_since(sent))));
        }
        held.has_gap().then_some(message.conversation_id)
    }

    /// The conversation of an acknowledgement, when it has a gap.
    pub(super) fn gap_in(&self, data: &Value) -> Option<String> {
        let conversation = data["conversationId"].as_str()?;
        self.held.get(conversation)?.has_gap().then(|| conversation.to_owned())
    }

    /// An own message was acknowledged: it counts as seen, though it is not pushed to this session.
    pub(super) fn ack(&mut self, op: usize, seq: i64, message_id: &str, created_at: i64, now: Instant) {
        let op = &mut self.ops[op];
        op.sent.seq = Some(seq);
        op.done = Some(now);
        message_id.clone_into(&mut op.message_id);
        let message = Message {
            id: message_id.to_owned(),
            conversation_id: op.sent.conversation_id.clone(),
            sender_id: self.account.id.clone(),
            sender_name: self.account.name.clone(),
            kind: 1,
            content: op.sent.content.clone(),
            seq,
            client_msg_id: op.sent.client_msg_id.clone(),
            extra: String::new(),
            deleted: false,
            created_at,
        };
        if let Some(held) = self.held.get_mut(&message.conversation_id) {
            held.hear(&message);
        }
        self.acked.send_modify(|acked| *acked += 1);
    }

    /// A message is acknowledged that was before: it must be the same.
    pub(super) fn ack_again(&mut self, key: &str, seq: i64) {
        let op =
            key.strip_prefix('k').and_then(|number| number.parse().ok()).and_then(|n: usize| self.ops.get(n));
        if let Some(first) = op.and_then(|op| op.sent.seq).filter(|first| *first != seq) {
            self.odd.push(format!("{key} of {} was acknowledged as {first} and as {seq}", self.account.name));
        }
    }

    /// A message was taken back by somebody.
    pub(super) fn hear_recall(&mut self, data: &Value) {
        let (conversation, seq) = (data["conversationId"].as_str(), data["seqId"].as_i64());
        let (Some(conversation), Some(seq)) = (conversation, seq) else { return };
        if let Some(held) = self.held.get_mut(conversation) {
            held.recall(seq, data["change"].as_i64());
        }
    }

    /// An own message was taken back.
    pub(super) fn recalled(&mut self, data: &Value) {
        self.hear_recall(data);
        let op = self.ops.iter_mut().find(|op| data["messageId"] == *op.message_id);
        if let Some(op) = op {
            op.sent.recall = Recall::Acked;
            op.recalling = false;
        }
    }

    /// A recall was refused for good.
    pub(super) fn recall_refused(&mut self, message_id: &str) {
        let op = self.ops.iter_mut().find(|op| op.message_id == message_id);
        if let Some(op) = op {
            op.recalling = false;
        }
    }

    /// Recalls that were asked for on an earlier connection, and not answered.
    pub(super) fn open_recalls(&mut self) -> Recalls {
        let open = self.ops.iter().filter(|op| op.recalling);
        Recalls::of(open.map(|op| (op.sent.conversation_id.clone(), op.message_id.clone())))
    }

    /// Keeps what tells of a conversation that is not this member's.
    pub(super) fn watch_for_leaks(&mut self, frame: &Frame) {
        let data = &frame.data;
        let told = [&data["conversationId"], &data["conversation"]["id"]];
        let told = told.into_iter().find_map(Value::as_str);
        if told.is_some_and(|told| !self.held.contains_key(told)) && frame.kind != "error" {
            self.leaks.push(format!("{} of {}", frame.kind, told.unwrap_or_default()));
        }
    }
}
