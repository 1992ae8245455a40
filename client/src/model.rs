//! What the server tells, as a client sees it. A value that this version does not know is `None`, not an error.

use protos::convert;
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::{ConversationType, MessageType, Role};
use serde::{Deserialize, Deserializer};

/// A user's own record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Their name, as the server keeps it.
    pub username: String,
    /// Empty when there is none.
    #[serde(default)]
    pub avatar_url: String,
    /// Signed in without registering.
    #[serde(default)]
    pub is_guest: bool,
    /// Unix seconds.
    #[serde(default)]
    pub created_at: i64,
}

/// The part of a user that others see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub username: String,
    /// Empty when there is none.
    #[serde(default)]
    pub avatar_url: String,
}

/// A message, from history or live.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub sender: UserInfo,
    /// What kind.
    #[serde(rename = "messageType", deserialize_with = "message_type")]
    pub kind: Option<MessageType>,
    /// Empty once recalled.
    pub content: String,
    /// 1, 2, 3 … in its conversation.
    #[serde(rename = "seqId")]
    pub seq: Seq,
    /// The sender's own key.
    pub client_msg_id: ClientMsgId,
    /// Recalled: the content is gone.
    #[serde(default)]
    pub deleted: bool,
    /// JSON text, or empty.
    #[serde(default)]
    pub extra: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// A conversation, as this user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// What kind.
    #[serde(rename = "type", deserialize_with = "conversation_type")]
    pub kind: Option<ConversationType>,
    /// For a SINGLE the other user's name.
    pub name: String,
    /// Empty when there is none.
    #[serde(default)]
    pub description: String,
    /// How many members.
    #[serde(default)]
    pub member_count: i32,
    /// `None` while nobody has written.
    #[serde(default)]
    pub last_message: Option<Message>,
    /// Last seq − read pointer.
    #[serde(default)]
    pub unread_count: i64,
    /// This user's own membership, where the server tells it.
    #[serde(default)]
    pub my_membership: Option<Member>,
    /// SINGLE only: the other user.
    #[serde(default)]
    pub peer: Option<Peer>,
    /// Filled when one conversation is asked for.
    #[serde(default)]
    pub members: Vec<Member>,
}

impl Conversation {
    /// The place of the last message; 0 while nobody has written.
    #[must_use]
    pub fn last_seq(&self) -> Seq {
        self.last_message.as_ref().map_or(Seq(0), |message| message.seq)
    }
}

/// The other user of a SINGLE.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Peer {
    /// Who.
    #[serde(flatten)]
    pub user: UserInfo,
    /// Whether a session of theirs is connected.
    #[serde(default)]
    pub online: bool,
}

/// A user in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub user: UserInfo,
    /// What they may do.
    #[serde(deserialize_with = "role")]
    pub role: Option<Role>,
    /// May read but not write.
    #[serde(default)]
    pub muted: bool,
    /// Their read pointer; 0 in groups too large for it.
    #[serde(default)]
    pub last_read_seq_id: Seq,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands in this part.
    pub items: Vec<T>,
    /// True when there is more behind it.
    pub has_more: bool,
}

fn message_type<'de, D: Deserializer<'de>>(wire: D) -> Result<Option<MessageType>, D::Error> {
    Ok(convert::parse_message_type(i32::deserialize(wire)?).ok())
}

fn conversation_type<'de, D: Deserializer<'de>>(wire: D) -> Result<Option<ConversationType>, D::Error> {
    Ok(convert::parse_conversation_type(i32::deserialize(wire)?).ok())
}

fn role<'de, D: Deserializer<'de>>(wire: D) -> Result<Option<Role>, D::Error> {
    Ok(convert::parse_role(i32::deserialize(wire)?).ok().flatten())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_of_a_kind_from_the_future_is_still_a_message() {
        let wire = json!({
            "id": "c.1", "conversationId": "c", "sender": {"id": "u", "username": "ann"}, "messageType": 99,
            "content": "x", "seqId": 1, "clientMsgId": "k", "createdAt": 5, "reactions": [],
        });
        let message: Message = serde_json::from_value(wire).unwrap();
        assert_eq!((message.kind, message.seq), (None, Seq(1)));
    }

    #[test]
    fn a_listed_single_names_its_peer() {
        let wire = json!({
            "id": "c", "type": 1, "name": "bob", "avatarUrl": "", "description": "", "ownerId": "", "memberCount": 2,
            "lastMessage": null, "unreadCount": 3, "updatedAt": 1, "createdAt": 1, "lastActivityAt": 1,
            "myMembership": {
                "user": {"id": "a", "username": "ann", "avatarUrl": ""},
                "role": 1, "muted": false, "joinedAt": 1, "lastReadSeqId": 4,
            },
            "peer": {"id": "b", "username": "bob", "avatarUrl": "", "online": true},
        });
        let conversation: Conversation = serde_json::from_value(wire).unwrap();
        assert_eq!(conversation.kind, Some(ConversationType::Single));
        assert_eq!(conversation.my_membership.unwrap().last_read_seq_id, Seq(4));
        assert!(conversation.peer.unwrap().online);
    }
}
