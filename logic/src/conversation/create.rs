//! Making conversations, and joining the one that is there for all.

use std::collections::HashSet;

use protos::ids::UserId;
use protos::model::{ConversationDetails, ConversationType, UserStatus};
use protos::{Error, Result};

use super::{Conversations, policy};
use crate::repo::NewConversation;

impl Conversations {
    /// Makes a conversation; a second SINGLE of the same two users is the first.
    ///
    /// # Errors
    /// See [`policy::may_create`] and [`policy::is_well_formed`]; `USER_NOT_FOUND`.
    pub(crate) async fn create(&self, mut new: NewConversation) -> Result<ConversationDetails> {
        let mut known = HashSet::from([new.creator_id.clone()]);
        new.member_ids.retain(|user_id| known.insert(user_id.clone()));
        policy::may_create(new.kind, false)?;
        policy::is_well_formed(new.kind, &new.name, new.member_ids.len())?;
        policy::may_create(new.kind, self.creator_is_guest(&new).await?)?;
        if new.kind == ConversationType::Single {
            // It bears the other user's name.
            (new.name, new.avatar_url, new.description) = Default::default();
        }
        let creator_id = new.creator_id.clone();
        let conversation = self.repo.create_conversation(new).await?;
        self.repo.conversation_for(&creator_id, &conversation.id).await
    }

    /// Puts the user into WORLD.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`.
    pub(crate) async fn join_world(&self, user_id: &UserId) -> Result<ConversationDetails> {
        let world = self.repo.join_world(user_id).await?;
        // Told even when they had joined before: it mends what a gateway may have missed.
        self.gateways.set_world(user_id, true).await;
        self.repo.conversation_for(user_id, &world).await
    }

    /// Looks everybody up, in one call.
    async fn creator_is_guest(&self, new: &NewConversation) -> Result<bool> {
        let mut user_ids = new.member_ids.clone();
        user_ids.push(new.creator_id.clone());
        let users = self.repo.users(&user_ids).await?;
        let there = users.iter().filter(|user| user.status != UserStatus::Deleted).count();
        if there < user_ids.len() {
            return Err(Error::user_not_found());
        }
        Ok(users.iter().any(|user| user.id == new.creator_id && user.is_guest))
    }
}
