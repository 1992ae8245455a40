//! Friends, friend requests and blocks.

use protos::Result;
use protos::convert::required;
use protos::ids::{ConversationId, FriendRequestId, UserId};
use protos::model::{FriendRequest, UserInfo};
use protos::pb::repo::friend_service_client::FriendServiceClient;
use protos::pb::repo::{
    AnswerFriendRequestRequest, BlockUserRequest, CreateFriendRequestRequest, FilterContactsRequest,
    GetBlockedRequest, GetFriendRequestsRequest, GetFriendsRequest, RemoveFriendRequest, UnblockUserRequest,
};

use super::{Repo, client};

/// What an answer to a friend request came to.
#[derive(Clone, Debug)]
pub(crate) struct AnsweredRequest {
    pub(crate) request: FriendRequest,
    /// The SINGLE of the two, when it was accepted.
    pub(crate) conversation_id: Option<ConversationId>,
    /// True while they are friends.
    pub(crate) friends: bool,
}

impl Repo {
    /// A user's friends by name.
    pub(crate) async fn friends(&self, user_id: &UserId) -> Result<Vec<UserInfo>> {
        let request = GetFriendsRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).get_friends(request).await }
        };
        Ok(infos(self.0.idempotent(None, call).await?.friends))
    }

    /// The requests that wait for an answer, newest first: those that the user sent, or those that they received.
    pub(crate) async fn friend_requests(&self, user_id: &UserId, sent: bool) -> Result<Vec<FriendRequest>> {
        let request = GetFriendRequestsRequest { user_id: user_id.to_string(), sent };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).get_friend_requests(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        answer.requests.into_iter().map(TryInto::try_into).collect()
    }

    /// Stores a request; `FRIEND_REQUEST_ALREADY_EXISTS`, `FORBIDDEN` where a block stands between the two.
    pub(crate) async fn create_friend_request(
        &self,
        from: &UserId,
        to: &UserId,
        message: &str,
    ) -> Result<FriendRequest> {
        let request = CreateFriendRequestRequest {
            from_user_id: from.to_string(),
            to_user_id: to.to_string(),
            message: message.to_owned(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).create_friend_request(request).await }
        };
        required("the request", self.0.once(call).await?.request)?.try_into()
    }

    /// Answers a request; the same answer again does no harm. `FRIEND_REQUEST_NOT_FOUND` for who is not its receiver.
    pub(crate) async fn answer_friend_request(
        &self,
        id: &FriendRequestId,
        user_id: &UserId,
        accept: bool,
    ) -> Result<AnsweredRequest> {
        let request =
            AnswerFriendRequestRequest { request_id: id.to_string(), user_id: user_id.to_string(), accept };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).answer_friend_request(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(AnsweredRequest {
            request: required("the request", answer.request)?.try_into()?,
            conversation_id: Some(answer.conversation_id).filter(|id| !id.is_empty()).map(Into::into),
            friends: answer.friends,
        })
    }

    /// Ends a friendship; false when there was none.
    pub(crate) async fn remove_friend(&self, user_id: &UserId, friend_id: &UserId) -> Result<bool> {
        let request = RemoveFriendRequest { user_id: user_id.to_string(), friend_id: friend_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).remove_friend(request).await }
        };
        Ok(self.0.once(call).await?.removed)
    }

    /// Blocks a user; doing so twice does no harm.
    pub(crate) async fn block_user(&self, blocker: &UserId, blocked: &UserId) -> Result<()> {
        let request = BlockUserRequest { blocker_id: blocker.to_string(), blocked_id: blocked.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).block_user(request).await }
        };
        self.0.idempotent(None, call).await.map(drop)
    }

    /// Takes a block back, if there is one.
    pub(crate) async fn unblock_user(&self, blocker: &UserId, blocked: &UserId) -> Result<()> {
        let request = UnblockUserRequest { blocker_id: blocker.to_string(), blocked_id: blocked.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).unblock_user(request).await }
        };
        self.0.idempotent(None, call).await.map(drop)
    }

    /// Whom a user has blocked, the newest block first.
    pub(crate) async fn blocked_users(&self, user_id: &UserId) -> Result<Vec<UserInfo>> {
        let request = GetBlockedRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).get_blocked(request).await }
        };
        Ok(infos(self.0.idempotent(None, call).await?.users))
    }

    /// Which of the others are friends of the user, or the other user of a SINGLE.
    pub(crate) async fn contacts_among(&self, user_id: &UserId, others: &[UserId]) -> Result<Vec<UserId>> {
        let request = FilterContactsRequest {
            user_id: user_id.to_string(),
            user_ids: others.iter().map(ToString::to_string).collect(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).filter_contacts(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.user_ids.into_iter().map(Into::into).collect())
    }
}

fn infos(users: Vec<protos::pb::types::UserInfo>) -> Vec<UserInfo> {
    users.into_iter().map(Into::into).collect()
}
