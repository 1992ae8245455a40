//! The two protocols that loads speak: GoChat's own, and that of the bare broadcaster it is compared with.

use std::sync::LazyLock;

use memchr::memmem::Finder;

static SEQ: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""seqId":"#));
static NUMBER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""number":"#));
static ID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""id":""#));
const GOCHAT_KIND: &[u8] = br#"{"type":""#;
const BARE_KIND: &[u8] = br#"{"t":""#;

/// How one speaks to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Dialect {
    /// The contract's frames; messages are numbered by their seq.
    GoChat,
    /// The bare broadcaster's; messages are numbered by the sender's own key.
    Bare,
}

/// What a frame means to a load.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Heard<'a> {
    /// The session is open.
    Hello,
    /// The message of this number was delivered.
    Delivered(u64),
    /// The message of this number was accepted.
    Acked(u64),
    /// What was missed has been told.
    Synced,
    /// A job's push of this number was delivered.
    Pushed(u64),
    /// Nothing that a load waits for.
    Notice,
    /// The server could not do what it ought to.
    Complaint(&'a [u8]),
}

impl Dialect {
    /// Reads a text frame, without parsing it: the server under test writes them, and writes them all alike.
    pub(in super::super) fn hear(self, text: &[u8]) -> Heard<'_> {
        match self {
            Self::GoChat => gochat(text),
            Self::Bare => bare(text),
        }
    }
}

fn gochat(text: &[u8]) -> Heard<'_> {
    let number = || number(text, &SEQ);
    match kind(text, GOCHAT_KIND) {
        b"new-message" => number().map_or(Heard::Complaint(text), Heard::Delivered),
        b"message-ack" => number().map_or(Heard::Complaint(text), Heard::Acked),
        b"hello" => Heard::Hello,
        b"sync-done" => Heard::Synced,
        b"notification" => self::number(text, &NUMBER).map_or(Heard::Complaint(text), Heard::Pushed),
        b"error" | b"" => Heard::Complaint(text),
        // A `resync` too: a link that was silent for a moment makes the server send one to be safe. What is lost is told by the counts.
        _ => Heard::Notice,
    }
}

fn bare(text: &[u8]) -> Heard<'_> {
    let number = || number(text, &ID);
    match kind(text, BARE_KIND) {
        b"msg" => number().map_or(Heard::Complaint(text), Heard::Delivered),
        b"ack" => number().map_or(Heard::Complaint(text), Heard::Acked),
        b"hello" => Heard::Hello,
        _ => Heard::Complaint(text),
    }
}

/// What stands between `before` and the next quote; empty when the frame does not begin so.
fn kind<'a>(text: &'a [u8], before: &[u8]) -> &'a [u8] {
    let Some(rest) = text.strip_prefix(before) else { return b"" };
    let end = memchr::memchr(b'"', rest).unwrap_or(0);
    &rest[..end]
}

fn number(text: &[u8], field: &Finder<'_>) -> Option<u64> {
    let begin = field.find(text)? + field.needle().len();
    let digits = text[begin..].iter().take_while(|byte| byte.is_ascii_digit());
    let mut count = 0;
    let number = digits.fold(0_u64, |number, digit| {
        count += 1;
        number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'))
    });
    (1..=19).contains(&count).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gochats_frames_are_told_apart() {
        let hear = |text: &'static str| Dialect::GoChat.hear(text.as_bytes());
        let message = r#"{"type":"new-message","data":{"id":"c.7","conversationId":"c","content":"x","seqId":71,"clientMsgId":"9"},"timestamp":5}"#;
        assert_eq!(hear(message), Heard::Delivered(71));
        assert_eq!(
            hear(r#"{"type":"message-ack","data":{"client_msg_id":"9","seqId":72}}"#),
            Heard::Acked(72)
        );
        assert_eq!(hear(r#"{"type":"hello","data":{}}"#), Heard::Hello);
        assert_eq!(hear(r#"{"type":"notification","data":{"number":3}}"#), Heard::Pushed(3));
        assert_eq!(hear(r#"{"type":"sync-done","data":{}}"#), Heard::Synced);
        for notice in [r#"{"type":"online-status","data":{}}"#, r#"{"type":"resync","data":{}}"#] {
            assert_eq!(hear(notice), Heard::Notice);
        }
        for wrong in [r#"{"type":"error"}"#, r#"{"type":"new-message"}"#, "", "{}"] {
            assert_eq!(hear(wrong), Heard::Complaint(wrong.as_bytes()));
        }
    }

    #[test]
    fn the_bare_ones_frames_are_told_apart() {
        let hear = |text: &'static str| Dialect::Bare.hear(text.as_bytes());
        let message = r#"{"t":"msg","room":"r","from":"a","id":"12","body":"x","ts":5}"#;
        assert_eq!(hear(message), Heard::Delivered(12));
        assert_eq!(hear(r#"{"t":"ack","id":"13"}"#), Heard::Acked(13));
        assert_eq!(hear(r#"{"t":"hello"}"#), Heard::Hello);
        assert_eq!(hear(r#"{"t":"ack","id":"x"}"#), Heard::Complaint(br#"{"t":"ack","id":"x"}"#));
    }
}
