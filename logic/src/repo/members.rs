//! Who is in a conversation.

use std::sync::Arc;

use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, Member, Message, Role};
use protos::pb::repo::conversation_service_client::ConversationServiceClient;
use protos::pb::repo::{ChangeMembersRequest, GetConversationMembersRequest, GetMemberIdsRequest};
use protos::pb::types;
use protos::{Reason, Result};

use super::changes::{Operation, wire_role};
use super::conversations::{Page, wire_limit, wire_offset};
use super::{Repo, client};

/// Which part of a conversation's list of members.
#[derive(Clone, Debug)]
pub(crate) struct MemberPage {
    pub(crate) offset: i64,
    pub(crate) limit: u32,
    pub(crate) role: Option<Role>,
}

/// Who is to come and who to go.
#[derive(Clone, Debug)]
pub(crate) enum MemberChange {
    /// These join, with this role.
    Add(Vec<UserId>, Role),
    /// These leave, unless their role is higher than this.
    Remove(Vec<UserId>, Role),
}

impl MemberChange {
    /// Whom it names.
    pub(crate) fn user_ids(&self) -> &[UserId] {
        let (Self::Add(user_ids, _) | Self::Remove(user_ids, _)) = self;
        user_ids
    }
}

/// What a change of members came to.
#[derive(Clone, Debug)]
pub(crate) struct MembersChanged {
    /// Who joined or left.
    pub(crate) changed: Vec<UserId>,
    /// Who did not, and why.
    pub(crate) failed: Vec<(UserId, Reason)>,
    /// `None` when nothing changed.
    pub(crate) system_message: Option<Message>,
    pub(crate) member_version: i64,
    /// As it is then; `None` when nothing changed.
    pub(crate) conversation: Option<Conversation>,
}

impl MembersChanged {
    /// Nobody came, nobody went.
    pub(crate) fn nobody() -> Self {
        Self {
            changed: Vec::new(),
            failed: Vec::new(),
            system_message: None,
            member_version: 0,
            conversation: None,
        }
    }
}

/// Everybody in a conversation, at one version of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemberIds {
    pub(crate) user_ids: Arc<[UserId]>,
    pub(crate) version: i64,
    /// Then they are two, and never others.
    pub(crate) is_single: bool,
}

impl Repo {
    /// A part of a conversation's list of members, without a look at who asks.
    pub(crate) async fn members(
        &self,
        conversation_id: &ConversationId,
        page: &MemberPage,
    ) -> Result<Page<Member>> {
        let request = GetConversationMembersRequest {
            conversation_id: conversation_id.to_string(),
            offset: wire_offset(page.offset),
            limit: wire_limit(page.limit),
            role_filter: page.role.map_or(0, wire_role),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).get_conversation_members(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        let items = answer.members.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Ok(Page { items, total: answer.total, has_more: answer.has_more })
    }

    /// Everybody who is to get a message now.
    pub(crate) async fn member_ids(&self, conversation_id: &ConversationId) -> Result<MemberIds> {
        let request = GetMemberIdsRequest { conversation_id: conversation_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).get_member_ids(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        let is_single = answer.r#type() == types::ConversationType::Single;
        let user_ids = answer.user_ids.into_iter().map(Into::into).collect();
        Ok(MemberIds { user_ids, version: answer.member_version, is_single })
    }

    /// Adds or removes members and stores the SYSTEM message that tells of it.
    pub(crate) async fn change_members(
        &self,
        operation: &Operation,
        change: MemberChange,
        max_members: usize,
    ) -> Result<MembersChanged> {
        let mut request = ChangeMembersRequest {
            conversation_id: operation.conversation_id.to_string(),
            operator_id: operation.operator_id.to_string(),
            operator_role: wire_role(operation.role),
            max_members: i32::try_from(max_members).unwrap_or(i32::MAX),
            ..Default::default()
        };
        match change {
            MemberChange::Add(user_ids, role) => {
                request.add_user_ids = user_ids.into_iter().map(Into::into).collect();
                request.add_role = wire_role(role);
            }
            MemberChange::Remove(user_ids, up_to) => {
                request.remove_user_ids = user_ids.into_iter().map(Into::into).collect();
                request.remove_up_to_role = wire_role(up_to);
            }
        }
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).change_members(request).await }
        };
        let answer = self.0.once(call).await?;
        let changed = answer.added_user_ids.into_iter().chain(answer.removed_user_ids);
        let failed = answer.failures.into_iter().map(|failure| {
            let reason = Reason::parse(&failure.reason).unwrap_or(Reason::InternalError);
            (failure.user_id.into(), reason)
        });
        Ok(MembersChanged {
            changed: changed.map(Into::into).collect(),
            failed: failed.collect(),
            system_message: answer.system_message.map(TryInto::try_into).transpose()?,
            member_version: answer.member_version,
            conversation: answer.conversation.map(TryInto::try_into).transpose()?,
        })
    }
}
