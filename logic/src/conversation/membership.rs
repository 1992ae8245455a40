//! What becomes of one member: their role, whether they may write, and leaving.

use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::model::{ChatEvent, ConversationShown, ConversationType, MembersChanged};

use super::announce::Announcement;
use super::{Conversations, policy};
use crate::detached::detached;
use crate::repo::{MemberWish, Operation};

impl Conversations {
    /// Gives a member of a group another role, or mutes them.
    ///
    /// # Errors
    /// See [`policy::change_role`] and [`policy::mute`]; `CONVERSATION_NOT_FOUND`, `NOT_CONVERSATION_MEMBER`,
    /// `INSUFFICIENT_PERMISSION` for muting whose role is not lower, `FORBIDDEN` for an owner who would become less.
    pub(crate) async fn change_member(
        &self,
        operator_id: UserId,
        conversation_id: ConversationId,
        user_id: UserId,
        wish: MemberWish,
    ) -> Result<()> {
        let details = self.repo.conversation_for(&operator_id, &conversation_id).await?;
        let (kind, role) = (details.conversation.kind, Some(details.membership.role));
        let role = match wish {
            MemberWish::Role(_) => policy::change_role(kind, role)?,
            MemberWish::Muted(_) => policy::mute(kind, role)?,
        };
        let mut told = Announcement::reserve(&self.fanout, &conversation_id, 1, 0)?;
        let (repo, operation) = (self.repo.clone(), Operation { operator_id, conversation_id, role });
        detached(async move {
            let done = repo.change_member(&operation, &user_id, wish).await?;
            if let Some(conversation) = done.conversation {
                let shown = ConversationShown { conversation, peer: None };
                told.tell_members(ChatEvent::ConversationUpdated(Box::new(shown)), done.member_version);
            }
            told.arrived().await;
            Ok(())
        })
        .await
    }

    /// Ends the user's own membership of a group or of WORLD.
    ///
    /// # Errors
    /// See [`policy::leave`]; `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn leave(&self, user_id: UserId, conversation_id: ConversationId) -> Result<()> {
        let details = self.repo.conversation_for(&user_id, &conversation_id).await?;
        let kind = details.conversation.kind;
        policy::leave(kind, Some(details.membership.role))?;
        let mut told = Announcement::reserve(&self.fanout, &conversation_id, 3, 1)?;
        let (repo, gateways) = (self.repo.clone(), self.gateways.clone());
        detached(async move {
            let left = repo.leave_conversation(&user_id, &conversation_id).await?;
            told.message(left.system_message, left.member_version);
            // Thousands come to WORLD and go: nobody but the gateways is told of each.
            if kind == ConversationType::World {
                gateways.set_world(&user_id, false).await;
            }
            if kind == ConversationType::Group {
                let users = vec![user_id.clone()];
                let event = ChatEvent::MembersRemoved(MembersChanged {
                    conversation_id,
                    user_ids: users.clone(),
                    operator_id: user_id,
                });
                told.tell_members(event.clone(), left.member_version);
                told.tell_users(event, &users);
            }
            told.arrived().await;
            Ok(())
        })
        .await
    }
}
