//! A client's requests in their order: one batch is under way, what comes meanwhile waits.

use std::collections::VecDeque;

use protos::ids::{ConversationId, Seq};
use protos::{Error, Reason, Result};

use super::alone::Alone;
use crate::logic::SendMessage;

/// Requests that wait; one more is refused.
const MAX_WAITING: usize = 256;
/// Their frames, in bytes.
const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// Messages in one batch.
const SENDS_AT_ONCE: usize = 64;
/// Their frames, in bytes: far from what one call to logic may carry.
const SENT_BYTES_AT_ONCE: usize = 512 * 1024;
/// Read pointers that move at once.
const READS_AT_ONCE: usize = 16;

/// A request that keeps its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ordered {
    /// A message.
    Send { id: Option<String>, message: SendMessage },
    /// What goes alone.
    Alone { id: Option<String>, request: Alone },
    /// A read pointer.
    MarkRead { id: Option<String>, conversation: ConversationId, seq: Seq },
}

/// Requests of one kind, which go together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Messages, in order.
    Sends(Vec<(Option<String>, SendMessage)>),
    /// Read pointers; they never move back, so their order is no matter.
    Reads(Vec<(Option<String>, ConversationId, Seq)>),
    /// One request.
    Alone(Option<String>, Alone),
}

/// What waits, and whether a batch is under way.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<(Ordered, usize)>,
    waiting_bytes: usize,
    under_way: bool,
}

impl Outbox {
    /// Adds the request of a frame of so many bytes.
    ///
    /// # Errors
    /// `RATE_LIMITED` when too much waits.
    pub(super) fn add(&mut self, request: Ordered, bytes: usize) -> Result<()> {
        if self.waiting.len() >= MAX_WAITING || self.waiting_bytes + bytes > MAX_WAITING_BYTES {
            return Err(Error::new(Reason::RateLimited, "too many of this session's requests wait"));
        }
        self.waiting_bytes += bytes;
        self.waiting.push_back((request, bytes));
        Ok(())
    }

    /// The next batch, which is under way from now on; `None` while another is, or nothing waits.
    pub(super) fn next(&mut self) -> Option<Batch> {
        if self.under_way {
            return None;
        }
        let batch = match self.waiting.front()?.0 {
            Ordered::Send { .. } => Batch::Sends(self.take_sends()),
            Ordered::MarkRead { .. } => Batch::Reads(self.take_reads()),
            Ordered::Alone { .. } => self.take_alone()?,
        };
        self.under_way = true;
        Some(batch)
    }

    /// True while a batch has not been answered.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// The batch has been answered.
    pub(super) fn done(&mut self) {
        self.under_way = false;
    }

    fn take_sends(&mut self) -> Vec<(Option<String>, SendMessage)> {
        let (mut sends, mut sent_bytes) = (Vec::new(), 0);
        while let Some((Ordered::Send { .. }, bytes)) = self.waiting.front() {
            sent_bytes += bytes;
            if sends.len() >= SENDS_AT_ONCE || (sent_bytes > SENT_BYTES_AT_ONCE && !sends.is_empty()) {
                break;
            }
            if let Some(Ordered::Send { id, message }) = self.take() {
                sends.push((id, message));
            }
        }
        sends
    }

    fn take_reads(&mut self) -> Vec<(Option<String>, ConversationId, Seq)> {
        let mut reads = Vec::new();
        while reads.len() < READS_AT_ONCE
            && matches!(self.waiting.front(), Some((Ordered::MarkRead { .. }, _)))
        {
            if let Some(Ordered::MarkRead { id, conversation, seq }) = self.take() {
                reads.push((id, conversation, seq));
            }
        }
        reads
    }

    fn take_alone(&mut self) -> Option<Batch> {
        match self.take()? {
            Ordered::Alone { id, request } => Some(Batch::Alone(id, request)),
            Ordered::Send { .. } | Ordered::MarkRead { .. } => None,
        }
    }

    fn take(&mut self) -> Option<Ordered> {
        let (request, bytes) = self.waiting.pop_front()?;
        self.waiting_bytes -= bytes;
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use protos::ids::ClientMsgId;
    use protos::model::MessageType;

    use super::*;

    fn send(key: usize) -> Ordered {
        let message = SendMessage {
            user_id: "u1".into(),
            conversation_id: "c1".into(),
            content: "x".into(),
            kind: MessageType::Text,
            client_msg_id: ClientMsgId::from(key.to_string()),
            extra: String::new(),
            origin_session: None,
            came_at: tokio::time::Instant::now(),
        };
        Ordered::Send { id: Some(key.to_string()), message }
    }

    fn read(seq: i64) -> Ordered {
        Ordered::MarkRead { id: None, conversation: "c1".into(), seq: Seq(seq) }
    }

    /// The keys and seqs of a batch.
    fn shown(batch: Option<Batch>) -> Vec<String> {
        match batch {
            Some(Batch::Sends(sends)) => {
                sends.into_iter().map(|(_, message)| message.client_msg_id.into()).collect()
            }
            Some(Batch::Reads(reads)) => reads.into_iter().map(|(_, _, seq)| format!("read {seq}")).collect(),
            Some(Batch::Alone(..)) => vec!["alone".to_owned()],
            None => Vec::new(),
        }
    }

    fn sync() -> Ordered {
        let request = Alone::Sync { positions: Vec::new(), limit: 0, partial: false };
        Ordered::Alone { id: None, request }
    }

    #[test]
    fn one_batch_is_under_way_and_the_order_is_kept() {
        let mut outbox = Outbox::default();
        outbox.add(send(1), 10).unwrap();
        assert_eq!(shown(outbox.next()), ["1"]);
        for request in [send(2), send(3), sync(), sync(), read(4), read(5), send(6)] {
            outbox.add(request, 10).unwrap();
        }
        assert_eq!(outbox.next(), None, "one is under way");
        for expected in
            [vec!["2", "3"], vec!["alone"], vec!["alone"], vec!["read 4", "read 5"], vec!["6"], vec![]]
        {
            outbox.done();
            assert_eq!(shown(outbox.next()), expected);
        }
    }

    #[test]
    fn a_batch_is_bounded_by_count_and_by_bytes() {
        let mut outbox = Outbox::default();
        (0..SENDS_AT_ONCE + 1).for_each(|key| outbox.add(send(key), 1).unwrap());
        assert_eq!(shown(outbox.next()).len(), SENDS_AT_ONCE);
        let mut outbox = Outbox::default();
        (0..3).for_each(|key| outbox.add(send(key), SENT_BYTES_AT_ONCE / 2).unwrap());
        assert_eq!(shown(outbox.next()).len(), 2);
    }

    #[test]
    fn what_waits_is_bounded_and_room_comes_back() {
        let mut outbox = Outbox::default();
        (0..MAX_WAITING).for_each(|key| outbox.add(send(key), 1).unwrap());
        assert_eq!(outbox.add(send(0), 1).unwrap_err().reason(), Reason::RateLimited);
        outbox.next();
        outbox.add(send(0), 1).unwrap();
        let mut outbox = Outbox::default();
        outbox.add(send(0), MAX_WAITING_BYTES).unwrap();
        assert!(outbox.add(send(1), 1).is_err());
    }
}
