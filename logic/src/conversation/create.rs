//! Making conversations, and joining the one that is there for all.

use std::collections::HashSet;

use protos::ids::UserId;
use protos::model::{
    ChatEvent, Conversation, ConversationDetails, ConversationShown, ConversationType, User, UserStatus,
};
use protos::{Error, Result};

use super::announce::Announcement;
use super::{Conversations, policy};
use crate::detached::detached;
use crate::fanout::Fanout;
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
        let participants = self.participants(&new).await?;
        let creator_is_guest = participants.iter().any(|user| user.id == new.creator_id && user.is_guest);
        policy::may_create(new.kind, creator_is_guest)?;
        if new.kind == ConversationType::Single {
            // It bears the other user's name.
            (new.name, new.avatar_url, new.description) = Default::default();
        }
        let creator_id = new.creator_id.clone();
        let (repo, fanout) = (self.repo.clone(), self.fanout.clone());
        let id = detached(async move {
            let (conversation, existing) = repo.create_conversation(new).await?;
            let id = conversation.id.clone();
            if !existing {
                tell_of_new(&fanout, conversation, &participants).await;
            }
            Ok(id)
        })
        .await?;
        self.repo.conversation_for(&creator_id, &id).await
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
    async fn participants(&self, new: &NewConversation) -> Result<Vec<User>> {
        let mut user_ids = new.member_ids.clone();
        user_ids.push(new.creator_id.clone());
        let users = self.repo.users(&user_ids).await?;
        let there = users.iter().filter(|user| user.status != UserStatus::Deleted).count();
        if there < user_ids.len() {
            return Err(Error::user_not_found());
        }
        Ok(users)
    }
}

/// Tells all members of a new conversation. Its shard is known only now, so there may be no room any more: then they learn of it by
/// its first message.
async fn tell_of_new(fanout: &Fanout, conversation: Conversation, participants: &[User]) {
    let mut told = match Announcement::reserve(fanout, &conversation.id, 2, 0) {
        Ok(told) => told,
        Err(error) => {
            tracing::warn!(%error, "nobody is told of a new conversation");
            return;
        }
    };
    for (shown, users) in shown_to(conversation, participants) {
        told.tell_users(ChatEvent::ConversationCreated(Box::new(shown)), &users);
    }
    told.arrived().await;
}

/// What each member sees of a new conversation: of a SINGLE each the other's name and picture.
fn shown_to(conversation: Conversation, participants: &[User]) -> Vec<(ConversationShown, Vec<UserId>)> {
    match (conversation.kind, participants) {
        (ConversationType::Single, [one, other]) => [(one, other), (other, one)]
            .map(|(user, peer)| {
                let conversation = Conversation {
                    name: peer.username.clone(),
                    avatar_url: peer.avatar_url.clone(),
                    ..conversation.clone()
                };
                (ConversationShown { conversation, peer: Some(peer.info()) }, vec![user.id.clone()])
            })
            .into(),
        _ => {
            let users = participants.iter().map(|user| user.id.clone()).collect();
            vec![(ConversationShown { conversation, peer: None }, users)]
        }
    }
}
