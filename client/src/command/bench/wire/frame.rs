//! WebSocket frames (RFC 6455 §5.2), as bytes: what a server sends is not masked, what a client sends is.

use crate::command::Failure;

/// Any key will do; it guards browsers' proxies, and there is none here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const FINAL: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
/// Lengths up to this stand in the second byte.
const SHORT: usize = 125;
/// Says that the length stands in the two bytes behind.
const TWO_BYTES: u8 = 126;

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    /// With the code (1005: none was given) and the reason.
    Close(u16, &'a [u8]),
}

/// The first frame in `bytes` and its length; `None` while it has not come whole.
///
/// # Errors
/// Frames that GoChat never sends: masked, binary, in fragments.
pub(super) fn first(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Failure> {
    let (Some(head), Some(length)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if head & FINAL == 0 || length & MASKED != 0 {
        return Err("the server sent a frame that is masked or a fragment".into());
    }
    let (begin, length) = match *length {
        length if usize::from(length) <= SHORT => (2, usize::from(length)),
        TWO_BYTES => match bytes.get(2..4) {
            Some(wide) => (4, wide.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte))),
            None => return Ok(None),
        },
        _ => match bytes.get(2..10) {
            Some(wide) => (10, wide.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte))),
            None => return Ok(None),
        },
    };
    let end = usize::saturating_add(begin, length);
    let Some(payload) = bytes.get(begin..end) else { return Ok(None) };
    let frame = match head & OPCODE {
        TEXT => Frame::Text(payload),
        PING => Frame::Ping(payload),
        PONG => Frame::Pong,
        CLOSE => match payload {
            [high, low, reason @ ..] => Frame::Close(u16::from_be_bytes([*high, *low]), reason),
            _ => Frame::Close(1005, &[]),
        },
        other => return Err(format!("the server sent a frame of opcode {other}").into()),
    };
    Ok(Some((frame, end)))
}

/// Appends a text frame as a client sends it.
pub(super) fn text(payload: &[u8], out: &mut Vec<u8>) {
    masked(TEXT, payload, out);
}

/// Appends the answer to a ping.
pub(super) fn pong(payload: &[u8], out: &mut Vec<u8>) {
    masked(PONG, payload, out);
}

/// Appends a goodbye (1000).
pub(super) fn close(out: &mut Vec<u8>) {
    masked(CLOSE, &1000_u16.to_be_bytes(), out);
}

fn masked(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FINAL | opcode);
    match u16::try_from(payload.len()) {
        // Up to 125, so it fits.
        Ok(short) if payload.len() <= SHORT => out.push(MASKED | short.to_be_bytes()[1]),
        Ok(wide) => {
            out.push(MASKED | TWO_BYTES);
            out.extend(wide.to_be_bytes());
        }
        Err(_) => {
            out.push(MASKED | (TWO_BYTES + 1));
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_text(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![FINAL | TEXT];
        match payload.len() {
            short if short <= SHORT => bytes.push(u8::try_from(short).unwrap()),
            wide if wide < 65_536 => {
                bytes.push(TWO_BYTES);
                bytes.extend(u16::try_from(wide).unwrap().to_be_bytes());
            }
            long => {
                bytes.push(TWO_BYTES + 1);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_frame_of_any_length_is_found_once_it_is_whole() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut bytes = server_text(&payload);
            let whole = bytes.len();
            bytes.extend([0x81, 0x01]);
            for cut in [0, 1, 3, whole.saturating_sub(1)] {
                if cut < whole {
                    assert_eq!(first(&bytes[..cut]).unwrap(), None, "{length} cut at {cut}");
                }
            }
            assert_eq!(first(&bytes).unwrap(), Some((Frame::Text(&payload), whole)), "{length}");
        }
    }

    #[test]
    fn control_frames_are_told_apart() {
        assert_eq!(first(&[0x89, 2, b'h', b'i']).unwrap(), Some((Frame::Ping(b"hi"), 4)));
        assert_eq!(first(&[0x8a, 0]).unwrap(), Some((Frame::Pong, 2)));
        assert_eq!(first(&[0x88, 4, 3, 0xf5, b'n', b'o']).unwrap(), Some((Frame::Close(1013, b"no"), 6)));
        assert_eq!(first(&[0x88, 0]).unwrap(), Some((Frame::Close(1005, b""), 2)));
    }

    #[test]
    fn what_gochat_never_sends_is_an_error() {
        for bytes in [[0x01, 0], [0x81, 0x80], [0x82, 0], [0x80, 0]] {
            assert!(first(&bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn what_a_client_sends_is_masked() {
        for length in [5, 126, 70_000] {
            let payload = vec![b'y'; length];
            let mut bytes = Vec::new();
            text(&payload, &mut bytes);
            let head = bytes.len() - length - MASK.len();
            assert_eq!((bytes[0], bytes[1] & MASKED), (FINAL | TEXT, MASKED));
            assert_eq!(bytes[head..head + 4], MASK);
            let unmasked = bytes[head + 4..].iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key);
            assert_eq!(unmasked.collect::<Vec<_>>(), payload);
        }
    }
}
