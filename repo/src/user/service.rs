//! `im.repo.v1.UserService`.

use kit::SharedClock;
use kit::grpc::reply;
use protos::Result;
use protos::convert::text;
use protos::ids::UserId;
use protos::model::limits::SEARCH_PAGE;
use protos::pb::repo as pb;
use protos::pb::repo::user_service_server::UserService;
use tonic::{Request, Response, Status};

use super::{Credentials, convert, query};
use crate::store::Store;

/// Answers for users.
#[derive(Clone)]
pub(crate) struct Users {
    store: Store,
    credentials: Credentials,
    clock: SharedClock,
}

impl Users {
    pub(crate) fn new(store: Store, credentials: Credentials, clock: SharedClock) -> Self {
        Self { store, credentials, clock }
    }

    async fn create(&self, request: pb::CreateUserRequest) -> Result<pb::UserResponse> {
        let new = convert::new_user(request)?;
        self.credentials.learn_cost(&new.password_hash);
        let now = self.clock.now();
        self.store.write(move |connection| query::create(connection, &new, now)).await.map(convert::user)
    }

    async fn get(&self, request: pb::GetUserRequest) -> Result<pb::UserResponse> {
        let id = UserId::parse("user_id", request.user_id)?;
        self.store.read(move |connection| query::by_id(connection, &id)).await.map(convert::user)
    }

    async fn get_many(&self, request: pb::GetUsersRequest) -> Result<pb::GetUsersResponse> {
        let ids = convert::user_ids("user_ids", request.user_ids)?;
        let users = self.store.read(move |connection| query::by_ids(connection, &ids)).await?;
        Ok(pb::GetUsersResponse { users: convert::users(users) })
    }

    async fn update(&self, request: pb::UpdateUserRequest) -> Result<pb::UserResponse> {
        let (id, changes) = convert::changes(request)?;
        let now = self.clock.now();
        self.store
            .write(move |connection| query::update(connection, &id, &changes, now))
            .await
            .map(convert::user)
    }

    async fn verify(&self, request: pb::VerifyPasswordRequest) -> Result<pb::VerifyPasswordResponse> {
        let id = UserId::parse("user_id", request.user_id)?;
        let hash = self.store.read(move |connection| query::password_hash(connection, &id)).await?;
        let valid = self.credentials.verify(request.password, hash).await?;
        Ok(pb::VerifyPasswordResponse { valid })
    }

    async fn get_by_username(&self, request: pb::GetUserByUsernameRequest) -> Result<pb::UserResponse> {
        let username = text("username", request.username)?;
        self.store.read(move |connection| query::by_username(connection, &username)).await.map(convert::user)
    }

    async fn search(&self, request: pb::SearchUsersRequest) -> Result<pb::SearchUsersResponse> {
        let (prefix, limit) = (convert::search_prefix(request.query)?, SEARCH_PAGE.clamp(request.limit)?);
        let users = self.store.read(move |connection| query::search(connection, &prefix, limit)).await?;
        Ok(pb::SearchUsersResponse { users: convert::users(users) })
    }
}

#[tonic::async_trait]
impl UserService for Users {
    async fn create_user(
        &self,
        request: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::UserResponse>, Status> {
        reply(self.create(request.into_inner()).await)
    }

    async fn get_user(
        &self,
        request: Request<pb::GetUserRequest>,
    ) -> Result<Response<pb::UserResponse>, Status> {
        reply(self.get(request.into_inner()).await)
    }

    async fn get_users(
        &self,
        request: Request<pb::GetUsersRequest>,
    ) -> Result<Response<pb::GetUsersResponse>, Status> {
        reply(self.get_many(request.into_inner()).await)
    }

    async fn update_user(
        &self,
        request: Request<pb::UpdateUserRequest>,
    ) -> Result<Response<pb::UserResponse>, Status> {
        reply(self.update(request.into_inner()).await)
    }

    async fn verify_password(
        &self,
        request: Request<pb::VerifyPasswordRequest>,
    ) -> Result<Response<pb::VerifyPasswordResponse>, Status> {
        reply(self.verify(request.into_inner()).await)
    }

    async fn get_user_by_username(
        &self,
        request: Request<pb::GetUserByUsernameRequest>,
    ) -> Result<Response<pb::UserResponse>, Status> {
        reply(self.get_by_username(request.into_inner()).await)
    }

    async fn search_users(
        &self,
        request: Request<pb::SearchUsersRequest>,
    ) -> Result<Response<pb::SearchUsersResponse>, Status> {
        reply(self.search(request.into_inner()).await)
    }
}
