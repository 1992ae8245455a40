//! Opening a socket, in every way that the contract knows.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response, header};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Session;

/// A socket whose handshake succeeded.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// An upgrade request in the making.
#[derive(Clone, Debug)]
pub(crate) struct Handshake {
    address: SocketAddr,
    request: Request,
}

impl Handshake {
    /// With nothing to show; `query` is what follows `/ws`.
    pub(crate) fn plain(address: SocketAddr, query: &str) -> Self {
        let request = format!("ws://{address}/ws{query}").into_client_request().unwrap();
        Self { address, request }
    }

    /// With the token in the header that programs use.
    pub(crate) fn bearer(address: SocketAddr, token: &str) -> Self {
        Self::plain(address, "").header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// With the token where browsers can put it.
    pub(crate) fn subprotocols(address: SocketAddr, token: &str) -> Self {
        Self::plain(address, "").header(header::SEC_WEBSOCKET_PROTOCOL, &format!("gochat.v1, bearer.{token}"))
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// Opens a session; an error when the server refuses or does not answer.
    pub(crate) async fn connect(self) -> Result<Session, Error> {
        let (socket, _) = self.upgrade().await?;
        Session::open(socket).await.ok_or(Error::ConnectionClosed)
    }

    /// Opens a socket and leaves the rest to the caller.
    pub(crate) async fn upgrade(self) -> Result<(Socket, Response<Option<Vec<u8>>>), Error> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.upgrade_over(stream).await
    }

    /// Opens a socket over a connection of the caller's.
    pub(crate) async fn upgrade_over(
        self,
        stream: TcpStream,
    ) -> Result<(Socket, Response<Option<Vec<u8>>>), Error> {
        client_async(self.request, stream).await
    }

    /// The HTTP status of a refusal.
    pub(crate) async fn refusal(self) -> u16 {
        match self.upgrade().await {
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(Error::Protocol(ProtocolError::HandshakeIncomplete)) => panic!("cut off without an answer"),
            other => panic!("no refusal: {other:?}"),
        }
    }
}
