//! An account's conversations and their members.

use protos::ids::{ConversationId, UserId};
use protos::model::ConversationType;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Account;
use super::call::{Call, Nothing};
use crate::model::{Conversation, Member, Page};
use crate::{Error, Result};

/// A group that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGroup {
    /// 1 to 100 characters.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Its members; the maker is one anyhow.
    pub members: Vec<UserId>,
}

impl Account {
    /// A page of this user's conversations, newest activity first. `page` counts from 1; `size` is at most 100.
    ///
    /// # Errors
    /// No answer.
    pub async fn conversations(&self, page: u32, size: u32) -> Result<Page<Conversation>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Listed {
            conversations: Vec<Conversation>,
            #[serde(default)]
            has_more: bool,
        }
        let call = Call::get(&["conversations"]).query("page", page).query("size", size);
        let listed: Listed = self.call(call).await?;
        Ok(Page { items: listed.conversations, has_more: listed.has_more })
    }

    /// One conversation with its members.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, also for one that this user is not a member of; no answer.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Conversation> {
        self.call(Call::get(&["conversations", id.as_str()])).await
    }

    /// The conversation with one other user: the one there is, or a new one.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `INVALID_PARAMETER` for oneself; no answer.
    pub async fn open_single(&self, other: &UserId) -> Result<Conversation> {
        self.create(json!({ "type": ConversationType::Single as i32, "members": [other] })).await
    }

    /// Makes a group that this user owns.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for its name, `USER_NOT_FOUND`, `CONVERSATION_FULL`, `GUEST_NOT_ALLOWED`; no answer.
    pub async fn create_group(&self, new: &NewGroup) -> Result<Conversation> {
        let body = json!({
            "type": ConversationType::Group as i32, "name": new.name, "description": new.description,
            "members": new.members,
        });
        self.create(body).await
    }

    /// Joins the WORLD conversation; harmless when this user has joined before.
    ///
    /// # Errors
    /// No answer.
    pub async fn join_world(&self) -> Result<Conversation> {
        self.call(Call::post(&["conversations", "world", "join"], json!({}))).await
    }

    /// A page of a conversation's members. `page` counts from 1; `size` is at most 500.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`; no answer.
    pub async fn members(&self, id: &ConversationId, page: u32, size: u32) -> Result<Page<Member>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Listed {
            members: Vec<Member>,
            #[serde(default)]
            has_more: bool,
        }
        let path = ["conversations", id.as_str(), "members"];
        let listed: Listed = self.call(Call::get(&path).query("page", page).query("size", size)).await?;
        Ok(Page { items: listed.members, has_more: listed.has_more })
    }

    /// Adds users to a group.
    ///
    /// # Errors
    /// What the first user failed for who could not be added; `INSUFFICIENT_PERMISSION`, `FORBIDDEN`,
    /// `CONVERSATION_NOT_FOUND`, `CONVERSATION_FULL`; no answer.
    pub async fn add_members(&self, id: &ConversationId, users: &[UserId]) -> Result<()> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Added {
            #[serde(default)]
            failed_users: Vec<Failed>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Failed {
            user_id: UserId,
            reason: String,
        }
        let path = ["conversations", id.as_str(), "members"];
        let added: Added = self.call(Call::post(&path, json!({ "members": users }))).await?;
        added.failed_users.into_iter().next().map_or(Ok(()), |failed| {
            let why = format!("user {} was not added", failed.user_id);
            Err(Error::Refused(protos::Error::from_wire(&failed.reason, why)))
        })
    }

    /// Removes a user from a group.
    ///
    /// # Errors
    /// `NOT_CONVERSATION_MEMBER`, `INSUFFICIENT_PERMISSION`, `FORBIDDEN`, `CONVERSATION_NOT_FOUND`; no answer.
    pub async fn remove_member(&self, id: &ConversationId, user: &UserId) -> Result<()> {
        let path = ["conversations", id.as_str(), "members", user.as_str()];
        self.call::<Nothing>(Call::delete(&path)).await.map(drop)
    }

    async fn create(&self, body: Value) -> Result<Conversation> {
        self.call(Call::post(&["conversations"], body)).await
    }
}
