//! Conversations and members.

use crate::error::{Error, Result};
use crate::ids::Seq;
use crate::model::{Conversation, ConversationDetails, ConversationType, Member, Role};
use crate::pb::{repo, types};

use super::required;

impl From<ConversationType> for types::ConversationType {
    fn from(kind: ConversationType) -> Self {
        match kind {
            ConversationType::Single => Self::Single,
            ConversationType::Group => Self::Group,
            ConversationType::World => Self::World,
        }
    }
}

impl From<Role> for types::ConversationMemberRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

fn known_type(number: i32) -> Option<ConversationType> {
    Some(match types::ConversationType::try_from(number).ok()? {
        types::ConversationType::Unspecified => return None,
        types::ConversationType::Single => ConversationType::Single,
        types::ConversationType::Group => ConversationType::Group,
        types::ConversationType::World => ConversationType::World,
    })
}

fn known_role(number: i32) -> Option<Role> {
    Some(match types::ConversationMemberRole::try_from(number).ok()? {
        types::ConversationMemberRole::Unspecified => return None,
        types::ConversationMemberRole::Member => Role::Member,
        types::ConversationMemberRole::Admin => Role::Admin,
        types::ConversationMemberRole::Owner => Role::Owner,
    })
}

pub(super) fn known_conversation_type(number: i32) -> Result<ConversationType> {
    required("a known conversation type", known_type(number))
}

/// A conversation's type as a caller sent it.
///
/// # Errors
/// `INVALID_PARAMETER` for 0 and for numbers without a meaning.
pub fn parse_conversation_type(number: i32) -> Result<ConversationType> {
    known_type(number).ok_or_else(|| Error::invalid(format!("{number} is not a conversation type")))
}

/// A filter on the type as a caller sent it; 0 is none.
///
/// # Errors
/// `INVALID_PARAMETER` for a number without a meaning.
pub fn type_filter(number: i32) -> Result<Option<ConversationType>> {
    if number == 0 { Ok(None) } else { parse_conversation_type(number).map(Some) }
}

/// A role as a caller sent it; 0 is `None` (no filter, or the default).
///
/// # Errors
/// `INVALID_PARAMETER` for a number without a meaning.
pub fn parse_role(number: i32) -> Result<Option<Role>> {
    if number == 0 {
        return Ok(None);
    }
    known_role(number).map(Some).ok_or_else(|| Error::invalid(format!("{number} is not a role")))
}

impl From<Conversation> for types::Conversation {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id.into(),
            r#type: types::ConversationType::from(conversation.kind).into(),
            name: conversation.name,
            avatar_url: conversation.avatar_url,
            description: conversation.description,
            owner_id: conversation.owner_id.map(Into::into).unwrap_or_default(),
            member_count: conversation.member_count,
            last_message: None,
            unread_count: 0,
            updated_at: conversation.updated_at,
            created_at: conversation.created_at,
        }
    }
}

/// A conversation with what one member sees of it: last message and unread count.
#[must_use]
pub fn conversation_with(details: ConversationDetails) -> types::Conversation {
    types::Conversation {
        last_message: details.last_message.map(Into::into),
        unread_count: details.unread_count,
        ..details.conversation.into()
    }
}

impl TryFrom<types::Conversation> for Conversation {
    type Error = Error;

    fn try_from(conversation: types::Conversation) -> Result<Self> {
        Ok(Self {
            kind: known_conversation_type(conversation.r#type)?,
            id: conversation.id.into(),
            name: conversation.name,
            avatar_url: conversation.avatar_url,
            description: conversation.description,
            owner_id: (!conversation.owner_id.is_empty()).then(|| conversation.owner_id.into()),
            member_count: conversation.member_count,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        })
    }
}

impl From<Member> for types::ConversationMember {
    fn from(member: Member) -> Self {
        Self {
            user: Some(member.user.into()),
            role: types::ConversationMemberRole::from(member.role).into(),
            muted: member.muted,
            joined_at: member.joined_at,
            last_read_seq_id: member.last_read.0,
        }
    }
}

impl TryFrom<types::ConversationMember> for Member {
    type Error = Error;

    fn try_from(member: types::ConversationMember) -> Result<Self> {
        Ok(Self {
            role: required("a known role", known_role(member.role))?,
            user: required("a member's user", member.user)?.into(),
            muted: member.muted,
            joined_at: member.joined_at,
            last_read: Seq(member.last_read_seq_id),
        })
    }
}

impl From<ConversationDetails> for repo::ConversationDetails {
    fn from(details: ConversationDetails) -> Self {
        Self {
            conversation: Some(details.conversation.into()),
            user_membership: Some(details.membership.into()),
            last_message: details.last_message.map(Into::into),
            unread_count: details.unread_count,
            last_activity_at: details.last_activity_at,
            peer: details.peer.map(Into::into),
            last_seq_id: details.last_seq.0,
        }
    }
}

impl TryFrom<repo::ConversationDetails> for ConversationDetails {
    type Error = Error;

    fn try_from(details: repo::ConversationDetails) -> Result<Self> {
        Ok(Self {
            conversation: required("the conversation", details.conversation)?.try_into()?,
            membership: required("the membership", details.user_membership)?.try_into()?,
            last_message: details.last_message.map(TryInto::try_into).transpose()?,
            unread_count: details.unread_count,
            last_activity_at: details.last_activity_at,
            peer: details.peer.map(Into::into),
            last_seq: Seq(details.last_seq_id),
        })
    }
}
