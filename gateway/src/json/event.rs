//! The `data` of the frames that tell what happened in chat.

use protos::ids::{ConversationId, MessageId, Seq, UserId};
use protos::model::{ChatEvent, ConversationShown, FriendRequest, MembersChanged};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{ConversationJson, NewMessageJson, UserInfoJson};

/// What happened, as the `data` of its frame.
#[derive(Debug)]
pub(crate) struct EventJson<'a>(pub(crate) &'a ChatEvent);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ChatEvent::NewMessage(message) => NewMessageJson::from(message).serialize(serializer),
            ChatEvent::MessageRecalled { conversation_id, message_id, seq, operator_id, change } => {
                RecalledJson { conversation_id, message_id, seq_id: *seq, operator_id, change: *change }
                    .serialize(serializer)
            }
            ChatEvent::ConversationCreated(shown) | ChatEvent::ConversationUpdated(shown) => {
                ShownJson::from(&**shown).serialize(serializer)
            }
            ChatEvent::ConversationDeleted(conversation_id) => {
                DeletedJson { conversation_id }.serialize(serializer)
            }
            ChatEvent::MembersAdded(changed) | ChatEvent::MembersRemoved(changed) => {
                MembersJson::from(changed).serialize(serializer)
            }
            ChatEvent::ReadReceipt { conversation_id, user_id, seq }
            | ChatEvent::DeliveryReceipt { conversation_id, user_id, seq } => {
                ReceiptJson { conversation_id, user_id, seq_id: *seq }.serialize(serializer)
            }
            ChatEvent::Typing { conversation_id, user_id, typing } => {
                TypingJson { conversation_id, user_id, typing: *typing }.serialize(serializer)
            }
            ChatEvent::OnlineStatus { user_id, online } => {
                OnlineJson { user_id, status: if *online { "online" } else { "offline" } }
                    .serialize(serializer)
            }
            ChatEvent::FriendRequested(request) => {
                RequestedJson { request: request.into() }.serialize(serializer)
            }
            ChatEvent::FriendAccepted { user, conversation_id } => {
                AcceptedJson { user: user.into(), conversation_id }.serialize(serializer)
            }
            ChatEvent::Resync(conversations) => ResyncJson { conversations }.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecalledJson<'a> {
    conversation_id: &'a ConversationId,
    message_id: &'a MessageId,
    seq_id: Seq,
    operator_id: &'a UserId,
    change: i64,
}

#[derive(Serialize)]
struct ShownJson<'a> {
    conversation: ConversationJson<'a>,
}

impl<'a> From<&'a ConversationShown> for ShownJson<'a> {
    fn from(shown: &'a ConversationShown) -> Self {
        Self { conversation: ConversationJson::shown(shown) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedJson<'a> {
    conversation_id: &'a ConversationId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MembersJson<'a> {
    conversation_id: &'a ConversationId,
    user_ids: &'a [UserId],
    operator_id: &'a UserId,
}

impl<'a> From<&'a MembersChanged> for MembersJson<'a> {
    fn from(changed: &'a MembersChanged) -> Self {
        Self {
            conversation_id: &changed.conversation_id,
            user_ids: &changed.user_ids,
            operator_id: &changed.operator_id,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptJson<'a> {
    conversation_id: &'a ConversationId,
    user_id: &'a UserId,
    seq_id: Seq,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TypingJson<'a> {
    conversation_id: &'a ConversationId,
    user_id: &'a UserId,
    typing: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnlineJson<'a> {
    user_id: &'a UserId,
    status: &'static str,
}

/// A friend request, in frames and in HTTP answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FriendRequest)]
pub(crate) struct FriendRequestJson<'a> {
    id: &'a str,
    from: UserInfoJson<'a>,
    to: UserInfoJson<'a>,
    #[schema(max_length = 200)]
    message: &'a str,
    #[schema(value_type = String, pattern = "^(pending|accepted|rejected)$")]
    status: &'static str,
    /// Unix seconds.
    created_at: i64,
    /// Unix seconds.
    updated_at: i64,
}

impl<'a> From<&'a FriendRequest> for FriendRequestJson<'a> {
    fn from(request: &'a FriendRequest) -> Self {
        Self {
            id: request.id.as_str(),
            from: (&request.from).into(),
            to: (&request.to).into(),
            message: &request.message,
            status: request.status.as_str(),
            created_at: request.created_at,
            updated_at: request.updated_at,
        }
    }
}

/// A friend request that was answered, with the SINGLE that accepting opened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnsweredRequest)]
pub(crate) struct AnsweredRequestJson<'a> {
    #[serde(flatten)]
    request: FriendRequestJson<'a>,
    /// Absent after a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    conversation_id: Option<&'a ConversationId>,
}

