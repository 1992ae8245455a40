//! What a sender writes: a message whose number alone changes.

use std::io::Write;

use protos::ids::ConversationId;
use protos::model::MessageType;
use serde_json::json;

/// The body of every message, 100 bytes.
const BODY: &str = "A message of one hundred bytes, as long as what people write to each other when they mean to say a lot. ";
const BODY_BYTES: usize = 100;
/// Stands in a message where its number will be.
const PLACE: &str = "#";

/// A frame with a place for a number.
#[derive(Clone, Debug)]
pub(in super::super) struct Template {
    before: String,
    after: String,
}

impl Template {
    /// A message to a GoChat conversation; `run` makes its key another than that of earlier runs.
    pub(in super::super) fn to_conversation(id: &ConversationId, run: &str) -> Self {
        let data = json!({
            "conversationId": id, "content": body(), "messageType": MessageType::Text as i32,
            "client_msg_id": format!("{run}-{PLACE}"),
        });
        Self::around(&json!({ "type": "send-message", "data": data }).to_string())
    }

    /// A message to one user of the bare broadcaster.
    pub(in super::super) fn to_bare_user(name: &str) -> Self {
        Self::around(&json!({ "t": "to", "user": name, "id": PLACE, "body": body() }).to_string())
    }

    /// A message to a room of the bare broadcaster.
    pub(in super::super) fn to_bare_room(name: &str) -> Self {
        Self::around(&json!({ "t": "send", "room": name, "id": PLACE, "body": body() }).to_string())
    }

    fn around(text: &str) -> Self {
        let (before, after) = text.split_once(PLACE).unwrap_or((text, ""));
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    /// The message of this number.
    pub(in super::super) fn fill(&self, number: u64, out: &mut Vec<u8>) {
        out.clear();
        out.extend(self.before.as_bytes());
        // Writing to memory does not fail.
        write!(out, "{number}").ok();
        out.extend(self.after.as_bytes());
    }
}

/// The data of a job's push of this number.
pub(in super::super) fn pushed_data(number: u64) -> String {
    format!(r#"{{"number":{number},"text":"{}"}}"#, body())
}

/// One hundred bytes.
pub(in super::super) fn body() -> &'static str {
    &BODY[..BODY_BYTES]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn filled(template: &Template) -> Value {
        let mut out = Vec::new();
        template.fill(17, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn messages_are_json_with_a_body_of_a_hundred_bytes() {
        let sent = filled(&Template::to_conversation(&"c\"1".into(), "r"));
        assert_eq!(
            (&sent["type"], &sent["data"]["conversationId"]),
            (&json!("send-message"), &json!("c\"1"))
        );
        assert_eq!(sent["data"]["client_msg_id"], "r-17");
        assert_eq!(sent["data"]["content"].as_str().unwrap().len(), BODY_BYTES);
        let to = filled(&Template::to_bare_user("ann"));
        assert_eq!((&to["t"], &to["user"], &to["id"]), (&json!("to"), &json!("ann"), &json!("17")));
        let room = filled(&Template::to_bare_room("r"));
        assert_eq!((&room["t"], &room["room"], &room["id"]), (&json!("send"), &json!("r"), &json!("17")));
    }
}
