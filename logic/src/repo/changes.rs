//! Changes of one conversation or of one member that an operator makes. Each goes out once.

use protos::Result;
use protos::convert::required;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationDetails, ConversationType, Message, Role};
use protos::pb::repo::change_member_request::Change;
use protos::pb::repo::conversation_service_client::ConversationServiceClient;
use protos::pb::repo::{
    ChangeMemberRequest, DeleteConversationRequest, LeaveConversationRequest, SearchUserConversationsRequest,
    UpdateConversationRequest,
};
use protos::pb::types;

use super::conversations::wire_limit;
use super::{Repo, client};

/// Who changes what. The operator must still have at least this role when it is done.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) operator_id: UserId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) role: Role,
}

/// What a group is to be; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) name: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) description: Option<String>,
}

/// What a group is then.
#[derive(Clone, Debug)]
pub(crate) struct Edited {
    pub(crate) conversation: Conversation,
    /// False when all of it was so before.
    pub(crate) changed: bool,
    /// Present when the name is another.
    pub(crate) system_message: Option<Message>,
    pub(crate) member_version: i64,
}

/// What is to become of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberWish {
    /// Another role; OWNER passes the ownership on.
    Role(Role),
    /// May they write?
    Muted(bool),
}

/// What became of the group.
#[derive(Clone, Debug)]
pub(crate) struct MemberDone {
    /// Present when the member is not as before.
    pub(crate) conversation: Option<Conversation>,
    pub(crate) member_version: i64,
}

/// What a leaver left.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// GROUP only.
    pub(crate) system_message: Option<Message>,
    pub(crate) member_version: i64,
}

/// What is looked for among a user's own conversations.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) query: String,
    pub(crate) kind: Option<ConversationType>,
    pub(crate) limit: u32,
}

impl Repo {
    /// Changes a group's name, avatar or description, and stores the SYSTEM message that tells of a new name.
    pub(crate) async fn edit_conversation(&self, operation: &Operation, edit: Edit) -> Result<Edited> {
        let request = UpdateConversationRequest {
            conversation_id: operation.conversation_id.to_string(),
            operator_id: operation.operator_id.to_string(),
            operator_role: wire_role(operation.role),
            name: edit.name,
            avatar_url: edit.avatar_url,
            description: edit.description,
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).update_conversation(request).await }
        };
        let answer = self.0.once(call).await?;
        Ok(Edited {
            conversation: required("the conversation", answer.conversation)?.try_into()?,
            changed: answer.changed,
            system_message: answer.system_message.map(TryInto::try_into).transpose()?,
            member_version: answer.member_version,
        })
    }

    /// Deletes a group for all, or hides a SINGLE from the operator's lists. Returns who were the members of what is gone for all.
    pub(crate) async fn delete_conversation(&self, operation: &Operation) -> Result<Vec<UserId>> {
        let request = DeleteConversationRequest {
            conversation_id: operation.conversation_id.to_string(),
            operator_id: operation.operator_id.to_string(),
            operator_role: wire_role(operation.role),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).delete_conversation(request).await }
        };
        let answer = self.0.once(call).await?;
        Ok(answer.former_member_ids.into_iter().map(Into::into).collect())
    }

    /// Changes one member of a group.
    pub(crate) async fn change_member(
        &self,
        operation: &Operation,
        user_id: &UserId,
        wish: MemberWish,
    ) -> Result<MemberDone> {
        let request = ChangeMemberRequest {
            conversation_id: operation.conversation_id.to_string(),
            operator_id: operation.operator_id.to_string(),
            operator_role: wire_role(operation.role),
            user_id: user_id.to_string(),
            change: Some(match wish {
                MemberWish::Role(role) => Change::NewRole(wire_role(role)),
                MemberWish::Muted(muted) => Change::Muted(muted),
            }),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).change_member(request).await }
        };
        let answer = self.0.once(call).await?;
        Ok(MemberDone {
            conversation: answer.conversation.map(TryInto::try_into).transpose()?,
            member_version: answer.member_version,
        })
    }

    /// Ends the user's own membership.
    pub(crate) async fn leave_conversation(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
    ) -> Result<Left> {
        let request = LeaveConversationRequest {
            conversation_id: conversation_id.to_string(),
            user_id: user_id.to_string(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).leave_conversation(request).await }
        };
        let answer = self.0.once(call).await?;
        Ok(Left {
            system_message: answer.system_message.map(TryInto::try_into).transpose()?,
            member_version: answer.member_version,
        })
    }

    /// The user's listed conversations whose shown names contain the query, those that begin with it first.
    pub(crate) async fn search_conversations(
        &self,
        user_id: &UserId,
        search: Search,
    ) -> Result<Vec<ConversationDetails>> {
        let request = SearchUserConversationsRequest {
            user_id: user_id.to_string(),
            query: search.query,
            type_filter: search.kind.map_or(0, |kind| types::ConversationType::from(kind).into()),
            limit: wire_limit(search.limit),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).search_user_conversations(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        answer.conversations.into_iter().map(TryInto::try_into).collect()
    }
}

pub(super) fn wire_role(role: Role) -> i32 {
    types::ConversationMemberRole::from(role).into()
}
