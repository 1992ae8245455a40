//! A member's socket.

use std::io::ErrorKind;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message as WireMessage};

use crate::cluster::{Frame, Handshake, Site, Socket};

/// From the TCP connection to the hello.
const CONNECTING: Duration = Duration::from_secs(5);
/// What stands for a goodbye without a code (RFC 6455 §7.1.5).
const NO_CODE: u16 = 1005;
/// The server answers a goodbye within this.
const CLOSING: Duration = Duration::from_secs(5);

/// Why there is no connection any more, or none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// The server closed it, with this code.
    Closed(u16),
    /// It ended without a goodbye: what browsers call 1006.
    Broken,
    /// It was reset, which throws away a goodbye that was still under way: 1006 as well.
    Reset,
    /// The server owed an answer and said nothing for long.
    Silent,
    /// The upgrade was refused with this HTTP status.
    Refused(u16),
    /// Nobody answered.
    Unreachable,
    /// This client said goodbye, and the server too.
    Left,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed(code) => write!(f, "{code}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// A session that has been greeted.
pub(super) struct Line {
    socket: Socket,
    pub(super) gateway_id: String,
    /// The server's goodbye; the connection ends soon after.
    goodbye: Option<u16>,
}

impl Line {
    /// Opens a socket and reads the greeting.
    pub(super) async fn open(site: &Site, gateway: usize, token: &str) -> Result<Self, Lost> {
        let handshake = Handshake::bearer(site.gateway(gateway).http, token);
        let opening = async {
            let (socket, _) = handshake.upgrade().await.map_err(|error| match error {
                Error::Http(answer) => Lost::Refused(answer.status().as_u16()),
                _ => Lost::Unreachable,
            })?;
            let mut line = Self { socket, gateway_id: String::new(), goodbye: None };
            loop {
                let Some(hello) = line.next().await? else { continue };
                assert_eq!(hello.kind, "hello", "the first frame: {hello:?}");
                hello.data["gatewayId"].as_str().unwrap().clone_into(&mut line.gateway_id);
                return Ok(line);
            }
        };
        timeout(CONNECTING, opening).await.unwrap_or(Err(Lost::Unreachable))
    }

    /// The next frame, if what came is one. Nothing is lost when this is dropped before it is done.
    pub(super) async fn next(&mut self) -> Result<Option<Frame>, Lost> {
        let lost = match self.socket.next().await {
            Some(Ok(WireMessage::Text(text))) => return Ok(Some(serde_json::from_str(&text).unwrap())),
            Some(Ok(WireMessage::Close(frame))) => {
                // It is answered while the stream is read to its end.
                self.goodbye = Some(frame.map_or(NO_CODE, |frame| frame.code.into()));
                return Ok(None);
            }
            Some(Ok(_)) => return Ok(None),
            Some(Err(Error::Io(error))) if error.kind() == ErrorKind::ConnectionReset => Lost::Reset,
            Some(Err(_)) | None => Lost::Broken,
        };
        Err(self.goodbye.map_or(lost, Lost::Closed))
    }

    /// True once the server has said goodbye: nothing more can be written.
    pub(super) fn is_closing(&self) -> bool {
        self.goodbye.is_some()
    }

    /// Writes a frame.
    pub(super) async fn send(&mut self, frame: WireMessage) -> Result<(), Error> {
        self.socket.send(frame).await
    }

    /// After writing failed: how the server ended it.
    pub(super) async fn lost(mut self) -> Lost {
        let ending = async {
            loop {
                if let Err(lost) = self.next().await {
                    return lost;
                }
            }
        };
        timeout(CLOSING, ending).await.unwrap_or(Lost::Broken)
    }

    /// Says goodbye and waits until the server has, too.
    pub(super) async fn close(mut self) -> Lost {
        self.socket.send(WireMessage::Close(None)).await.ok();
        match self.lost().await {
            Lost::Closed(_) => Lost::Left,
            lost => lost,
        }
    }
}
