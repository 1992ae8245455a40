//! One connection's life: frames in, requests out, gaps filled.

use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use kit::{Clock, SystemClock};
use protos::Reason;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage, Utf8Bytes};

use super::driver::{Driver, Served, at};
use super::event::{Event, Resync};
use super::frame::{Body, ServerFrame, decode};
use super::history::{self, Fetched};
use super::link::{Broken, Link, Socket, closed_by};
use super::request::Answer;
use crate::Error;
use crate::model::Message;

/// Requests that are written before the socket is flushed.
const BATCH: usize = 64;
/// Calls to history at a time.
const MAX_FETCHES: usize = 4;
/// After `resync` the gateways' clients come back spread over this time.
const RESYNC_SPREAD: Duration = Duration::from_secs(2);
/// Where the conversations stand is asked again after this.
const POSITIONS_RETRY: Duration = Duration::from_secs(2);
/// A goodbye that takes longer is left unsaid.
const GOODBYE: Duration = Duration::from_secs(1);
/// A connection on which the server missed so many heartbeats is dead.
const MISSED_HEARTBEATS: u64 = 3;

/// The half that is written to.
struct Writer {
    sink: SplitSink<Socket, WsMessage>,
    /// Something was written since the last flush.
    dirty: bool,
    /// The largest frame that the server reads, in bytes.
    max_bytes: usize,
}

impl Driver {
    /// Serves one connection until it breaks or the application asks for the end.
    pub(super) async fn serve(&mut self, link: Link) -> Served {
        let silence = Duration::from_secs(link.hello.heartbeat_seconds.max(1) * MISSED_HEARTBEATS);
        let (sink, mut stream) = link.socket.split();
        let mut writer = Writer { sink, dirty: false, max_bytes: link.hello.max_message_bytes };
        let mut heard_at = Instant::now();
        self.outbox.begin_anew();
        loop {
            if let Err(error) = self.write(&mut writer).await {
                return Served::Broken(error.into());
            }
            self.fill_gaps();
            let wake = self.next_wake().into_iter().chain([heard_at + silence]).min();
            let step = tokio::select! {
                frame = stream.next(), if self.delivery.has_room() => {
                    heard_at = Instant::now();
                    closed_by(frame).map(|frame| self.hear(&frame))
                }
                flushed = writer.sink.flush(), if writer.dirty => {
                    writer.dirty = false;
                    flushed.map_err(Broken::from)
                }
                command = self.commands.recv() => {
                    if !self.take_all(command) {
                        say_goodbye(writer, stream).await;
                        return Served::Closed;
                    }
                    Ok(())
                }
                () = self.delivery.next(), if !self.delivery.is_done() => {
                    // Time spent not reading is not the server's silence.
                    heard_at = Instant::now();
                    Ok(())
                }
                Some(fetched) = self.fetches.next(), if self.delivery.has_room() => {
                    self.fetched(fetched);
                    Ok(())
                }
                () = at(wake) => self.wake(heard_at + silence),
            };
            if let Err(broken) = step {
                return Served::Broken(broken);
            }
        }
    }

    /// Writes what waits, one batch between two flushes: while the socket is busy, requests gather.
    async fn write(&mut self, writer: &mut Writer) -> Result<(), WsError> {
        if writer.dirty || self.outbox.is_written() {
            return Ok(());
        }
        let now = SystemClock.now();
        for _ in 0..BATCH {
            let Some((id, request)) = self.outbox.next_unwritten() else { break };
            let text = request.encode(id, now);
            if text.len() > writer.max_bytes {
                // The server would close the connection, and every one after it.
                let why = format!("a frame of {} bytes; the server reads {}", text.len(), writer.max_bytes);
                let error = protos::Error::new(Reason::MessageTooLarge, why);
                self.outbox.settle(Some(id), None, Err(error.into()));
                continue;
            }
            writer.sink.feed(WsMessage::Text(text.into())).await?;
            writer.dirty = true;
        }
        Ok(())
    }

    /// Takes this command and all that wait behind it; false when one asks for the end.
    fn take_all(&mut self, command: Option<super::handle::Command>) -> bool {
        if !self.take(command) {
            return false;
        }
        while let Ok(command) = self.commands.try_recv() {
            if !self.take(Some(command)) {
                return false;
            }
        }
        true
    }

    fn hear(&mut self, frame: &WsMessage) {
        let WsMessage::Text(text) = frame else { return };
        match decode(text) {
            Ok(frame) => self.heard(frame),
            Err(error) => tracing::debug!(%error, "a frame that cannot be read was dropped"),
        }
    }

