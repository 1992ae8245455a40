//! Changes of a conversation and of one member, and searches.

use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationDetails, ConversationType, Role};
use protos::pb::logic as pb;
use protos::pb::logic::conversation_service_client::ConversationServiceClient;
use protos::pb::types;

use super::{LogicClient, call, convert};

/// What a group is to be; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EditConversation {
    /// Not blank.
    pub(crate) name: Option<String>,
    /// Empty: none.
    pub(crate) avatar_url: Option<String>,
    /// Empty: none.
    pub(crate) description: Option<String>,
}

impl LogicClient {
    /// Changes a group.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` also when nothing is to be changed, `CONVERSATION_NOT_FOUND`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`.
    pub(crate) async fn update_conversation(
        &self,
        user: &UserId,
        conversation: &ConversationId,
        edit: EditConversation,
    ) -> Result<Conversation> {
        let named = [
            ("name", edit.name.is_some()),
            ("avatar_url", edit.avatar_url.is_some()),
            ("description", edit.description.is_some()),
        ];
        let update_mask = named.iter().filter(|(_, given)| *given).map(|(field, _)| (*field).to_owned());
        let request = pb::UpdateConversationRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            update_mask: update_mask.collect(),
            name: edit.name.unwrap_or_default(),
            avatar_url: edit.avatar_url.unwrap_or_default(),
            description: edit.description.unwrap_or_default(),
        };
        let updated = call!(self.pool, once(), ConversationServiceClient, update_conversation, request)?;
        convert::conversation(updated.conversation)
    }

    /// Deletes a group for all, or hides a SINGLE from the user's list.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`.
    pub(crate) async fn delete_conversation(
        &self,
        user: &UserId,
        conversation: &ConversationId,
    ) -> Result<()> {
        let request = pb::DeleteConversationRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
            reason: String::new(),
        };
        call!(self.pool, once(), ConversationServiceClient, delete_conversation, request).map(drop)
    }

    /// Gives a member another role; OWNER passes the ownership on.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `NOT_CONVERSATION_MEMBER`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`.
    pub(crate) async fn update_member_role(
        &self,
        operator: &UserId,
        conversation: &ConversationId,
        member: &UserId,
        role: Role,
    ) -> Result<()> {
        let request = pb::UpdateMemberRoleRequest {
            operator_id: operator.to_string(),
            conversation_id: conversation.to_string(),
            target_user_id: member.to_string(),
            new_role: types::ConversationMemberRole::from(role).into(),
        };
        call!(self.pool, once(), ConversationServiceClient, update_member_role, request).map(drop)
    }

    /// Takes from a member the right to write, or gives it back.
    ///
    /// # Errors
    /// As [`LogicClient::update_member_role`].
    pub(crate) async fn mute_member(
        &self,
        operator: &UserId,
        conversation: &ConversationId,
        member: &UserId,
        muted: bool,
    ) -> Result<()> {
        let request = pb::MuteMemberRequest {
            operator_id: operator.to_string(),
            conversation_id: conversation.to_string(),
            target_user_id: member.to_string(),
            muted,
        };
        call!(self.pool, once(), ConversationServiceClient, mute_member, request).map(drop)
    }

    /// Ends the user's membership.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `CANNOT_LEAVE_CONVERSATION`.
    pub(crate) async fn leave_conversation(
        &self,
        user: &UserId,
        conversation: &ConversationId,
    ) -> Result<()> {
        let request = pb::LeaveConversationRequest {
            user_id: user.to_string(),
            conversation_id: conversation.to_string(),
        };
        call!(self.pool, once(), ConversationServiceClient, leave_conversation, request).map(drop)
    }

    /// The user's conversations whose shown names contain the query; a limit of 0 is the default.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`.
    pub(crate) async fn search_conversations(
        &self,
        user: &UserId,
        query: String,
        kind: Option<ConversationType>,
        limit: i32,
    ) -> Result<Vec<ConversationDetails>> {
        let request = pb::SearchConversationsRequest {
            user_id: user.to_string(),
            query,
            type_filter: kind.map_or(0, |kind| types::ConversationType::from(kind).into()),
            limit,
        };
        let answer =
            call!(self.pool, idempotent(None), ConversationServiceClient, search_conversations, request)?;
        convert::found(answer)
    }
}
