//! Conversations and read pointers.

use std::collections::HashMap;

use protos::Result;
use protos::convert::required;
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{Conversation, ConversationDetails, ConversationType};
use protos::pb::repo::conversation_service_client::ConversationServiceClient;
use protos::pb::repo::{
    BatchGetUnreadCountsRequest, CreateConversationRequest, GetConversationForUserRequest,
    GetUnreadCountRequest, GetUserConversationsWithDetailsRequest, JoinWorldRequest,
    UpdateReadPointerRequest,
};
use protos::pb::types;

use super::{Repo, client};

/// A conversation to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewConversation {
    pub(crate) kind: ConversationType,
    pub(crate) name: String,
    pub(crate) avatar_url: String,
    pub(crate) description: String,
    /// Who creates it, and owns it if it is a group.
    pub(crate) creator_id: UserId,
    /// The others.
    pub(crate) member_ids: Vec<UserId>,
}

/// Which part of a user's list of conversations.
#[derive(Clone, Debug)]
pub(crate) struct ConversationPage {
    pub(crate) offset: i64,
    pub(crate) limit: u32,
    pub(crate) kind: Option<ConversationType>,
    pub(crate) with_last_message: bool,
}

/// Where a read pointer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadUpTo {
    /// Last seq − read pointer.
    pub(crate) unread: i64,
    pub(crate) seq: Seq,
    /// False: it stood there before.
    pub(crate) moved: bool,
    /// The member list's version when it moved.
    pub(crate) member_version: i64,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// How many the whole list has.
    pub(crate) total: i64,
    pub(crate) has_more: bool,
}

impl Repo {
    /// Stores a conversation, or finds the SINGLE that was there before: then the second half is true.
    pub(crate) async fn create_conversation(&self, new: NewConversation) -> Result<(Conversation, bool)> {
        let kind = new.kind;
        let request = CreateConversationRequest {
            r#type: types::ConversationType::from(new.kind).into(),
            name: new.name,
            avatar_url: new.avatar_url,
            description: new.description,
            owner_id: new.creator_id.into(),
            member_ids: new.member_ids.into_iter().map(Into::into).collect(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).create_conversation(request).await }
        };
        let answer = match kind {
            ConversationType::Single => self.0.idempotent(None, call).await?,
            ConversationType::Group | ConversationType::World => self.0.once(call).await?,
        };
        Ok((required("the conversation", answer.conversation)?.try_into()?, answer.existing))
    }

    /// A conversation as `user_id` sees it; `CONVERSATION_NOT_FOUND` for who is not a member.
    pub(crate) async fn conversation_for(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
    ) -> Result<ConversationDetails> {
        let request = GetConversationForUserRequest {
            user_id: user_id.to_string(),
            conversation_id: conversation_id.to_string(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).get_conversation_for_user(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        required("the conversation", answer.details)?.try_into()
    }

    /// A part of a user's list of conversations, newest activity first.
    pub(crate) async fn conversations_of(
        &self,
        user_id: &UserId,
        page: &ConversationPage,
    ) -> Result<Page<ConversationDetails>> {
        let request = GetUserConversationsWithDetailsRequest {
            user_id: user_id.to_string(),
            offset: wire_offset(page.offset),
            limit: wire_limit(page.limit),
            type_filter: page.kind.map_or(0, |kind| types::ConversationType::from(kind).into()),
            include_last_message: page.with_last_message,
            include_sender_info: page.with_last_message,
        };
        let call = |channel| {
            let request = request.clone();
            async move {
                client!(ConversationServiceClient, channel).get_user_conversations_with_details(request).await
            }
        };
        let answer = self.0.idempotent(None, call).await?;
        let items = answer.conversations.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Ok(Page { items, total: answer.total, has_more: answer.has_more })
    }

    /// Makes the user a member of WORLD.
    pub(crate) async fn join_world(&self, user_id: &UserId) -> Result<ConversationId> {
        let request = JoinWorldRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).join_world(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(required("the conversation", answer.conversation)?.id.into())
    }

    /// Moves a read pointer on.
    pub(crate) async fn mark_as_read(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
        seq: Seq,
    ) -> Result<ReadUpTo> {
        let request = UpdateReadPointerRequest {
            user_id: user_id.to_string(),
            conversation_id: conversation_id.to_string(),
            seq_id: seq.0,
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).update_read_pointer(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(ReadUpTo {
            unread: answer.unread_count,
            seq: Seq(answer.seq_id),
            moved: answer.moved,
            member_version: answer.member_version,
        })
    }

    /// What is unread in one conversation.
    pub(crate) async fn unread_count(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
    ) -> Result<i64> {
        let request = GetUnreadCountRequest {
            user_id: user_id.to_string(),
            conversation_id: conversation_id.to_string(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).get_unread_count(request).await }
        };
        Ok(self.0.idempotent(None, call).await?.unread_count)
    }

    /// What is unread in every conversation of the user.
    pub(crate) async fn unread_counts(&self, user_id: &UserId) -> Result<HashMap<ConversationId, i64>> {
        let request =
            BatchGetUnreadCountsRequest { user_id: user_id.to_string(), conversation_ids: Vec::new() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(ConversationServiceClient, channel).batch_get_unread_counts(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.unread_counts.into_iter().map(|(id, count)| (id.into(), count)).collect())
    }
}

/// No list is so long that an offset beyond the wire's range has anything at it.
pub(super) fn wire_offset(offset: i64) -> i32 {
    i32::try_from(offset).unwrap_or(i32::MAX)
}

pub(super) fn wire_limit(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
