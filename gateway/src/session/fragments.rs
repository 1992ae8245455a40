//! Messages that come in several frames: the codec does not join them.

use actix_http::ws::{CloseCode, Item};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use protos::model::limits::FRAME_MAX_BYTES;
use tokio::time::Instant;

/// Frames of one message; a client that sends more has no honest reason to.
const MAX_FRAMES: usize = 1_024;

/// The frames of a message that has not ended.
#[derive(Debug, Default)]
pub(super) struct Fragments(Option<Unfinished>);

#[derive(Debug)]
struct Unfinished {
    joined: BytesMut,
    frames: usize,
    since: Instant,
}

impl Fragments {
    /// Adds a frame; the whole message when it was the last. A message as a whole is bounded as a frame is.
    ///
    /// # Errors
    /// The code to close with: too big, not text, not UTF-8, or in too many pieces.
    pub(super) fn add(&mut self, item: Item) -> Result<Option<ByteString>, CloseCode> {
        let (piece, last) = match item {
            Item::FirstBinary(_) => return Err(CloseCode::Unsupported),
            Item::FirstText(piece) => {
                self.0 = Some(Unfinished { joined: BytesMut::new(), frames: 0, since: Instant::now() });
                (piece, false)
            }
            Item::Continue(piece) => (piece, false),
            Item::Last(piece) => (piece, true),
        };
        self.append(&piece)?;
        if !last {
            return Ok(None);
        }
        let message = self.0.take().map(|unfinished| unfinished.joined.freeze()).unwrap_or_default();
        ByteString::try_from(message).map(Some).map_err(|_| CloseCode::Invalid)
    }

    /// When the message that has not ended began.
    pub(super) fn since(&self) -> Option<Instant> {
        self.0.as_ref().map(|unfinished| unfinished.since)
    }

    fn append(&mut self, piece: &Bytes) -> Result<(), CloseCode> {
        // The codec lets nothing continue that has not begun.
        let unfinished = self.0.as_mut().ok_or(CloseCode::Protocol)?;
        unfinished.frames += 1;
        if unfinished.frames > MAX_FRAMES {
            return Err(CloseCode::Policy);
        }
        if unfinished.joined.len() + piece.len() > FRAME_MAX_BYTES {
            return Err(CloseCode::Size);
        }
        unfinished.joined.extend_from_slice(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(bytes: &[u8]) -> Bytes {
        Bytes::copy_from_slice(bytes)
    }

    #[test]
    fn pieces_are_joined_even_where_a_character_is_cut() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.add(Item::FirstText(piece(b"caf\xc3"))), Ok(None));
        assert_eq!(fragments.add(Item::Continue(piece(b"\xa9 "))), Ok(None));
        assert!(fragments.since().is_some());
        assert_eq!(fragments.add(Item::Last(piece(b"noir"))), Ok(Some("café noir".into())));
        assert_eq!(fragments.since(), None);
    }

    #[test]
    fn the_whole_is_bounded_as_a_frame_is() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.add(Item::FirstText(piece(&vec![b'a'; FRAME_MAX_BYTES]))), Ok(None));
        assert_eq!(fragments.add(Item::Continue(piece(b"a"))), Err(CloseCode::Size));
    }

    #[test]
    fn empty_pieces_are_counted() {
        let mut fragments = Fragments::default();
        fragments.add(Item::FirstText(Bytes::new())).unwrap();
        let endless = (0..1_000_000).find_map(|_| fragments.add(Item::Continue(Bytes::new())).err());
        assert_eq!(endless, Some(CloseCode::Policy));
    }

    #[test]
    fn what_is_not_utf8_or_not_text_is_refused() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.add(Item::FirstText(piece(b"\xc3"))), Ok(None));
        assert_eq!(fragments.add(Item::Last(piece(b"("))), Err(CloseCode::Invalid));
        assert_eq!(fragments.add(Item::FirstBinary(Bytes::new())), Err(CloseCode::Unsupported));
    }
}
