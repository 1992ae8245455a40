//! `im.repo.v1.FriendService`: contacts; friendships come later.

use kit::grpc::reply;
use protos::ids::UserId;
use protos::pb::repo::friend_service_server::FriendService;
use protos::pb::repo::{
    GetBlockedRequest, GetBlockedResponse, GetContactsRequest, GetContactsResponse, GetFriendsRequest,
    GetFriendsResponse,
};
use tonic::{Request, Response, Status};

use crate::contacts::contacts;
use crate::store::Store;

/// Answers for friends.
#[derive(Clone)]
pub(crate) struct Friends {
    pub(crate) store: Store,
}

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

    async fn get_contacts(
        &self,
        request: Request<GetContactsRequest>,
    ) -> Result<Response<GetContactsResponse>, Status> {
        let user = UserId::parse("user_id", request.into_inner().user_id)?;
        let found = self.store.read(move |connection| contacts(connection, &user)).await;
        reply(
            found.map(|found| GetContactsResponse { user_ids: found.into_iter().map(Into::into).collect() }),
        )
    }
}
