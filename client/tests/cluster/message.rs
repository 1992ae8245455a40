//! Messages and acknowledgements as they come over the wire.

use serde_json::Value;

/// A message as a history or a `new-message` frame tells it; both must tell the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) conversation_id: String,
    pub(crate) sender_id: String,
    pub(crate) sender_name: String,
    pub(crate) kind: i64,
    pub(crate) content: String,
    pub(crate) seq: i64,
    pub(crate) client_msg_id: String,
    pub(crate) extra: String,
    pub(crate) deleted: bool,
    pub(crate) created_at: i64,
}

impl Message {
    /// Reads a message of the contract's JSON form; every field must be there.
    pub(crate) fn from_json(json: &Value) -> Self {
        let sender = &json["sender"];
        Self {
            id: text(json, "id"),
            conversation_id: text(json, "conversationId"),
            sender_id: text(sender, "id"),
            sender_name: text(sender, "username"),
            kind: number(json, "messageType"),
            content: text(json, "content"),
            seq: number(json, "seqId"),
            client_msg_id: text(json, "clientMsgId"),
            extra: text(json, "extra"),
            deleted: json["deleted"].as_bool().unwrap_or_else(|| panic!("deleted is missing: {json}")),
            created_at: number(json, "createdAt"),
        }
    }
}

/// A `message-ack` with success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) conversation_id: String,
    pub(crate) client_msg_id: String,
    pub(crate) message_id: String,
    pub(crate) seq: i64,
}

impl Ack {
    /// Reads the frame's data.
    pub(crate) fn from_json(json: &Value) -> Self {
        assert_eq!(json["status"], "success", "{json}");
        assert!(number(json, "createdAt") > 0, "{json}");
        Self {
            conversation_id: text(json, "conversationId"),
            client_msg_id: text(json, "client_msg_id"),
            message_id: text(json, "messageId"),
            seq: number(json, "seqId"),
        }
    }
}

/// A field that must be text.
pub(super) fn text(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {json}")).to_owned()
}

/// A field that must be a whole number.
pub(super) fn number(json: &Value, field: &str) -> i64 {
    json[field].as_i64().unwrap_or_else(|| panic!("{field} is no number in {json}"))
}
