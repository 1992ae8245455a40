//! Conversations and their members.

use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationDetails, ConversationType, Member, Message, Role, UserInfo};
use protos::pb::logic as pb;
use protos::pb::logic::conversation_service_client::ConversationServiceClient;
use protos::pb::types;

use super::{LogicClient, call, convert};

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// The part.
    pub(crate) items: Vec<T>,
    /// True when the next page is not empty.
    pub(crate) has_more: bool,
}

/// A conversation as one member sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConversationView {
    /// The conversation. For a SINGLE, name and avatar are the other user's.
    pub(crate) conversation: Conversation,
    /// `None` while nobody has written.
    pub(crate) last_message: Option<Message>,
    /// Last seq − read pointer.
    pub(crate) unread_count: i64,
    /// The member's own membership.
    pub(crate) membership: Option<Member>,
    /// SINGLE only: the other user.
    pub(crate) peer: Option<UserInfo>,
    /// Its members, where they were asked for.
    pub(crate) members: Vec<Member>,
}

/// Which part of a user's list; 0 is the default of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListConversations {
    /// Counts from 1.
    pub(crate) page: i32,
    /// Conversations on a page.
    pub(crate) size: i32,
    /// Only these.
    pub(crate) kind: Option<ConversationType>,
}

/// What a new conversation is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewConversation {
    /// SINGLE or GROUP.
    pub(crate) kind: ConversationType,
    /// A group's.
    pub(crate) name: String,
    /// A group's.
    pub(crate) description: String,
    /// A group's.
    pub(crate) avatar_url: String,
    /// The members but for its creator.
    pub(crate) members: Vec<UserId>,
}

/// A user that a change of members left as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedUser {
    /// Who.
    pub(crate) user_id: UserId,
    /// A reason of the error table.
    pub(crate) reason: String,
}

/// What a change of members came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MembersChanged {
    /// As logic says it.
    pub(crate) success: bool,
    /// Who was added or removed.
    pub(crate) changed: Vec<UserId>,
    /// Who was not.
    pub(crate) failed: Vec<FailedUser>,
}

impl LogicClient {
    /// A page of the user's conversations with last message, unread count and membership, newest activity first.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`, and transient ones.
    pub(crate) async fn conversations(
        &self,
        user: &UserId,
        list: ListConversations,
    ) -> Result<Page<ConversationDetails>> {
        let request = pb::GetConversationsOptimizedRequest {
            user_id: user.to_string(),
            page: list.page,
            page_size: list.size,
            type_filter: list.kind.map_or(0, |kind| types::ConversationType::from(kind).into()),
            order_by: String::new(),
            include_last_message: true,
            include_unread_count: true,
        };
        call!(self.pool, idempotent(None), ConversationServiceClient, get_conversations_optimized, request)?
            .try_into()
    }

    /// One conversation, with its members on request.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn conversation(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        include_members: bool,
    ) -> Result<ConversationView> {
        let request = pb::GetConversationRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            include_members,
        };
        call!(self.pool, idempotent(None), ConversationServiceClient, get_conversation, request)?.try_into()
    }

    /// A new conversation; for a SINGLE that there is already, that one.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`, `USER_NOT_FOUND`, `GUEST_NOT_ALLOWED`, `CONVERSATION_FULL`.
    pub(crate) async fn create_conversation(
        &self,
        creator: &UserId,
        new: NewConversation,
    ) -> Result<Conversation> {
        let request = pb::CreateConversationRequest {
            creator_id: creator.to_string(),
            r#type: types::ConversationType::from(new.kind).into(),
            name: new.name,
            avatar_url: new.avatar_url,
            description: new.description,
            member_ids: new.members.into_iter().map(Into::into).collect(),
        };
        let created = call!(self.pool, once(), ConversationServiceClient, create_conversation, request)?;
        convert::conversation(created.conversation)
    }

    /// Makes the user a member of the WORLD conversation, where they are not.
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn join_world(&self, user: &UserId) -> Result<Conversation> {
        let request = pb::JoinWorldChatRequest { user_id: user.to_string() };
        let joined = call!(self.pool, idempotent(None), ConversationServiceClient, join_world_chat, request)?;
        convert::conversation(joined.conversation)
    }

    /// A page of the members; 0 is the default of a number.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INVALID_PARAMETER`.
    pub(crate) async fn members(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        page: i32,
        size: i32,
        role: Option<Role>,
    ) -> Result<Page<Member>> {
        let request = pb::GetMembersRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            page,
            page_size: size,
            role_filter: role.map_or(0, |role| types::ConversationMemberRole::from(role).into()),
        };
        call!(self.pool, idempotent(None), ConversationServiceClient, get_members, request)?.try_into()
    }

    /// Adds users with a role; `None` is MEMBER.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`, `CONVERSATION_FULL`, `INVALID_PARAMETER`.
    pub(crate) async fn add_members(
        &self,
        operator: &UserId,
        conversation: &ConversationId,
        users: Vec<UserId>,
        role: Option<Role>,
    ) -> Result<MembersChanged> {
        let request = pb::AddMembersRequest {
            operator_id: operator.to_string(),
            conversation_id: conversation.to_string(),
            user_ids: users.into_iter().map(Into::into).collect(),
            role: role.map_or(0, |role| types::ConversationMemberRole::from(role).into()),
        };
        call!(self.pool, once(), ConversationServiceClient, add_members, request).map(Into::into)
    }

    /// Removes users.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`, `INVALID_PARAMETER`.
    pub(crate) async fn remove_members(
        &self,
        operator: &UserId,
        conversation: &ConversationId,
        users: Vec<UserId>,
    ) -> Result<MembersChanged> {
        let request = pb::RemoveMembersRequest {
            operator_id: operator.to_string(),
            conversation_id: conversation.to_string(),
            user_ids: users.into_iter().map(Into::into).collect(),
            reason: String::new(),
        };
        call!(self.pool, once(), ConversationServiceClient, remove_members, request).map(Into::into)
    }
}