    fn heard(&mut self, frame: ServerFrame) {
        let now = Instant::now();
        let mut ready = Vec::new();
        match frame.body {
            Body::Message(message) => {
                self.order.heard(message, now, &mut ready);
                if self.order.has_unplaced() && self.listings == 0 {
                    self.catch_up_at = Some(now);
                }
            }
            Body::Answer(answer) => {
                let mut key = None;
                if let Answer::Sent(ack) = &answer {
                    self.order.acked(&ack.conversation_id, ack.seq, now, &mut ready);
                    key = Some(ack.client_msg_id.clone());
                }
                self.outbox.settle(frame.id, key.as_ref(), Ok(answer));
            }
            Body::Refused(refusal) => {
                let key = refusal.client_msg_id.as_ref();
                if !self.outbox.refuse(frame.id, key, &refusal.error, now) {
                    self.delivery.push(Event::Refused(refusal));
                }
            }
            Body::Resync(resync) => self.resync(&resync, now),
            Body::Chat(chat) => self.delivery.push(Event::Chat(chat)),
            Body::Pushed(pushed) => self.delivery.push(Event::Pushed(pushed)),
            Body::Hello(_) => {}
        }
        self.hand_out(ready);
    }

    fn resync(&mut self, resync: &Resync, now: Instant) {
        if resync.conversations.as_ref().is_none_or(|named| !named.is_empty()) && self.settings.catch_up {
            let spread = RESYNC_SPREAD.mul_f64(rand::random());
            self.catch_up_at.get_or_insert(now + spread);
        }
    }

    fn hand_out(&mut self, ready: Vec<Message>) {
        let me = &self.settings.account.user().id;
        for message in ready {
            // History may have an own message before its acknowledgement comes.
            if message.sender.id != *me || !self.outbox.holds(&message.client_msg_id) {
                self.delivery.push(Event::Message(message));
            }
        }
    }

    fn fetched(&mut self, fetched: Fetched) {
        let now = Instant::now();
        let mut ready = Vec::new();
        match fetched {
            Fetched::Positions(Ok(positions)) => {
                self.listings -= 1;
                self.order.catch_up(positions, now, &mut ready);
            }
            Fetched::Positions(Err(error)) => {
                self.listings -= 1;
                tracing::debug!(%error, "the list of conversations did not come");
                self.catch_up_at.get_or_insert(now + POSITIONS_RETRY);
            }
            Fetched::Messages { conversation, outcome: Ok(page) } => {
                self.order.filled(conversation, page.items, page.has_more, now, &mut ready);
            }
            Fetched::Messages { conversation, outcome: Err(error) } => {
                let gone =
                    matches!(&error, Error::Refused(no) if no.reason() == Reason::ConversationNotFound);
                self.order.not_filled(&conversation, gone, now);
            }
        }
        self.hand_out(ready);
    }

    fn fill_gaps(&mut self) {
        let free = MAX_FETCHES.saturating_sub(self.fetches.len());
        let now = Instant::now();
        if free == 0 || self.order.next_wake().is_none_or(|due| due > now) {
            return;
        }
        for (conversation, after) in self.order.overdue(now, free) {
            self.fetches.push(history::messages(self.settings.account.clone(), conversation, after));
        }
    }

    fn next_wake(&self) -> Option<Instant> {
        // With every fetch taken, the end of one of them wakes this up.
        let gaps = if self.fetches.len() < MAX_FETCHES { self.order.next_wake() } else { None };
        gaps.into_iter().chain(self.outbox.next_wake()).chain(self.catch_up_at).min()
    }

    fn wake(&mut self, dead_at: Instant) -> Result<(), Broken> {
        let now = Instant::now();
        if now >= dead_at && self.delivery.has_room() {
            return Err(Broken::Lost("the server fell silent".into()));
        }
        self.outbox.expire(now);
        if self.catch_up_at.is_some_and(|due| due <= now) {
            self.catch_up_at = None;
            self.listings += 1;
            self.fetches.push(history::positions(self.settings.account.clone()));
        }
        Ok(())
    }
}

/// Closes with 1000 and waits for the server to do the same, for a moment.
async fn say_goodbye(mut writer: Writer, mut stream: SplitStream<Socket>) {
    let close = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
    let goodbye = async {
        writer.sink.send(WsMessage::Close(Some(close))).await?;
        while let Some(frame) = stream.next().await {
            frame?;
        }
        Ok::<_, WsError>(())
    };
    // Nobody is left to be told that the goodbye went wrong.
    timeout(GOODBYE, goodbye).await.map(Result::ok).ok();
}
