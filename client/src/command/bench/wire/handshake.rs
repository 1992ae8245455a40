//! The upgrade of a connection to a WebSocket (RFC 6455 §4), with as little as a server asks for.

use crate::command::Failure;

/// The RFC's own example of a key, and what the server must make of it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A longer answer is none.
const MAX_BYTES: usize = 8 * 1024;

/// The request: `path` with its query, `host`, and the access token where there is one.
pub(super) fn request(path: &str, host: &str, token: Option<&str>) -> String {
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{bearer}\r\n"
    )
}

/// Where the answer ends and frames begin; `None` while it has not come whole.
///
/// # Errors
/// Any answer but an upgrade.
pub(super) fn accepted(bytes: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        if bytes.len() > MAX_BYTES {
            return Err("the upgrade was answered with something that does not end".into());
        }
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    if head.starts_with("HTTP/1.1 101 ") && head.contains(ACCEPT) {
        return Ok(Some(end + 4));
    }
    let status = head.lines().next().unwrap_or_default();
    Err(format!("the upgrade was answered with {status:?}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_ends_where_frames_begin() {
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n");
        let frames = [answer.as_bytes(), &[0x81, 0]].concat();
        assert_eq!(accepted(&frames).unwrap(), Some(answer.len()));
        assert_eq!(accepted(&answer.as_bytes()[..40]).unwrap(), None);
    }

    #[test]
    fn anything_else_is_told() {
        let why = accepted(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").unwrap_err();
        assert!(why.to_string().contains("401"));
        assert!(accepted(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").is_err());
        assert!(accepted(&[b'x'; MAX_BYTES + 1]).is_err());
    }
}
