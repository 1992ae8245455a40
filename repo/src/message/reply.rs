//! Replies: `extra.replyTo` names a message of the same conversation.

use protos::ids::{ConversationId, MessageId, Seq};
use protos::{Error, Result};
use serde_json::{Map, Value};

/// The place of the message that this one answers, if it answers any. Whether a message stands there is for the save to see: seqs
/// have no gap, so the conversation's last seq tells.
///
/// # Errors
/// `INVALID_PARAMETER` for what names no message of this conversation.
pub(super) fn replied_to(conversation: &ConversationId, extra: &str) -> Result<Option<Seq>> {
    if extra.is_empty() {
        return Ok(None);
    }
    // What is no JSON object has no such field.
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(extra) else { return Ok(None) };
    match fields.get("replyTo") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => match MessageId::from(id.as_str()).parts() {
            Some((named, seq)) if named == *conversation => Ok(Some(seq)),
            _ => Err(no_such_message()),
        },
        Some(_) => Err(no_such_message()),
    }
}

/// `INVALID_PARAMETER`.
pub(super) fn no_such_message() -> Error {
    Error::invalid("extra.replyTo names no message of this conversation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::Reason;

    fn of(extra: &str) -> std::result::Result<Option<Seq>, Reason> {
        replied_to(&"c".into(), extra).map_err(|error| error.reason())
    }

    #[test]
    fn a_reply_names_a_place_in_its_own_conversation() {
        assert_eq!(of(r#"{"replyTo":"c.7"}"#), Ok(Some(Seq(7))));
        assert_eq!(of(r#"{"\u0072eplyTo":"c.7"}"#), Ok(Some(Seq(7))), "however it is written");
        for none in ["", "{}", r#"{"replyTo":null}"#, r#"{"a":{"replyTo":"d.1"}}"#, "no json"] {
            assert_eq!(of(none), Ok(None), "{none}");
        }
        for bad in [r#""d.1""#, r#""c""#, r#""c.0""#, r#""c.07""#, r#""""#, "7", "[]", "true"] {
            assert_eq!(of(&format!(r#"{{"replyTo":{bad}}}"#)), Err(Reason::InvalidParameter), "{bad}");
        }
        let twice = r#"{"replyTo":"c.1","replyTo":"d.1"}"#;
        assert_eq!(of(twice), Err(Reason::InvalidParameter), "the last one counts, as for every reader");
    }
}
