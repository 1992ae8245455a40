//! Conversations and their members.

use std::collections::HashSet;

use protos::ids::UserId;
use protos::model::{Conversation, ConversationDetails, ConversationShown, Member, UserInfo};
use serde::Serialize;
use utoipa::ToSchema;

use super::{MessageJson, UserInfoJson};
use crate::logic::ConversationView;

/// A conversation, with what the caller sees of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Conversation)]
pub(crate) struct ConversationJson<'a> {
    id: &'a str,
    /// 1 SINGLE, 2 GROUP, 3 WORLD.
    #[serde(rename = "type")]
    #[schema(minimum = 1, maximum = 3)]
    kind: i32,
    name: &'a str,
    avatar_url: &'a str,
    description: &'a str,
    /// Empty but for a group.
    owner_id: &'a str,
    #[schema(minimum = 0)]
    member_count: i32,
    #[schema(required)]
    last_message: Option<MessageJson<'a>>,
    #[schema(minimum = 0)]
    unread_count: i64,
    /// Unix seconds.
    updated_at: i64,
    /// Unix seconds.
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    my_membership: Option<MemberJson<'a>>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_activity_at: Option<i64>,
    /// SINGLE only: the other user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    peer: Option<PeerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    members: Option<Vec<MemberJson<'a>>>,
}

impl<'a> ConversationJson<'a> {
    /// A row of the caller's list; `online` holds the peers that are.
    pub(crate) fn listed(details: &'a ConversationDetails, online: &HashSet<UserId>) -> Self {
        Self {
            last_message: details.last_message.as_ref().map(Into::into),
            unread_count: details.unread_count,
            my_membership: Some((&details.membership).into()),
            last_activity_at: Some(details.last_activity_at),
            peer: details.peer.as_ref().map(|peer| PeerJson::new(peer, online)),
            ..(&details.conversation).into()
        }
    }

    /// One conversation, without its members.
    pub(crate) fn viewed(view: &'a ConversationView, online: &HashSet<UserId>) -> Self {
        Self {
            last_message: view.last_message.as_ref().map(Into::into),
            unread_count: view.unread_count,
            my_membership: view.membership.as_ref().map(Into::into),
            peer: view.peer.as_ref().map(|peer| PeerJson::new(peer, online)),
            ..(&view.conversation).into()
        }
    }

    /// A conversation as a frame tells of it; whether its peer is online is told by frames of their own.
    pub(crate) fn shown(shown: &'a ConversationShown) -> Self {
        Self {
            peer: shown.peer.as_ref().map(|peer| PeerJson { user: peer.into(), online: None }),
            ..(&shown.conversation).into()
        }
    }

    /// The same with its members.
    pub(crate) fn with_members(self, members: &'a [Member]) -> Self {
        Self { members: Some(members.iter().map(Into::into).collect()), ..self }
    }
}

impl<'a> From<&'a Conversation> for ConversationJson<'a> {
    fn from(conversation: &'a Conversation) -> Self {
        Self {
            id: conversation.id.as_str(),
            kind: conversation.kind as i32,
            name: &conversation.name,
            avatar_url: &conversation.avatar_url,
            description: &conversation.description,
            owner_id: conversation.owner_id.as_ref().map_or("", UserId::as_str),
            member_count: conversation.member_count,
            last_message: None,
            unread_count: 0,
            updated_at: conversation.updated_at,
            created_at: conversation.created_at,
            my_membership: None,
            last_activity_at: None,
            peer: None,
            members: None,
        }
    }
}

/// The other user of a SINGLE.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Peer)]
struct PeerJson<'a> {
    #[serde(flatten)]
    user: UserInfoJson<'a>,
    /// Absent where nobody has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    online: Option<bool>,
}

impl<'a> PeerJson<'a> {
    fn new(peer: &'a UserInfo, online: &HashSet<UserId>) -> Self {
        Self { user: peer.into(), online: Some(online.contains(&peer.id)) }
    }
}

/// A user in a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub(crate) struct MemberJson<'a> {
    user: UserInfoJson<'a>,
    /// 1 MEMBER, 2 ADMIN, 3 OWNER.
    #[schema(minimum = 1, maximum = 3)]
    role: i32,
    /// May read but not write.
    muted: bool,
    /// Unix seconds.
    joined_at: i64,
    /// Told in SINGLEs and in groups of at most 100; otherwise 0.
    #[schema(minimum = 0)]
    last_read_seq_id: i64,
}

impl<'a> From<&'a Member> for MemberJson<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
            user: (&member.user).into(),
            role: member.role as i32,
            muted: member.muted,
            joined_at: member.joined_at,
            last_read_seq_id: member.last_read.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use protos::ids::Seq;
    use protos::model::{ConversationType, Role};
    use serde_json::{Value, json};

    use super::*;

    fn member() -> Member {
        Member {
            user: UserInfo { id: "u2".into(), username: "bob".into(), avatar_url: String::new() },
            role: Role::Admin,
            muted: true,
            joined_at: 5,
            last_read: Seq(3),
        }
    }

    fn details(kind: ConversationType, peer: Option<UserInfo>) -> ConversationDetails {
        ConversationDetails {
            conversation: Conversation {
                id: "c1".into(),
                kind,
                name: "bob".into(),
                avatar_url: "b.png".into(),
                description: "about".into(),
                owner_id: (kind == ConversationType::Group).then(|| "u1".into()),
                member_count: 2,
                created_at: 1,
                updated_at: 2,
            },
            membership: member(),
            last_message: None,
            unread_count: 4,
            last_activity_at: 9,
            peer,
            last_seq: Seq(0),
        }
    }

    fn as_json(details: &ConversationDetails, online: &HashSet<UserId>) -> Value {
        serde_json::to_value(ConversationJson::listed(details, online)).unwrap()
    }

    #[test]
    fn a_single_names_its_peer_and_whether_they_are_online() {
        let single = details(ConversationType::Single, Some(member().user));
        let expected = json!({
            "id": "c1", "type": 1, "name": "bob", "avatarUrl": "b.png", "description": "about", "ownerId": "",
            "memberCount": 2, "lastMessage": null, "unreadCount": 4, "updatedAt": 2, "createdAt": 1,
            "lastActivityAt": 9,
            "myMembership": {
                "user": {"id": "u2", "username": "bob", "avatarUrl": ""},
                "role": 2, "muted": true, "joinedAt": 5, "lastReadSeqId": 3,
            },
            "peer": {"id": "u2", "username": "bob", "avatarUrl": "", "online": true},
        });
        assert_eq!(as_json(&single, &HashSet::from(["u2".into()])), expected);
        assert_eq!(as_json(&single, &HashSet::new())["peer"]["online"], json!(false));
    }

    #[test]
    fn a_group_has_an_owner_and_no_peer() {
        let group = as_json(&details(ConversationType::Group, None), &HashSet::new());
        assert_eq!(group["ownerId"], json!("u1"));
        assert_eq!(group.get("peer"), None);
        assert_eq!(group.get("members"), None);
    }
}
