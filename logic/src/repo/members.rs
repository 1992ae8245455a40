//! Who is in a conversation.

use protos::ids::{ConversationId, UserId};
use protos::model::{Member, Message, Role};
use protos::pb::repo::conversation_service_client::ConversationServiceClient;
use protos::pb::repo::{ChangeMembersRequest, GetConversationMembersRequest, GetMemberIdsRequest};
use protos::pb::types;
use protos::{Reason, Result};

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
}

impl MembersChanged {
    /// Nobody came, nobody went.
    pub(crate) fn nobody() -> Self {
        Self { changed: Vec::new(), failed: Vec::new(), system_message: None, member_version: 0 }
    }
}

/// Everybody in a conversation, at one version of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemberIds {
    pub(crate) user_ids: Vec<UserId>,
    pub(crate) version: i64,
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
            role_filter: page.role.map_or(0, |role| types::ConversationMemberRole::from(role).into()),
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
        let user_ids = answer.user_ids.into_iter().map(Into::into).collect();
        Ok(MemberIds { user_ids, version: answer.member_version })
    }

    /// Adds or removes members and stores the SYSTEM message that tells of it.
    pub(crate) async fn change_members(
        &self,
        conversation_id: &ConversationId,
        operator_id: &UserId,
        change: MemberChange,
        max_members: usize,
    ) -> Result<MembersChanged> {
        let mut request = ChangeMembersRequest {
            conversation_id: conversation_id.to_string(),
            operator_id: operator_id.to_string(),
            max_members: i32::try_from(max_members).unwrap_or(i32::MAX),
            ..Default::default()
        };
        match change {
            MemberChange::Add(user_ids, role) => {
                request.add_user_ids = user_ids.into_iter().map(Into::into).collect();
                request.add_role = types::ConversationMemberRole::from(role).into();
            }
            MemberChange::Remove(user_ids, up_to) => {
                request.remove_user_ids = user_ids.into_iter().map(Into::into).collect();
                request.remove_up_to_role = types::ConversationMemberRole::from(up_to).into();
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
        })
    }
}
