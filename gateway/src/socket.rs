//! What is set on every connection that the public listener takes.

use std::any::Any;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Connections that wait to be taken.
const BACKLOG: i32 = 1_024;

/// Binds the public listener.
///
/// # Errors
/// When the address cannot be bound.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The options of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketOptions {
    /// `TCP_USER_TIMEOUT`: a session whose client stops reading is not polled any more, so only the kernel can end it.
    pub(crate) user_timeout: Duration,
    /// `SO_SNDBUF`, in bytes: what the kernel keeps for such a client.
    pub(crate) send_buffer: usize,
}

impl SocketOptions {
    /// Sets them on a connection as the server hands it over.
    pub(crate) fn apply(self, connection: &dyn Any) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else {
            tracing::error!("a connection is of an unknown kind; it has no time-out");
            return;
        };
        if let Err(error) = self.set_on(stream) {
            // The peer was faster: it is gone already.
            tracing::debug!(%error, "the options of a connection could not be set");
        }
    }

    fn set_on(self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        socket.set_send_buffer_size(self.send_buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn the_options_are_set_on_a_connection() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let options = SocketOptions { user_timeout: Duration::from_secs(7), send_buffer: 32 * 1024 };
        options.apply(&stream);
        let socket = SockRef::from(&stream);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(options.user_timeout));
        // Linux doubles it, for its own needs.
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * options.send_buffer);
        assert!(socket.tcp_nodelay().unwrap());
    }
}
