//! What a message may look like.

use protos::model::MessageType;
use protos::model::limits::MESSAGE_MAX_BYTES;
use protos::{Error, Reason, Result};
use serde_json::{Map, Value};

/// Checks what a client wants to send.
///
/// # Errors
/// `MESSAGE_TOO_LARGE`, `MESSAGE_EMPTY`, `UNSUPPORTED_MESSAGE_TYPE`, or `INVALID_PARAMETER` for U+0000 and for an extra that
/// is no JSON object.
pub(super) fn check(kind: MessageType, content: &str, extra: &str) -> Result<()> {
    if content.len() + extra.len() > MESSAGE_MAX_BYTES {
        let message = format!("content and extra have more than {MESSAGE_MAX_BYTES} bytes");
        return Err(Error::new(Reason::MessageTooLarge, message));
    }
    if kind == MessageType::System {
        return Err(Error::new(Reason::UnsupportedMessageType, "only the server sends SYSTEM messages"));
    }
    if content.contains('\0') || extra.contains('\0') {
        return Err(Error::invalid("a message must not contain U+0000"));
    }
    if content.trim().is_empty() {
        return Err(Error::new(Reason::MessageEmpty, "the message is empty"));
    }
    // Parsed whole, so that nesting without end, half surrogates and numbers beyond all range go no further.
    let is_object = extra.is_empty() || serde_json::from_str::<Map<String, Value>>(extra).is_ok();
    if is_object { Ok(()) } else { Err(Error::invalid("extra is not a JSON object")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(kind: MessageType, content: &str, extra: &str) -> std::result::Result<(), Reason> {
        check(kind, content, extra).map_err(|error| error.reason())
    }

    #[test]
    fn messages_as_clients_send_them_pass() {
        for kind in
            [MessageType::Text, MessageType::Image, MessageType::File, MessageType::Voice, MessageType::Video]
        {
            assert_eq!(verdict(kind, "hello", ""), Ok(()));
        }
        assert_eq!(verdict(MessageType::Text, " hello\n", r#"{"a":[1,{"b":null}]}"#), Ok(()));
        assert_eq!(verdict(MessageType::Text, "👩‍👩‍👧 مرحبا \u{202e}", "{}"), Ok(()));
    }

    #[test]
    fn size_counts_content_and_extra_in_bytes() {
        let extra = r#"{"k":1}"#;
        let fits = "x".repeat(MESSAGE_MAX_BYTES - extra.len());
        assert_eq!(verdict(MessageType::Text, &fits, extra), Ok(()));
        let over = format!("{fits}x");
        assert_eq!(verdict(MessageType::Text, &over, extra), Err(Reason::MessageTooLarge));
        let wide = "ж".repeat(MESSAGE_MAX_BYTES / 2 + 1);
        assert_eq!(verdict(MessageType::Text, &wide, ""), Err(Reason::MessageTooLarge));
    }

    #[test]
    fn what_no_message_may_be_is_refused() {
        for empty in ["", " ", "\n\t", "\u{a0}\u{2003}"] {
            assert_eq!(verdict(MessageType::Text, empty, ""), Err(Reason::MessageEmpty), "{empty:?}");
        }
        assert_eq!(verdict(MessageType::System, "x", ""), Err(Reason::UnsupportedMessageType));
        assert_eq!(verdict(MessageType::Text, "a\0b", ""), Err(Reason::InvalidParameter));
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        for extra in [
            " ",
            "null",
            "1",
            "[]",
            "\"x\"",
            "{",
            "{}{}",
            "{'a':1}",
            "{\"a\":NaN}",
            "{\"a\":1e400}",
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\0\"}",
            &deep,
        ] {
            assert_eq!(verdict(MessageType::Text, "x", extra), Err(Reason::InvalidParameter), "{extra}");
        }
    }
}
