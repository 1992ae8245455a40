//! What an application holds of a session.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use protos::ids::{ClientMsgId, ConversationId, Seq};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::event::Hello;
use super::outbox::Unanswered;
use super::request::{Ack, Answer, NewMessage, Request};
use crate::{Error, Result};

/// What the driver is told.
#[derive(Debug)]
pub(super) enum Command {
    Ask(Unanswered),
    /// Say goodbye, then tell.
    Close(oneshot::Sender<()>),
}

/// A live connection, kept up until it is closed, dropped, or ended by the server. Cloning it shares it.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) commands: mpsc::Sender<Command>,
    /// Places for requests under way; the command queue has as many, so it is never full.
    pub(super) places: Arc<Semaphore>,
    pub(super) hello: Hello,
}

impl Session {
    /// The server's words on the first connection. A later one has its own, see [`Event::Connected`](super::Event::Connected).
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Takes a message to be sent, and sends it, again if need be and always under its own key, until it is acknowledged.
    /// Messages are sent in the order in which they were taken. Waits only while too many are unanswered.
    ///
    /// # Errors
    /// [`Error::Ended`]. What becomes of the message is told by [`Sending`].
    pub async fn send(&self, message: NewMessage) -> Result<Sending> {
        Ok(Sending { key: message.client_msg_id.clone(), answer: self.ask(Request::Send(message)).await? })
    }

    /// Moves the read pointer to `seq`, never back; answers the unread count.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`; [`Error::Unreachable`] when no answer came within the session's patience; [`Error::Ended`].
    pub async fn mark_read(&self, conversation: &ConversationId, seq: Seq) -> Result<i64> {
        let request = Request::MarkRead { conversation: conversation.clone(), seq };
        match answer(self.ask(request).await?.await)? {
            Answer::Read(read) => Ok(read.unread_count),
            other => Err(mismatch(&other)),
        }
    }

    /// Goes to the gateway and back.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when no answer came within the session's patience; [`Error::Ended`].
    pub async fn ping(&self) -> Result<()> {
        answer(self.ask(Request::Ping).await?.await).map(drop)
    }

    /// Says goodbye. What is still unanswered then fails with [`Error::Ended`]: await it before.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        // A driver that is gone has nothing to close.
        if self.commands.send(Command::Close(done)).await.is_ok() {
            closed.await.ok();
        }
    }

    async fn ask(&self, request: Request) -> Result<oneshot::Receiver<Result<Answer>>> {
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Error::Ended)?;
        let (answer, waiting) = oneshot::channel();
        let command = Command::Ask(Unanswered { request, answer, permit });
        self.commands.send(command).await.map_err(|_| Error::Ended)?;
        Ok(waiting)
    }
}

/// A message under way: resolves when it is acknowledged, refused, or given up. Dropping it does not take the message back.
///
/// Errors: `MESSAGE_EMPTY`, `MESSAGE_TOO_LARGE`, `MEMBER_MUTED`, `CONVERSATION_NOT_FOUND` and the like; [`Error::Unreachable`] when no answer
/// came within the session's patience, and [`Error::Ended`]: it may have been stored all the same, and may be sent again under its key.
#[derive(Debug)]
#[must_use = "what becomes of the message is told here"]
pub struct Sending {
    key: ClientMsgId,
    answer: oneshot::Receiver<Result<Answer>>,
}

impl Sending {
    /// The message's key.
    #[must_use]
    pub fn key(&self) -> &ClientMsgId {
        &self.key
    }
}

impl Future for Sending {
    type Output = Result<Ack>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Ack>> {
        Poll::Ready(match answer(ready!(Pin::new(&mut self.answer).poll(cx))) {
            Ok(Answer::Sent(ack)) => Ok(ack),
            Ok(other) => Err(mismatch(&other)),
            Err(error) => Err(error),
        })
    }
}

fn answer(told: Result<Result<Answer>, oneshot::error::RecvError>) -> Result<Answer> {
    told.unwrap_or(Err(Error::Ended))
}

fn mismatch(answer: &Answer) -> Error {
    Error::Malformed(format!("an answer to another question: {answer:?}"))
}
