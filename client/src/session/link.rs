//! One connection, from the upgrade to the hello.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, USER_AGENT};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::event::Hello;
use super::frame::{Body, decode};
use crate::error::with_causes;
use crate::{Account, Error, Result};

/// From the TCP connection to the hello.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// A pushed event of 64 KiB, escaped at worst, fits.
const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Small, so that thousands of sessions fit into one process.
const READ_BUFFER_BYTES: usize = 16 * 1024;
/// A batch of requests at their largest stays below: writing one never waits for the socket.
const WRITE_BUFFER_BYTES: usize = 16 * 1024 * 1024;

/// A connected socket.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection whose hello was heard.
pub(super) struct Link {
    pub(super) socket: Socket,
    pub(super) hello: Hello,
}

/// Why there is no connection, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The server closed it.
    Closed { code: u16, reason: String },
    /// The upgrade was answered with another HTTP status.
    Refused { status: u16, reason: String },
    /// It broke, fell silent, or never came to be.
    Lost(String),
}

impl Broken {
    /// The close code, if the server gave one.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Closed { code, .. } => Some(*code),
            _ => None,
        }
    }
}

impl From<WsError> for Broken {
    fn from(error: WsError) -> Self {
        match error {
            WsError::Http(response) => {
                Self::Refused { status: response.status().as_u16(), reason: response.status().to_string() }
            }
            error => Self::Lost(with_causes(&error)),
        }
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Closed { code, reason } => Self::Unreachable(format!("closed with {code} {reason}")),
            Broken::Refused { status: 401, reason } => {
                protos::Error::new(protos::Reason::InvalidToken, reason).into()
            }
            Broken::Refused { status: 403, reason } => {
                protos::Error::new(protos::Reason::Forbidden, reason).into()
            }
            Broken::Refused { status: 503, reason } => protos::Error::unavailable(reason).into(),
            Broken::Refused { reason, .. } => Self::Malformed(reason),
            Broken::Lost(why) => Self::Unreachable(why),
        }
    }
}

/// What a frame of the socket is to a client.
pub(super) fn closed_by(frame: Option<Result<WsMessage, WsError>>) -> Result<WsMessage, Broken> {
    match frame {
        Some(Ok(WsMessage::Close(Some(close)))) => {
            Err(Broken::Closed { code: close.code.into(), reason: close.reason.as_str().to_owned() })
        }
        // 1005 stands for a close frame without a code (RFC 6455 §7.4.1).
        Some(Ok(WsMessage::Close(None))) => Err(Broken::Closed { code: 1005, reason: String::new() }),
        Some(Ok(frame)) => Ok(frame),
        Some(Err(error)) => Err(error.into()),
        None => Err(Broken::Lost("the connection was closed".into())),
    }
}

/// Opens a socket with this token and waits for the hello.
pub(super) async fn open(account: &Account, token: &str) -> Result<Link, Broken> {
    let request = request(account, token).map_err(|error| Broken::Lost(error.to_string()))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let opening = async {
        let (mut socket, _) = connect_async_with_config(request, Some(config), true).await?;
        let hello = hear_hello(&mut socket).await?;
        Ok(Link { socket, hello })
    };
    match tokio::time::timeout(CONNECT_DEADLINE, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Broken::Lost("no hello came in time".into())),
    }
}

fn request(
    account: &Account,
    token: &str,
) -> Result<tokio_tungstenite::tungstenite::handshake::client::Request> {
    let url = account.server().web_socket()?;
    let mut request = url.as_str().into_client_request().map_err(|why| Error::Unusable(with_causes(&why)))?;
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::Malformed("a token that no header can carry".into()))?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(crate::http::USER_AGENT));
    Ok(request)
}

async fn hear_hello(socket: &mut Socket) -> Result<Hello, Broken> {
    loop {
        match closed_by(socket.next().await)? {
            WsMessage::Text(text) => match decode(&text).map(|frame| frame.body) {
                Ok(Body::Hello(hello)) => return Ok(hello),
                _ => return Err(Broken::Lost("the first frame was not a hello".into())),
            },
            WsMessage::Ping(_) => socket.flush().await?,
            _ => {}
        }
    }
}
