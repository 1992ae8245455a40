//! `im.logic.v1.FriendService`.

use kit::grpc::reply;
use protos::pb::logic as pb;
use protos::pb::logic::friend_service_server::FriendService;
use tonic::{Request, Response, Status};

use super::{Friends, convert};

/// The service's front.
pub(crate) struct FriendRpc(pub(crate) Friends);

#[tonic::async_trait]
impl FriendService for FriendRpc {
    async fn get_friends(
        &self,
        request: Request<pb::GetFriendsRequest>,
    ) -> Result<Response<pb::GetFriendsResponse>, Status> {
        let user_id = convert::user_id(request.into_inner().user_id)?;
        let friends = self.0.list(&user_id).await;
        reply(friends.map(|friends| pb::GetFriendsResponse { friends: convert::infos(friends) }))
    }

    async fn get_friend_requests(
        &self,
        request: Request<pb::GetFriendRequestsRequest>,
    ) -> Result<Response<pb::GetFriendRequestsResponse>, Status> {
        let (user_id, direction) = convert::requests_asked(request.into_inner())?;
        reply(self.0.requests(&user_id, direction).await.map(convert::requests_response))
    }

    async fn send_friend_request(
        &self,
        request: Request<pb::SendFriendRequestRequest>,
    ) -> Result<Response<pb::SendFriendRequestResponse>, Status> {
        let (from, to, message) = convert::asking(request.into_inner())?;
        let request = self.0.ask(from, to, message).await;
        reply(request.map(|request| pb::SendFriendRequestResponse { request: Some(request.into()) }))
    }

    async fn handle_friend_request(
        &self,
        request: Request<pb::HandleFriendRequestRequest>,
    ) -> Result<Response<pb::HandleFriendRequestResponse>, Status> {
        let (user_id, id, action) = convert::answer(request.into_inner())?;
        reply(self.0.answer(user_id, id, action).await.map(convert::answer_response))
    }

    async fn remove_friend(
        &self,
        request: Request<pb::RemoveFriendRequest>,
    ) -> Result<Response<pb::RemoveFriendResponse>, Status> {
        let request = request.into_inner();
        let (user_id, friend_id) = convert::two(request.user_id, "friend_id", request.friend_id)?;
        let removed = self.0.remove(&user_id, &friend_id).await;
        reply(removed.map(|()| pb::RemoveFriendResponse { success: true }))
    }

    async fn block_user(
        &self,
        request: Request<pb::BlockUserRequest>,
    ) -> Result<Response<pb::BlockUserResponse>, Status> {
        let request = request.into_inner();
        let (user_id, target) = convert::two(request.user_id, "target_user_id", request.target_user_id)?;
        let blocked = self.0.block(&user_id, &target).await;
        reply(blocked.map(|()| pb::BlockUserResponse { success: true }))
    }

    async fn unblock_user(
        &self,
        request: Request<pb::UnblockUserRequest>,
    ) -> Result<Response<pb::UnblockUserResponse>, Status> {
        let request = request.into_inner();
        let (user_id, target) = convert::two(request.user_id, "target_user_id", request.target_user_id)?;
        let unblocked = self.0.unblock(&user_id, &target).await;
        reply(unblocked.map(|()| pb::UnblockUserResponse { success: true }))
    }

    async fn get_blocked(
        &self,
        request: Request<pb::GetBlockedRequest>,
    ) -> Result<Response<pb::GetBlockedResponse>, Status> {
        let user_id = convert::user_id(request.into_inner().user_id)?;
        let users = self.0.blocked(&user_id).await;
        reply(users.map(|users| pb::GetBlockedResponse { users: convert::infos(users) }))
    }

    async fn filter_contacts(
        &self,
        request: Request<pb::FilterContactsRequest>,
    ) -> Result<Response<pb::FilterContactsResponse>, Status> {
        let (user_id, others) = convert::contacts_asked(request.into_inner())?;
        let contacts = self.0.contacts_among(&user_id, &others).await;
        reply(contacts.map(|contacts| pb::FilterContactsResponse {
            user_ids: contacts.into_iter().map(Into::into).collect(),
        }))
    }

    async fn get_contacts(
        &self,
        request: Request<pb::GetContactsRequest>,
    ) -> Result<Response<pb::GetContactsResponse>, Status> {
        let user_id = convert::user_id(request.into_inner().user_id)?;
        let found = self.0.contacts(vec![user_id]).await;
        reply(found.map(|found| found.into_iter().map(convert::contact_list).next().unwrap_or_default()))
    }

    async fn get_contacts_of_users(
        &self,
        request: Request<pb::GetContactsOfUsersRequest>,
    ) -> Result<Response<pb::GetContactsOfUsersResponse>, Status> {
        let users = convert::contacts_of(request.into_inner())?;
        reply(self.0.contacts(users).await.map(convert::contact_lists))
    }
}
