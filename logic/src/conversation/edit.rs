//! Changing and deleting a conversation.

use protos::Result;
use protos::ids::{ConversationId, UserId};
use protos::model::{ChatEvent, ConversationDetails, ConversationShown};

use super::announce::Announcement;
use super::{Conversations, policy};
use crate::detached::detached;
use crate::repo::{Edit, Operation};

impl Conversations {
    /// Changes a group; a new name is told by a SYSTEM message.
    ///
    /// # Errors
    /// See [`policy::edit`]; `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn edit(
        &self,
        operator_id: UserId,
        conversation_id: ConversationId,
        edit: Edit,
    ) -> Result<ConversationDetails> {
        let details = self.repo.conversation_for(&operator_id, &conversation_id).await?;
        let role = policy::edit(details.conversation.kind, Some(details.membership.role))?;
        let mut told = Announcement::reserve(&self.fanout, &conversation_id, 2, 1)?;
        let operation = Operation { operator_id, conversation_id, role };
        let (repo, done) = (self.repo.clone(), operation.clone());
        detached(async move {
            let edited = repo.edit_conversation(&operation, edit).await?;
            told.message(edited.system_message, edited.member_version);
            if edited.changed {
                let shown = ConversationShown { conversation: edited.conversation, peer: None };
                told.tell_members(ChatEvent::ConversationUpdated(Box::new(shown)), edited.member_version);
            }
            told.arrived().await;
            Ok(())
        })
        .await?;
        self.repo.conversation_for(&done.operator_id, &done.conversation_id).await
    }

    /// Deletes a group for all, or hides a SINGLE from the caller's lists until a new message comes.
    ///
    /// # Errors
    /// See [`policy::delete`]; `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn delete(&self, operator_id: UserId, conversation_id: ConversationId) -> Result<()> {
        let details = self.repo.conversation_for(&operator_id, &conversation_id).await?;
        let role = policy::delete(details.conversation.kind, Some(details.membership.role))?;
        let mut told = Announcement::reserve(&self.fanout, &conversation_id, 1, 0)?;
        let (repo, operation) = (self.repo.clone(), Operation { operator_id, conversation_id, role });
        detached(async move {
            let former = repo.delete_conversation(&operation).await?;
            if !former.is_empty() {
                told.tell_users(ChatEvent::ConversationDeleted(operation.conversation_id), &former);
            }
            told.arrived().await;
            Ok(())
        })
        .await
    }
}
