//! Watches the bytes that a client sends, before the WebSocket codec sees them.
//!
//! The codec buffers a whole frame before it checks its size, so a client that declares 2^40 bytes could fill the memory. The
//! guard reads just enough of each frame's header (RFC 6455 §5.2) to learn the declared length, and lets nothing more pass
//! from a frame that is too long on.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures::Stream;

/// Why a guarded stream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    /// A frame declares more than the limit.
    TooLong,
    /// The connection broke.
    Broken,
}

/// Tells the session why its stream failed; the codec passes on only that it did.
pub(super) type BreachCell = Rc<Cell<Option<Breach>>>;

/// A payload whose frames are short enough.
pub(super) struct FrameGuard<S> {
    inner: S,
    scan: Scan,
    max: u64,
    breach: BreachCell,
}

impl<S> FrameGuard<S> {
    /// Guards `inner`: no frame's payload may be longer than `max` bytes.
    pub(super) fn new(inner: S, max: usize, breach: BreachCell) -> Self {
        Self { inner, scan: Scan::default(), max: max as u64, breach }
    }
}

impl<S> Stream for FrameGuard<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        Pin::new(&mut this.inner).poll_next(cx).map(|chunk| {
            chunk.map(|chunk| {
                let breach = match chunk {
                    Ok(chunk) if this.breach.get().is_none() && this.scan.admits(&chunk, this.max) => {
                        return Ok(chunk);
                    }
                    Ok(_) => Breach::TooLong,
                    Err(_) => Breach::Broken,
                };
                this.breach.set(Some(breach));
                chunk.and(Err(PayloadError::Overflow))
            })
        })
    }
}

/// Where in a frame the stream is.
#[derive(Debug)]
pub(super) enum Scan {
    /// In the header's first bytes, up to the length.
    Header { bytes: [u8; Scan::LONGEST], len: usize },
    /// In the masking key and the payload.
    Body { left: u64 },
}

impl Default for Scan {
    fn default() -> Self {
        Self::Header { bytes: [0; Self::LONGEST], len: 0 }
    }
}

impl Scan {
    /// Two bytes, and a length of eight.
    const LONGEST: usize = 10;

    /// Walks over a chunk; false when a frame in it declares more than `max`.
    pub(super) fn admits(&mut self, mut chunk: &[u8], max: u64) -> bool {
        while let Some((&byte, rest)) = chunk.split_first() {
            match self {
                Self::Body { left } => {
                    let skipped = chunk.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= skipped as u64;
                    chunk = &chunk[skipped..];
                }
                Self::Header { bytes, len } => {
                    bytes[*len] = byte;
                    *len += 1;
                    chunk = rest;
                    let Some(declared) = declared_length(&bytes[..*len]) else { continue };
                    if declared > max {
                        return false;
                    }
                    let masking_key = if bytes[1] & 0x80 == 0 { 0 } else { 4 };
                    *self = Self::Body { left: declared + masking_key };
                }
            }
            if matches!(self, Self::Body { left: 0 }) {
                *self = Self::default();
            }
        }
        true
    }
}

/// The payload's length, once the header is long enough to tell.
fn declared_length(header: &[u8]) -> Option<u64> {
    let (&short, long) = header.get(1..)?.split_first()?;
    match short & 0x7f {
        126 => Some(u64::from(u16::from_be_bytes(long.try_into().ok()?))),
        127 => Some(u64::from_be_bytes(long.try_into().ok()?)),
        short => Some(u64::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream::iter;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    const MAX: usize = 64 * 1024;

    /// A masked text frame with this payload, its length declared in the shortest way.
    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x81];
        match payload.len() {
            len @ ..126 => frame.push(0x80 | len as u8),
            len @ ..65_536 => {
                frame.push(0x80 | 126);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(0x80 | 127);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(payload);
        frame
    }

    /// What passes of these chunks, and why it stopped.
    async fn pass(chunks: Vec<Vec<u8>>) -> (Vec<u8>, Option<Breach>) {
        let breach = BreachCell::default();
        let inner = iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk))));
        let guarded = FrameGuard::new(inner, MAX, Rc::clone(&breach));
        let passed: Vec<_> = guarded.collect().await;
        (passed.into_iter().filter_map(Result::ok).flatten().collect(), breach.get())
    }

    #[actix_rt::test]
    async fn a_declared_terabyte_is_refused_at_its_header() {
        let mut header = vec![0x81, 0xff];
        header.extend((1_u64 << 40).to_be_bytes());
        let megabyte = vec![7; 1024 * 1024];
        let (passed, breach) = pass(vec![header, megabyte.clone(), megabyte]).await;
        assert_eq!((passed.len(), breach), (0, Some(Breach::TooLong)));
    }

    #[actix_rt::test]
    async fn the_limit_itself_passes_and_one_more_byte_does_not() {
        let longest = frame(&vec![0; MAX]);
        assert_eq!(pass(vec![longest.clone()]).await, (longest, None));
        assert_eq!(pass(vec![frame(&vec![0; MAX + 1])]).await.1, Some(Breach::TooLong));
    }

    #[actix_rt::test]
    async fn a_broken_connection_is_told_apart() {
        let breach = BreachCell::default();
        let inner = iter([Err(PayloadError::Incomplete(None))]);
        let mut guarded = FrameGuard::new(inner, MAX, Rc::clone(&breach));
        assert!(guarded.next().await.unwrap().is_err());
        assert_eq!(breach.get(), Some(Breach::Broken));
    }

    proptest! {
        #[test]
        fn frames_pass_unchanged_however_they_are_cut(
            lengths in vec(0..70_000_usize, 1..6), cuts in vec(any::<u16>(), 1..40),
        ) {
            let stream: Vec<u8> = lengths.iter().flat_map(|len| frame(&vec![9; *len])).collect();
            let (mut scan, mut rest) = (Scan::default(), &stream[..]);
            let mut admitted = true;
            for cut in cuts.iter().cycle() {
                if rest.is_empty() || !admitted {
                    break;
                }
                let (chunk, after) = rest.split_at(rest.len().min(usize::from(*cut) + 1));
                admitted = scan.admits(chunk, MAX as u64);
                rest = after;
            }
            prop_assert_eq!(admitted, lengths.iter().all(|len| *len <= MAX));
            let at_a_frame = matches!(scan, Scan::Header { len: 0, .. });
            prop_assert!(!admitted || at_a_frame);
        }
    }
}
