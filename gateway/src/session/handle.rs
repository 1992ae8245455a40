//! The handle of a session: the only way into its mailbox.
//!
//! A mailbox's capacity is no bound (a fresh clone of an address always gets one more in), so the handle counts what is queued.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::prelude::SendError;
use actix::{Message, Recipient};
use bytestring::ByteString;
use protos::error::CloseCode;
use protos::ids::{SessionId, SignInId, UserId};

use crate::planted;

/// What a session is told.
#[derive(Debug)]
pub(crate) enum ToSession {
    /// Command: write this frame.
    Write(ByteString, Slot),
    /// Command: write these frames, which other sessions get too.
    WriteAll(Arc<[ByteString]>, Slot),
    /// Command: close, and say why.
    Close(CloseCode, Cow<'static, str>),
}

impl Message for ToSession {
    type Result = ();
}

/// Room in a session's mailbox for commands to close, which are not counted.
pub(super) const UNCOUNTED: usize = 64;

/// How much may wait in a mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueBounds {
    pub(crate) frames: usize,
    pub(crate) bytes: usize,
}

/// What waits in a mailbox.
#[derive(Debug)]
struct Queue {
    bounds: QueueBounds,
    frames: AtomicUsize,
    bytes: AtomicUsize,
}

/// What frames take of a session's queue; dropped, it is free again. A mailbox that ends drops what is in it, so that it keeps no session.
#[derive(Debug)]
pub(crate) struct Slot {
    session: SessionHandle,
    frames: usize,
    bytes: usize,
}

impl Slot {
    /// `None` when more than a quarter of the queue is full: the rest is for what must not be lost.
    fn take_for_signal(session: &SessionHandle, bytes: usize) -> Option<Self> {
        let queue = &session.0.queue;
        // Only looked at: a slot that is taken and given back could make a message find the queue full.
        let (frames, queued) = (queue.frames.load(Ordering::Relaxed), queue.bytes.load(Ordering::Relaxed));
        let is_quiet = frames <= queue.bounds.frames / 4 && queued <= queue.bounds.bytes / 4;
        is_quiet.then(|| Self::take(session, 1, bytes)).flatten()
    }

    /// `None` when the queue is full.
    fn take(session: &SessionHandle, frames: usize, bytes: usize) -> Option<Self> {
        let queue = &session.0.queue;
        let waiting = queue.frames.fetch_add(frames, Ordering::Relaxed) + frames;
        let queued = queue.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Taken first and given back by the drop when it was too much.
        let slot = Self { session: session.clone(), frames, bytes };
        let fits = waiting <= queue.bounds.frames && queued <= queue.bounds.bytes;
        // A planted bug: whatever comes is queued.
        (fits || planted::queues_unbounded()).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let queue = &self.session.0.queue;
        queue.frames.fetch_sub(self.frames, Ordering::Relaxed);
        queue.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// It is in the mailbox.
    Accepted,
    /// The mailbox is full: the client is too slow.
    Full,
    /// A signal that was left out, because the client is behind.
    Skipped,
    /// It is not for this session.
    Excluded,
    /// The session has ended.
    Gone,
}

/// One session. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct SessionHandle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: SessionId,
    user: UserId,
    sign_in: SignInId,
    client_info: String,
    connected_at: i64,
    mailbox: Recipient<ToSession>,
    queue: Queue,
}

impl SessionHandle {
    /// The handle of the session that `mailbox` belongs to; its capacity is at least `bounds.frames` and some.
    pub(crate) fn new(
        id: SessionId,
        user: UserId,
        sign_in: SignInId,
        client_info: String,
        connected_at: i64,
        mailbox: Recipient<ToSession>,
        bounds: QueueBounds,
    ) -> Self {
        let queue = Queue { bounds, frames: AtomicUsize::new(0), bytes: AtomicUsize::new(0) };
        Self(Arc::new(Inner { id, user, sign_in, client_info, connected_at, mailbox, queue }))
    }

    /// Which.
    pub(crate) fn id(&self) -> &SessionId {
        &self.0.id
    }

    /// Whose.
    pub(crate) fn user(&self) -> &UserId {
        &self.0.user
    }

    /// The sign-in whose token opened it.
    pub(crate) fn sign_in(&self) -> &SignInId {
        &self.0.sign_in
    }

    /// What its client says it is.
    pub(crate) fn client_info(&self) -> &str {
        &self.0.client_info
    }

    /// Unix seconds of its upgrade.
    pub(crate) fn connected_at(&self) -> i64 {
        self.0.connected_at
    }

    /// Frames and bytes in its mailbox.
    pub(crate) fn queued(&self) -> (usize, usize) {
        (self.0.queue.frames.load(Ordering::Relaxed), self.0.queue.bytes.load(Ordering::Relaxed))
    }

    /// True when it is one of these.
    pub(crate) fn is_among(&self, sessions: &HashSet<SessionId>) -> bool {
        !sessions.is_empty() && sessions.contains(self.id())
    }

    /// Tells this session from all others that live.
    pub(crate) fn key(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Queues a frame.
    pub(crate) fn write(&self, frame: ByteString) -> Queued {
        match Slot::take(self, 1, frame.len()) {
            Some(slot) => self.put(ToSession::Write(frame, slot)),
            None => Queued::Full,
        }
    }

    /// Queues frames at one go, so that they are written at one go; where there is no room for all, one after the other.
    pub(crate) fn write_all(&self, frames: &Arc<[ByteString]>) -> Queued {
        let bytes = frames.iter().map(|frame| frame.len()).sum();
        match Slot::take(self, frames.len(), bytes) {
            Some(slot) => self.put(ToSession::WriteAll(Arc::clone(frames), slot)),
            None => {
                let mut queued = frames.iter().map(|frame| self.write(frame.clone()));
                queued.find(|queued| *queued != Queued::Accepted).unwrap_or(Queued::Accepted)
            }
        }
    }

    /// Queues a signal, or leaves it out when more than a quarter of the mailbox is full.
    pub(crate) fn write_signal(&self, frame: ByteString) -> Queued {
        match Slot::take_for_signal(self, frame.len()) {
            Some(slot) => self.put(ToSession::Write(frame, slot)),
            None => Queued::Skipped,
        }
    }

    fn put(&self, told: ToSession) -> Queued {
        // The same planted bug: a fresh clone always gets one more in.
        let mailbox = if planted::queues_unbounded() { &self.0.mailbox.clone() } else { &self.0.mailbox };
        match mailbox.try_send(told) {
            Ok(()) => Queued::Accepted,
            Err(SendError::Full(_)) => Queued::Full,
            Err(SendError::Closed(_)) => Queued::Gone,
        }
    }

    /// Asks it to close, if it can still hear: a session whose client does not read cannot, its socket ends by its time-out.
    pub(crate) fn close(&self, code: CloseCode, why: impl Into<Cow<'static, str>>) {
        if let Err(error) = self.0.mailbox.try_send(ToSession::Close(code, why.into())) {
            tracing::debug!(session = %self.id(), %error, "a session cannot be told to close");
        }
    }
}
