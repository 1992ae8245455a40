//! One HTTP connection that is kept alive, for requests one after the other.

use std::net::SocketAddr;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::command::Failure;

const HEAD_END: &[u8] = b"\r\n\r\n";
/// A longer answer is none of GoChat's.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A connection on behalf of a user.
#[derive(Debug)]
pub(in super::super) struct Http {
    stream: TcpStream,
    /// What stands behind the path in every request.
    rest: String,
    buffer: Vec<u8>,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub(in super::super) async fn connect(server: SocketAddr, token: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let rest = format!(" HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\n\r\n");
        Ok(Self { stream, rest, buffer: Vec::new() })
    }

    /// The body of what is at `path`.
    ///
    /// # Errors
    /// Any status but 200.
    pub(in super::super) async fn get(&mut self, path: &str) -> Result<&[u8], Failure> {
        self.stream.write_all(["GET ", path, &self.rest].concat().as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed a connection".into());
            }
            let Some(head) = head(&self.buffer)? else { continue };
            if self.buffer.len() >= head.body + head.length {
                return Ok(&self.buffer[head.body..head.body + head.length]);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    /// Where the body begins.
    body: usize,
    length: usize,
}

/// `None` while it has not come whole.
fn head(bytes: &[u8]) -> Result<Option<Head>, Failure> {
    let Some(end) = memmem::find(bytes, HEAD_END) else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200 ") {
        return Err(format!("a request was answered with {status:?}").into());
    }
    let fields = lines.filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.find_map(|(_, value)| value.trim().parse().ok());
    match length {
        Some(length) if length <= MAX_BYTES => Ok(Some(Head { body: end + HEAD_END.len(), length })),
        _ => Err("an answer does not tell how long it is".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_where_the_body_is() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nvary: x\r\n\r\nhello";
        assert_eq!(head(answer).unwrap(), Some(Head { body: answer.len() - 5, length: 5 }));
        assert_eq!(head(&answer[..20]).unwrap(), None);
    }

    #[test]
    fn any_other_answer_is_told() {
        for wrong in ["HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            assert!(head(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
