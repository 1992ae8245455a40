//! The answer to `sync`, frame by frame: the messages, the recalls, and where each conversation stands.

use bytestring::ByteString;
use protos::ids::{ConversationId, MessageId, Seq};
use protos::model::{ChatEvent, Synced, SyncedConversation};
use serde::{Serialize, Serializer};

use super::outgoing::{self, Head};

#[derive(Serialize)]
struct DoneJson<'a> {
    #[serde(serialize_with = "by_id")]
    conversations: &'a [SyncedConversation],
    gone: &'a [ConversationId],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StandingJson {
    last_seq: Seq,
    change: i64,
    read_seq: Seq,
    has_more: bool,
}

fn by_id<S: Serializer>(conversations: &[SyncedConversation], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(conversations.iter().map(|conversation| {
        let standing = StandingJson {
            last_seq: conversation.last_seq,
            change: conversation.change,
            read_seq: conversation.read,
            has_more: conversation.has_more,
        };
        (&conversation.conversation_id, standing)
    }))
}

/// All of it, in the order in which it is to be written. `head` is that of the last frame, which is the answer.
pub(super) fn frames(head: Head<'_>, mut synced: Synced) -> Vec<ByteString> {
    let mut frames = Vec::new();
    for conversation in &mut synced.conversations {
        let id = &conversation.conversation_id;
        let messages = conversation.messages.drain(..).map(ChatEvent::NewMessage);
        let recalls = conversation.recalls.drain(..).map(|recall| ChatEvent::MessageRecalled {
            message_id: MessageId::new(id, recall.seq),
            conversation_id: id.clone(),
            seq: recall.seq,
            operator_id: recall.operator_id,
            change: recall.change,
        });
        frames.extend(messages.chain(recalls).map(|event| outgoing::chat(&event, head.now)));
    }
    let done = DoneJson { conversations: &synced.conversations, gone: &synced.gone };
    frames.push(outgoing::answer("sync-done", head, done));
    frames
}

#[cfg(test)]
mod tests {
    use protos::model::{Message, MessageType, Recall, UserInfo};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn messages_come_before_recalls_and_the_standing_last() {
        let message = |seq: i64| Message {
            id: MessageId::new(&"c1".into(), Seq(seq)),
            conversation_id: "c1".into(),
            sender: UserInfo::default(),
            kind: MessageType::Text,
            content: "hello".into(),
            seq: Seq(seq),
            client_msg_id: "k".into(),
            deleted: false,
            extra: String::new(),
            created_at: 1,
            updated_at: 1,
        };
        let conversation = |id: &str, messages, recalls| SyncedConversation {
            conversation_id: id.into(),
            last_seq: Seq(9),
            change: 4,
            read: Seq(5),
            has_more: false,
            messages,
            recalls,
        };
        let recall = Recall { seq: Seq(2), operator_id: "u1".into(), change: 4 };
        let synced = Synced {
            conversations: vec![
                conversation("c1", vec![message(8), message(9)], vec![recall]),
                conversation("c2", Vec::new(), Vec::new()),
            ],
            gone: vec!["c3".into()],
        };
        let frames = frames(Head { id: Some("7"), now: 100 }, synced);
        let frames: Vec<Value> = frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
        assert_eq!(frames.len(), 4);
        assert_eq!((&frames[0]["type"], &frames[0]["data"]["seqId"]), (&json!("new-message"), &json!(8)));
        assert_eq!(frames[1]["data"]["seqId"], 9);
        let recalled = json!({
            "conversationId": "c1", "messageId": "c1.2", "seqId": 2, "operatorId": "u1", "change": 4,
        });
        assert_eq!((&frames[2]["type"], &frames[2]["data"]), (&json!("message-recalled"), &recalled));
        assert!(frames[..3].iter().all(|frame| frame.get("id").is_none()), "only the last is the answer");
        let standing = json!({"lastSeq": 9, "change": 4, "readSeq": 5, "hasMore": false});
        let done = json!({"type": "sync-done", "id": "7", "timestamp": 100, "data": {
            "conversations": {"c1": standing, "c2": standing}, "gone": ["c3"],
        }});
        assert_eq!(frames[3], done);
    }
}
