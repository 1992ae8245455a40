//! Friends, friend requests and blocks.

use protos::Result;
use protos::convert::required;
use protos::ids::{ConversationId, FriendRequestId, UserId};
use protos::model::{FriendRequest, UserInfo};
use protos::pb::logic as pb;
use protos::pb::logic::friend_service_client::FriendServiceClient;

use super::{LogicClient, call, convert};

/// A friend request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnsweredRequest {
    /// How it stands now.
    pub(crate) request: FriendRequest,
    /// The SINGLE of the two, when it was accepted.
    pub(crate) conversation: Option<ConversationId>,
}

impl LogicClient {
    /// The user's friends by name.
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn friends(&self, user: &UserId) -> Result<Vec<UserInfo>> {
        let request = pb::GetFriendsRequest { user_id: user.to_string() };
        let answer = call!(self.pool, idempotent(None), FriendServiceClient, get_friends, request)?;
        Ok(convert::infos(answer.friends))
    }

    /// The requests that wait for an answer, newest first; `kind` is `received` or `sent`.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for another kind.
    pub(crate) async fn friend_requests(&self, user: &UserId, kind: String) -> Result<Vec<FriendRequest>> {
        let request = pb::GetFriendRequestsRequest { user_id: user.to_string(), r#type: kind };
        let answer = call!(self.pool, idempotent(None), FriendServiceClient, get_friend_requests, request)?;
        answer.requests.into_iter().map(TryInto::try_into).collect()
    }

    /// Asks somebody to be a friend.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`, `USER_NOT_FOUND`, `FORBIDDEN`, `FRIEND_REQUEST_ALREADY_EXISTS`, `INVALID_PARAMETER`.
    pub(crate) async fn send_friend_request(
        &self,
        user: &UserId,
        target: &UserId,
        message: String,
    ) -> Result<FriendRequest> {
        let request = pb::SendFriendRequestRequest {
            user_id: user.to_string(),
            target_user_id: target.to_string(),
            message,
        };
        let answer = call!(self.pool, once(), FriendServiceClient, send_friend_request, request)?;
        required("the request", answer.request)?.try_into()
    }

    /// Answers a request; `action` is `accept` or `reject`.
    ///
    /// # Errors
    /// `FRIEND_REQUEST_NOT_FOUND`, `INVALID_PARAMETER` for another action.
    pub(crate) async fn handle_friend_request(
        &self,
        user: &UserId,
        id: &FriendRequestId,
        action: String,
    ) -> Result<AnsweredRequest> {
        let request =
            pb::HandleFriendRequestRequest { user_id: user.to_string(), request_id: id.to_string(), action };
        let answer = call!(self.pool, idempotent(None), FriendServiceClient, handle_friend_request, request)?;
        Ok(AnsweredRequest {
            request: required("the request", answer.request)?.try_into()?,
            conversation: Some(answer.conversation_id).filter(|id| !id.is_empty()).map(Into::into),
        })
    }

    /// Ends a friendship.
    ///
    /// # Errors
    /// `USER_NOT_FOUND` for who is no friend.
    pub(crate) async fn remove_friend(&self, user: &UserId, friend: &UserId) -> Result<()> {
        let request = pb::RemoveFriendRequest { user_id: user.to_string(), friend_id: friend.to_string() };
        call!(self.pool, once(), FriendServiceClient, remove_friend, request).map(drop)
    }

    /// Blocks a user.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `INVALID_PARAMETER` for oneself.
    pub(crate) async fn block_user(&self, user: &UserId, target: &UserId) -> Result<()> {
        let request = pb::BlockUserRequest { user_id: user.to_string(), target_user_id: target.to_string() };
        call!(self.pool, idempotent(None), FriendServiceClient, block_user, request).map(drop)
    }

    /// Takes a block back.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `INVALID_PARAMETER` for oneself.
    pub(crate) async fn unblock_user(&self, user: &UserId, target: &UserId) -> Result<()> {
        let request =
            pb::UnblockUserRequest { user_id: user.to_string(), target_user_id: target.to_string() };
        call!(self.pool, idempotent(None), FriendServiceClient, unblock_user, request).map(drop)
    }

    /// Whom the user has blocked, the newest block first.
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn blocked_users(&self, user: &UserId) -> Result<Vec<UserInfo>> {
        let request = pb::GetBlockedRequest { user_id: user.to_string() };
        let answer = call!(self.pool, idempotent(None), FriendServiceClient, get_blocked, request)?;
        Ok(convert::infos(answer.users))
    }

    /// Which of the others are contacts of the user: friends, or the other user of a SINGLE.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for more than 100.
    pub(crate) async fn contacts_among(&self, user: &UserId, others: &[UserId]) -> Result<Vec<UserId>> {
        let request = pb::FilterContactsRequest {
            user_id: user.to_string(),
            user_ids: others.iter().map(ToString::to_string).collect(),
        };
        let answer = call!(self.pool, idempotent(None), FriendServiceClient, filter_contacts, request)?;
        Ok(answer.user_ids.into_iter().map(Into::into).collect())
    }
}
