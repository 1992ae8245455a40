//! One connection of a load.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::frame::{self, Frame};
use super::{Dialect, Heard, handshake};
use crate::command::Failure;

/// What one read takes at most; all links of a thread share it.
const READ_BYTES: usize = 256 * 1024;
/// Connections come from so many addresses in turn, so that ports do not run out.
const SOURCES: u8 = 8;
/// More than this unsent means that the server does not read.
const MAX_BACKLOG_BYTES: usize = 16 * 1024 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
    static SOURCE: Cell<u8> = const { Cell::new(0) };
}

/// Where and as whom a link is opened.
#[derive(Clone, Debug)]
pub(in super::super) struct Address {
    pub(in super::super) dialect: Dialect,
    pub(in super::super) server: SocketAddr,
    /// With its query.
    pub(in super::super) path: String,
    pub(in super::super) token: Option<String>,
}

/// The sending half; whoever has a message for the server may use it.
pub(in super::super) struct Link {
    stream: OwnedWriteHalf,
    /// What the socket did not take at once.
    backlog: RefCell<Vec<u8>>,
    /// Where frames are made.
    frame: RefCell<Vec<u8>>,
}

/// The hearing half.
pub(in super::super) struct Ear {
    dialect: Dialect,
    stream: OwnedReadHalf,
    link: Rc<Link>,
    /// The beginning of a frame whose end has not come.
    begun: Vec<u8>,
    /// What has begun was read and not yet looked at.
    is_unscanned: bool,
}

/// How far a scan came.
struct Scanned {
    used: usize,
    done: bool,
}

impl Address {
    /// Connects, upgrades and waits for the server's hello.
    ///
    /// # Errors
    /// Any answer but these.
    pub(in super::super) async fn open(&self) -> Result<(Rc<Link>, Ear), Failure> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((source(), 0)))?;
        let stream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        let (read, mut write) = stream.into_split();
        let request = handshake::request(&self.path, &self.server.to_string(), self.token.as_deref());
        write.write_all(request.as_bytes()).await?;
        let link = Rc::new(Link { stream: write, backlog: RefCell::default(), frame: RefCell::default() });
        let mut ear = Ear {
            dialect: self.dialect,
            stream: read,
            link: link.clone(),
            begun: Vec::new(),
            is_unscanned: false,
        };
        ear.upgraded().await?;
        ear.until(|heard| Ok(matches!(heard, Heard::Hello))).await?;
        Ok((link, ear))
    }
}

/// 127.0.0.1 to 127.0.0.8 in turn.
fn source() -> Ipv4Addr {
    let last = SOURCE.get() % SOURCES + 1;
    SOURCE.set(last);
    Ipv4Addr::new(127, 0, 0, last)
}

impl Link {
    /// Sends a text frame. What the socket does not take now goes when it does.
    ///
    /// # Errors
    /// When the connection broke, or the server does not read.
    pub(in super::super) fn say(self: &Rc<Self>, text: &[u8]) -> Result<(), Failure> {
        self.write(|out| frame::text(text, out))
    }

    /// Says goodbye.
    pub(in super::super) fn close(self: &Rc<Self>) {
        // The server may have gone first.
        self.write(frame::close).ok();
    }

    fn write(self: &Rc<Self>, make: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        let mut backlog = self.backlog.borrow_mut();
        if !backlog.is_empty() {
            make(&mut backlog);
            if backlog.len() > MAX_BACKLOG_BYTES {
                return Err("the server does not read what it is sent".into());
            }
            return Ok(());
        }
        let mut frame = self.frame.borrow_mut();
        frame.clear();
        make(&mut frame);
        let written = match self.stream.try_write(&frame) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error.into()),
        };
        if written < frame.len() {
            backlog.extend(&frame[written..]);
            tokio::task::spawn_local(self.clone().send_backlog());
        }
        Ok(())
    }

    /// Sends what the socket did not take at once. That a connection broke is the ear's to tell.
    async fn send_backlog(self: Rc<Self>) {
        while self.stream.writable().await.is_ok() {
            let mut backlog = self.backlog.borrow_mut();
            match self.stream.try_write(&backlog) {
                Ok(written) => drop(backlog.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
            if backlog.is_empty() {
                return;
            }
        }
    }
}

impl Ear {
    async fn upgraded(&mut self) -> Result<(), Failure> {
        let mut scan = |bytes: &[u8]| {
            let end = handshake::accepted(bytes)?;
            Ok(Scanned { used: end.unwrap_or(0), done: end.is_some() })
        };
        std::future::poll_fn(|context| self.poll_scan(context, &mut scan)).await
    }

    /// Hears frames until `done` says that this was the one waited for.
    ///
    /// # Errors
    /// When the connection ends, or `done` finds something wrong.
    pub(in super::super) async fn until(
        &mut self,
        mut done: impl FnMut(Heard<'_>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let (dialect, link) = (self.dialect, self.link.clone());
        let mut scan = |bytes: &[u8]| {
            let mut used = 0;
            while let Some((frame, length)) = frame::first(&bytes[used..])? {
                used += length;
                match frame {
                    Frame::Text(text) if done(dialect.hear(text))? => {
                        return Ok(Scanned { used, done: true });
                    }
                    Frame::Text(_) | Frame::Pong => {}
                    Frame::Ping(payload) => link.write(|out| frame::pong(payload, out))?,
                    Frame::Close(code, reason) => {
                        let reason = String::from_utf8_lossy(reason);
                        return Err(format!("the server closed a session: {code} {reason}").into());
                    }
                }
            }
            Ok(Scanned { used, done: false })
        };
        std::future::poll_fn(|context| self.poll_scan(context, &mut scan)).await
    }

    /// Reads and scans, until the scan is done.
    fn poll_scan(
        &mut self,
        context: &mut Context<'_>,
        scan: &mut impl FnMut(&[u8]) -> Result<Scanned, Failure>,
    ) -> Poll<Result<(), Failure>> {
        BUFFER.with_borrow_mut(|buffer| {
            loop {
                let held = self.begun.len();
                let Some((begun, free)) =
                    buffer.split_at_mut_checked(held).filter(|(_, free)| !free.is_empty())
                else {
                    return Poll::Ready(Err("the server sent a frame that is too long".into()));
                };
                begun.copy_from_slice(&self.begun);
                let mut filled = held;
                if !std::mem::take(&mut self.is_unscanned) {
                    // A read that does not fill the buffer has emptied the socket, and tokio knows: the next asks nobody.
                    let mut read = ReadBuf::new(free);
                    ready!(Pin::new(&mut self.stream).poll_read(context, &mut read))?;
                    if read.filled().is_empty() {
                        return Poll::Ready(Err("the server closed a connection".into()));
                    }
                    filled += read.filled().len();
                }
                let Scanned { used, done } = scan(&buffer[..filled])?;
                self.begun.clear();
                self.begun.extend_from_slice(&buffer[used..filled]);
                if done {
                    self.is_unscanned = used < filled;
                    return Poll::Ready(Ok(()));
                }
            }
        })
    }
}
