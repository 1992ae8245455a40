//! `im.repo.v1.FriendService`.

use kit::SharedClock;
use kit::grpc::reply;
use protos::Result;
use protos::pb::repo as pb;
use protos::pb::repo::friend_service_server::FriendService;
use tonic::{Request, Response, Status};

use super::{block, convert, friendship, request};
use crate::contacts::contacts;
use crate::store::Store;

/// Answers for friends.
#[derive(Clone)]
pub(crate) struct Friends {
    store: Store,
    clock: SharedClock,
}

impl Friends {
    pub(crate) fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    async fn friends(&self, request: pb::GetFriendsRequest) -> Result<pb::GetFriendsResponse> {
        let user = convert::user_id(request.user_id)?;
        let friends = self.store.read(move |connection| friendship::of(connection, &user)).await?;
        Ok(pb::GetFriendsResponse { friends: convert::infos(friends) })
    }

    async fn requests(&self, request: pb::GetFriendRequestsRequest) -> Result<pb::GetFriendRequestsResponse> {
        let (user, direction) = convert::direction(request)?;
        let waiting = self.store.read(move |connection| request::pending(connection, &user, direction));
        waiting.await.map(convert::requests)
    }

    async fn create(
        &self,
        request: pb::CreateFriendRequestRequest,
    ) -> Result<pb::CreateFriendRequestResponse> {
        let (new, now) = (convert::new_request(request)?, self.clock.now());
        self.store.write(move |connection| request::create(connection, &new, now)).await.map(convert::created)
    }

    async fn answer(
        &self,
        request: pb::AnswerFriendRequestRequest,
    ) -> Result<pb::AnswerFriendRequestResponse> {
        let (answer, now) = (convert::answer(request)?, self.clock.now());
        let answered = self.store.write(move |connection| request::answer(connection, &answer, now));
        answered.await.map(convert::answered)
    }

    async fn remove(&self, request: pb::RemoveFriendRequest) -> Result<pb::RemoveFriendResponse> {
        let (user, friend) = convert::friendship(request)?;
        let removed = self.store.write(move |connection| friendship::remove(connection, &user, &friend));
        Ok(pb::RemoveFriendResponse { removed: removed.await? })
    }

    async fn block(&self, request: pb::BlockUserRequest) -> Result<pb::BlockUserResponse> {
        let (blocker, blocked) = convert::block(request.blocker_id, request.blocked_id)?;
        let now = self.clock.now();
        self.store.write(move |connection| block::block(connection, &blocker, &blocked, now)).await?;
        Ok(pb::BlockUserResponse { success: true })
    }

    async fn unblock(&self, request: pb::UnblockUserRequest) -> Result<pb::UnblockUserResponse> {
        let (blocker, blocked) = convert::block(request.blocker_id, request.blocked_id)?;
        self.store.write(move |connection| block::unblock(connection, &blocker, &blocked)).await?;
        Ok(pb::UnblockUserResponse { success: true })
    }

    async fn blocked(&self, request: pb::GetBlockedRequest) -> Result<pb::GetBlockedResponse> {
        let user = convert::user_id(request.user_id)?;
        let users = self.store.read(move |connection| block::by(connection, &user)).await?;
        Ok(pb::GetBlockedResponse { users: convert::infos(users) })
    }

    async fn contacts(&self, request: pb::FilterContactsRequest) -> Result<pb::FilterContactsResponse> {
        let (user, others) = convert::contacts(request)?;
        let among = self.store.read(move |connection| friendship::contacts_among(connection, &user, &others));
        Ok(pb::FilterContactsResponse { user_ids: among.await?.into_iter().map(Into::into).collect() })
    }

    async fn all_contacts(&self, request: pb::GetContactsRequest) -> Result<pb::GetContactsResponse> {
        let user = convert::user_id(request.user_id)?;
        let found = self.store.read(move |connection| contacts(connection, &[user])).await?;
        Ok(found.into_iter().map(convert::contact_list).next().unwrap_or_default())
    }

    async fn contacts_of_users(
        &self,
        request: pb::GetContactsOfUsersRequest,
    ) -> Result<pb::GetContactsOfUsersResponse> {
        let users = convert::users(request)?;
        let found = self.store.read(move |connection| contacts(connection, &users)).await?;
        let contacts = found.into_iter().map(convert::contact_list).collect();
        Ok(pb::GetContactsOfUsersResponse { contacts })
    }
}

#[tonic::async_trait]
impl FriendService for Friends {
    async fn get_friends(
        &self,
        request: Request<pb::GetFriendsRequest>,
    ) -> Result<Response<pb::GetFriendsResponse>, Status> {
        reply(self.friends(request.into_inner()).await)
    }

    async fn get_friend_requests(
        &self,
        request: Request<pb::GetFriendRequestsRequest>,
    ) -> Result<Response<pb::GetFriendRequestsResponse>, Status> {
        reply(self.requests(request.into_inner()).await)
    }

    async fn create_friend_request(
        &self,
        request: Request<pb::CreateFriendRequestRequest>,
    ) -> Result<Response<pb::CreateFriendRequestResponse>, Status> {
        reply(self.create(request.into_inner()).await)
    }

    async fn answer_friend_request(
        &self,
        request: Request<pb::AnswerFriendRequestRequest>,
    ) -> Result<Response<pb::AnswerFriendRequestResponse>, Status> {
        reply(self.answer(request.into_inner()).await)
    }

    async fn remove_friend(
        &self,
        request: Request<pb::RemoveFriendRequest>,
    ) -> Result<Response<pb::RemoveFriendResponse>, Status> {
        reply(self.remove(request.into_inner()).await)
    }

    async fn block_user(
        &self,
        request: Request<pb::BlockUserRequest>,
    ) -> Result<Response<pb::BlockUserResponse>, Status> {
        reply(self.block(request.into_inner()).await)
    }

    async fn unblock_user(
        &self,
        request: Request<pb::UnblockUserRequest>,
    ) -> Result<Response<pb::UnblockUserResponse>, Status> {
        reply(self.unblock(request.into_inner()).await)
    }

    async fn get_blocked(
        &self,
        request: Request<pb::GetBlockedRequest>,
    ) -> Result<Response<pb::GetBlockedResponse>, Status> {
        reply(self.blocked(request.into_inner()).await)
    }

    async fn get_contacts(
        &self,
        request: Request<pb::GetContactsRequest>,
    ) -> Result<Response<pb::GetContactsResponse>, Status> {
        reply(self.all_contacts(request.into_inner()).await)
    }

    async fn get_contacts_of_users(
        &self,
        request: Request<pb::GetContactsOfUsersRequest>,
    ) -> Result<Response<pb::GetContactsOfUsersResponse>, Status> {
        reply(self.contacts_of_users(request.into_inner()).await)
    }

    async fn filter_contacts(
        &self,
        request: Request<pb::FilterContactsRequest>,
    ) -> Result<Response<pb::FilterContactsResponse>, Status> {
        reply(self.contacts(request.into_inner()).await)
    }
}