impl<'a> AnsweredRequestJson<'a> {
    /// `conversation_id` is absent after a refusal.
    pub(crate) fn new(request: &'a FriendRequest, conversation_id: Option<&'a ConversationId>) -> Self {
        Self { request: request.into(), conversation_id }
    }
}

#[derive(Serialize)]
struct RequestedJson<'a> {
    request: FriendRequestJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptedJson<'a> {
    user: UserInfoJson<'a>,
    conversation_id: &'a ConversationId,
}

#[derive(Serialize)]
struct ResyncJson<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    conversations: &'a [ConversationId],
}

#[cfg(test)]
mod tests {
    use protos::model::{Conversation, ConversationType, UserInfo};
    use serde_json::{Value, json};

    use super::*;

    fn shown(event: &ChatEvent) -> Value {
        serde_json::to_value(EventJson(event)).unwrap()
    }

    #[test]
    fn events_have_the_contracts_fields() {
        let conversation_id = || ConversationId::from("c1");
        let recalled = ChatEvent::MessageRecalled {
            conversation_id: conversation_id(),
            message_id: "c1.3".into(),
            seq: Seq(3),
            operator_id: "u1".into(),
            change: 7,
        };
        let expected =
            json!({"conversationId": "c1", "messageId": "c1.3", "seqId": 3, "operatorId": "u1", "change": 7});
        assert_eq!(shown(&recalled), expected);
        let changed = MembersChanged {
            conversation_id: conversation_id(),
            user_ids: vec!["u2".into()],
            operator_id: "u1".into(),
        };
        let expected = json!({"conversationId": "c1", "userIds": ["u2"], "operatorId": "u1"});
        assert_eq!(shown(&ChatEvent::MembersRemoved(changed)), expected);
        let receipt =
            ChatEvent::ReadReceipt { conversation_id: conversation_id(), user_id: "u1".into(), seq: Seq(3) };
        assert_eq!(shown(&receipt), json!({"conversationId": "c1", "userId": "u1", "seqId": 3}));
        let got = ChatEvent::DeliveryReceipt {
            conversation_id: conversation_id(),
            user_id: "u1".into(),
            seq: Seq(4),
        };
        assert_eq!(shown(&got), json!({"conversationId": "c1", "userId": "u1", "seqId": 4}));
        let typing =
            ChatEvent::Typing { conversation_id: conversation_id(), user_id: "u1".into(), typing: true };
        assert_eq!(shown(&typing), json!({"conversationId": "c1", "userId": "u1", "typing": true}));
        let gone = ChatEvent::OnlineStatus { user_id: "u1".into(), online: false };
        assert_eq!(shown(&gone), json!({"userId": "u1", "status": "offline"}));
        assert_eq!(shown(&ChatEvent::ConversationDeleted("c1".into())), json!({"conversationId": "c1"}));
        assert_eq!(shown(&ChatEvent::Resync(vec!["c1".into()])), json!({"conversations": ["c1"]}));
        assert_eq!(shown(&ChatEvent::Resync(Vec::new())), json!({}));
    }

    #[test]
    fn a_new_single_names_its_peer() {
        let conversation = Conversation {
            id: "c1".into(),
            kind: ConversationType::Single,
            name: "bob".into(),
            avatar_url: String::new(),
            description: String::new(),
            owner_id: None,
            member_count: 2,
            created_at: 1,
            updated_at: 1,
        };
        let peer = Some(UserInfo { id: "u2".into(), username: "bob".into(), avatar_url: String::new() });
        let created = ChatEvent::ConversationCreated(Box::new(ConversationShown { conversation, peer }));
        let data = shown(&created);
        assert_eq!(
            (&data["conversation"]["id"], &data["conversation"]["peer"]["id"]),
            (&json!("c1"), &json!("u2"))
        );
    }
}
