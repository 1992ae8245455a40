//! Who is in a conversation.

use std::collections::HashSet;

use protos::ids::{ConversationId, UserId};
use protos::model::limits::{GROUP_MAX_MEMBERS, READ_POINTERS_MAX_MEMBERS};
use protos::model::{ChatEvent, Conversation, ConversationShown, ConversationType, Member, Role};
use protos::{Reason, Result};

use super::announce::Announcement;
use super::{Conversations, policy};
use crate::detached::detached;
use crate::repo::{MemberChange, MemberPage, MembersChanged, Operation, Page};

impl Conversations {
    /// Adds users to a group. Who is a member already is neither added nor failed.
    ///
    /// # Errors
    /// See [`policy::add_members`]; `CONVERSATION_NOT_FOUND`, `CONVERSATION_FULL`.
    pub(crate) async fn add_members(
        &self,
        operator_id: UserId,
        conversation_id: ConversationId,
        user_ids: Vec<UserId>,
        wish: Option<Role>,
    ) -> Result<MembersChanged> {
        let details = self.repo.conversation_for(&operator_id, &conversation_id).await?;
        let role = policy::add_members(details.conversation.kind, Some(details.membership.role), wish)?;
        if user_ids.len() > GROUP_MAX_MEMBERS {
            return Err(policy::conversation_full());
        }
        let operation = Operation { operator_id, conversation_id, role: policy::role_over(role) };
        self.change(operation, MemberChange::Add(distinct(user_ids), role)).await
    }

    /// Removes users from a group. To go oneself is to leave, not to be removed.
    ///
    /// # Errors
    /// See [`policy::remove_members`]; `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn remove_members(
        &self,
        operator_id: UserId,
        conversation_id: ConversationId,
        user_ids: Vec<UserId>,
    ) -> Result<MembersChanged> {
        let details = self.repo.conversation_for(&operator_id, &conversation_id).await?;
        let up_to = policy::remove_members(details.conversation.kind, Some(details.membership.role))?;
        let mut user_ids = distinct(user_ids);
        let asked = user_ids.len();
        user_ids.retain(|user_id| *user_id != operator_id);
        let own = (user_ids.len() < asked).then(|| (operator_id.clone(), Reason::Forbidden));
        let mut changed = if user_ids.is_empty() {
            MembersChanged::nobody()
        } else {
            let operation = Operation { operator_id, conversation_id, role: policy::role_over(up_to) };
            self.change(operation, MemberChange::Remove(user_ids, up_to)).await?
        };
        changed.failed.extend(own);
        Ok(changed)
    }

    /// A part of the list of members, for a member.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn members(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
        page: &MemberPage,
    ) -> Result<Page<Member>> {
        let details = self.repo.conversation_for(user_id, conversation_id).await?;
        self.members_of(&details.conversation, page).await
    }

    /// A part of the list of members; large conversations do not tell how far each has read.
    pub(super) async fn members_of(
        &self,
        conversation: &Conversation,
        page: &MemberPage,
    ) -> Result<Page<Member>> {
        let mut members = self.repo.members(&conversation.id, page).await?;
        if !tells_read_pointers(conversation) {
            members.items.iter_mut().for_each(|member| member.last_read = Default::default());
        }
        Ok(members)
    }

    /// Changes the members, and tells of it: those added learn of the conversation first, those removed are told too.
    async fn change(&self, operation: Operation, change: MemberChange) -> Result<MembersChanged> {
        let adds = matches!(change, MemberChange::Add(..));
        // Whoever else is named is no member.
        let named = change.user_ids().len().min(GROUP_MAX_MEMBERS);
        let mut told = Announcement::reserve(&self.fanout, &operation.conversation_id, 3, named)?;
        let repo = self.repo.clone();
        detached(async move {
            let changed = repo.change_members(&operation, change, GROUP_MAX_MEMBERS).await?;
            let Some(conversation) = changed.conversation.clone() else { return Ok(changed) };
            let event = protos::model::MembersChanged {
                conversation_id: operation.conversation_id,
                user_ids: changed.changed.clone(),
                operator_id: operation.operator_id,
            };
            if adds {
                let shown = ConversationShown { conversation, peer: None };
                told.tell_users(ChatEvent::ConversationCreated(Box::new(shown)), &changed.changed);
                told.message(changed.system_message.clone(), changed.member_version);
                told.tell_members(ChatEvent::MembersAdded(event), changed.member_version);
            } else {
                told.message(changed.system_message.clone(), changed.member_version);
                let event = ChatEvent::MembersRemoved(event);
                told.tell_members(event.clone(), changed.member_version);
                told.tell_users(event, &changed.changed);
            }
            told.arrived().await;
            Ok(changed)
        })
        .await
    }
}

/// WORLD and large groups keep them to themselves.
fn tells_read_pointers(conversation: &Conversation) -> bool {
    match conversation.kind {
        ConversationType::Single => true,
        ConversationType::Group => conversation.member_count <= READ_POINTERS_MAX_MEMBERS,
        ConversationType::World => false,
    }
}

/// Each once, in order of first appearance.
fn distinct(user_ids: Vec<UserId>) -> Vec<UserId> {
    let mut seen = HashSet::new();
    user_ids.into_iter().filter(|user_id| seen.insert(user_id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_pointers_are_told_in_singles_and_small_groups() {
        let conversation = |kind, member_count| Conversation {
            id: "c".into(),
            kind,
            name: String::new(),
            avatar_url: String::new(),
            description: String::new(),
            owner_id: None,
            member_count,
            created_at: 0,
            updated_at: 0,
        };
        assert!(tells_read_pointers(&conversation(ConversationType::Single, 2)));
        assert!(tells_read_pointers(&conversation(ConversationType::Group, 100)));
        assert!(!tells_read_pointers(&conversation(ConversationType::Group, 101)));
        assert!(!tells_read_pointers(&conversation(ConversationType::World, 1)));
    }

    #[test]
    fn users_named_twice_count_once() {
        assert_eq!(distinct(vec!["b".into(), "a".into(), "b".into()]), ["b".into(), "a".into()]);
    }
}
