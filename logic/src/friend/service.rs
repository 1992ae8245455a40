//! `im.logic.v1.FriendService`: contacts; of the rest its surface only.

use kit::grpc::reply;
use protos::ids::UserId;
use protos::pb::logic::friend_service_server::FriendService;
use protos::pb::logic::{
    BlockUserRequest, BlockUserResponse, GetBlockedRequest, GetBlockedResponse, GetContactsRequest,
    GetContactsResponse, GetFriendRequestsRequest, GetFriendRequestsResponse, GetFriendsRequest,
    GetFriendsResponse, HandleFriendRequestRequest, HandleFriendRequestResponse, RemoveFriendRequest,
    RemoveFriendResponse, SendFriendRequestRequest, SendFriendRequestResponse, UnblockUserRequest,
    UnblockUserResponse,
};
use tonic::{Request, Response, Status};

use crate::repo::Repo;

/// The service's front.
pub(crate) struct FriendRpc(pub(crate) Repo);

fn later<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("friends come later"))
}

#[tonic::async_trait]
impl FriendService for FriendRpc {
    async fn get_friends(
        &self,
        _: Request<GetFriendsRequest>,
    ) -> Result<Response<GetFriendsResponse>, Status> {
        later()
    }

    async fn get_friend_requests(
        &self,
        _: Request<GetFriendRequestsRequest>,
    ) -> Result<Response<GetFriendRequestsResponse>, Status> {
        later()
    }

    async fn send_friend_request(
        &self,
        _: Request<SendFriendRequestRequest>,
    ) -> Result<Response<SendFriendRequestResponse>, Status> {
        later()
    }

    async fn handle_friend_request(
        &self,
        _: Request<HandleFriendRequestRequest>,
    ) -> Result<Response<HandleFriendRequestResponse>, Status> {
        later()
    }

    async fn remove_friend(
        &self,
        _: Request<RemoveFriendRequest>,
    ) -> Result<Response<RemoveFriendResponse>, Status> {
        later()
    }

    async fn block_user(&self, _: Request<BlockUserRequest>) -> Result<Response<BlockUserResponse>, Status> {
        later()
    }

    async fn unblock_user(
        &self,
        _: Request<UnblockUserRequest>,
    ) -> Result<Response<UnblockUserResponse>, Status> {
        later()
    }

    async fn get_blocked(
        &self,
        _: Request<GetBlockedRequest>,
    ) -> Result<Response<GetBlockedResponse>, Status> {
        later()
    }

    async fn get_contacts(
        &self,
        request: Request<GetContactsRequest>,
    ) -> Result<Response<GetContactsResponse>, Status> {
        let user_id = UserId::parse("user_id", request.into_inner().user_id)?;
        let found = self.0.contacts(&user_id).await;
        reply(
            found.map(|found| GetContactsResponse { user_ids: found.into_iter().map(Into::into).collect() }),
        )
    }
}
