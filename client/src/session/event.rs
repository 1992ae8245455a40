//! What an application hears of.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use protos::ids::{ClientMsgId, ConversationId, GatewayId, PushId, SessionId, UserId};
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::model::Message;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Connected again after a break. What was missed follows. The first connection is not told: `connect` returned.
    Connected(Hello),
    /// A message of another user, or of this user's other sessions. Each conversation's come in order, once each.
    Message(Message),
    /// What happened in chat beside messages: the frame's type and its data, as the contract's table of frames has them.
    Chat(Pushed),
    /// An event that a backend job pushed, or a frame of a type that this version does not know.
    Pushed(Pushed),
    /// The server refused something that nobody waits for.
    Refused(Refusal),
    /// The connection broke. The session goes on: it connects again, and sends again what was not answered.
    Disconnected {
        /// The close code, if the server gave one.
        code: Option<u16>,
        /// When the next try begins.
        retry_in: Duration,
    },
    /// The session is over; this is the last event.
    Ended(Ended),
}

/// The server's first words on a connection: from here on, what is pushed to this user reaches it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// This connection.
    pub session_id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// Which gateway holds it.
    pub gateway_id: GatewayId,
    /// Unix seconds.
    #[serde(default)]
    pub server_time: i64,
    /// How often the server asks for a sign of life.
    #[serde(default = "heartbeat_seconds")]
    pub heartbeat_seconds: u64,
    /// The largest frame that the server reads.
    #[serde(default = "max_message_bytes")]
    pub max_message_bytes: usize,
}

fn heartbeat_seconds() -> u64 {
    20
}

fn max_message_bytes() -> usize {
    protos::model::limits::FRAME_MAX_BYTES
}

/// A pushed event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The frame's type, such as `notification`.
    pub kind: String,
    /// JSON text of an object.
    pub data: String,
    /// The job's own key of this push.
    pub push_id: Option<PushId>,
}

/// An `error` frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the server said.
    pub error: protos::Error,
    /// Of which message, where the frame named one.
    pub client_msg_id: Option<ClientMsgId>,
}

/// Why a session is over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ended {
    /// The application closed it, or dropped every [`Session`](super::Session).
    #[error("closed")]
    Closed,
    /// The sign-in has ended: sign in again.
    #[error("signed out: {0}")]
    SignedOut(String),
    /// The server does not want this session (close code 1008): logged out, kicked, or abusive.
    #[error("shut out: {0}")]
    ShutOut(String),
}

/// What comes in. Dropping it says that nobody listens: events are then thrown away, and acknowledgements still come.
///
/// An application that keeps it must read it: when a few thousand events wait, the socket is not read any more, so that
/// acknowledgements wait too, until the server drops the connection as too slow.
#[derive(Debug)]
pub struct Events(pub(super) mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` after [`Event::Ended`].
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_recv(cx)
    }
}

/// Ids of conversations that a `resync` frame names; `None`: all.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Resync {
    #[serde(default)]
    pub(super) conversations: Option<Vec<ConversationId>>,
}
