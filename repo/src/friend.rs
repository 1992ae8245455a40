//! `im.repo.v1.FriendService`, which comes later.

use protos::pb::repo::friend_service_server::FriendService;
use protos::pb::repo::{GetBlockedRequest, GetBlockedResponse, GetFriendsRequest, GetFriendsResponse};
use tonic::{Request, Response, Status};

/// Answers UNIMPLEMENTED.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Friends;

#[tonic::async_trait]
impl FriendService for Friends {
    async fn get_friends(
        &self,
        _: Request<GetFriendsRequest>,
    ) -> Result<Response<GetFriendsResponse>, Status> {
        Err(Status::unimplemented("friendships come later"))
    }

    async fn get_blocked(
        &self,
        _: Request<GetBlockedRequest>,
    ) -> Result<Response<GetBlockedResponse>, Status> {
        Err(Status::unimplemented("friendships come later"))
    }
}
