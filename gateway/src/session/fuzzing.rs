//! A client's bytes as a session reads them, without the socket: guard, codec, fragments, frames.

use actix_http::ws::{Codec, Frame};
use bytes::BytesMut;
use protos::ids::MAX_ID_BYTES;
use protos::model::limits::FRAME_MAX_BYTES;
use tokio_util::codec::Decoder;

use super::fragments::Fragments;
use super::frame::{ClientFrame, Request};
use super::guard::Scan;

/// Two bytes, a length of eight, a masking key.
const HEADER_MAX_BYTES: usize = 14;

/// Reads bytes that came in pieces as long as the first one says. Whatever they are, it ends without a panic, and the codec never
/// holds more than one frame.
///
/// # Panics
/// When that does not hold.
pub fn frames(bytes: &[u8]) {
    let Some((&piece, bytes)) = bytes.split_first() else { return };
    let (mut scan, mut codec) = (Scan::default(), Codec::new().max_size(FRAME_MAX_BYTES));
    let (mut buffer, mut fragments) = (BytesMut::new(), Fragments::default());
    for chunk in bytes.chunks(usize::from(piece).max(1)) {
        if !scan.admits(chunk, FRAME_MAX_BYTES as u64) {
            return;
        }
        buffer.extend_from_slice(chunk);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(Frame::Text(text))) => hear(&text),
                Ok(Some(Frame::Continuation(item))) => match fragments.add(item) {
                    Ok(Some(text)) => hear(text.as_bytes()),
                    Ok(None) => {}
                    Err(_) => return,
                },
                Ok(Some(Frame::Ping(_) | Frame::Pong(_))) => {}
                Ok(Some(Frame::Binary(_) | Frame::Close(_))) | Err(_) => return,
                Ok(None) => break,
            }
        }
        assert!(buffer.len() <= FRAME_MAX_BYTES + HEADER_MAX_BYTES, "the codec holds {}", buffer.len());
    }
}

fn hear(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let frame = ClientFrame::parse(text);
    assert!(frame.id.is_none_or(|id| id.len() <= MAX_ID_BYTES), "an id that is too long");
    match frame.request {
        Ok(Request::Send(message)) => {
            assert!(message.conversation.as_str().len() <= MAX_ID_BYTES, "{:?}", message.conversation);
            assert!(!message.client_msg_id.as_str().is_empty(), "a message without a key");
        }
        Ok(_) => {}
        Err(refusal) => assert!(!refusal.error.message().is_empty(), "a refusal without a reason"),
    }
}
