//! `im.repo.v1.SignInService`.

use kit::SharedClock;
use kit::grpc::reply;
use protos::Result;
use protos::ids::{SignInId, UserId};
use protos::pb::repo as pb;
use protos::pb::repo::sign_in_service_server::SignInService;
use tonic::{Request, Response, Status};

use super::{convert, query};
use crate::store::Store;

/// Answers for sign-ins.
#[derive(Clone)]
pub(crate) struct SignIns {
    store: Store,
    clock: SharedClock,
}

impl SignIns {
    pub(crate) fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    async fn create(&self, request: pb::CreateSignInRequest) -> Result<pb::SignInResponse> {
        let (new, now) = (convert::new_sign_in(request)?, self.clock.now());
        self.store.write(move |connection| query::create(connection, &new, now)).await.map(convert::sign_in)
    }

    async fn get(&self, request: pb::GetSignInRequest) -> Result<pb::SignInResponse> {
        let id = SignInId::parse("sign_in_id", request.sign_in_id)?;
        let found = self.store.read(move |connection| query::get_with_world(connection, &[id])).await?;
        found.into_iter().map(convert::found).next().ok_or_else(query::not_found)
    }

    async fn find(&self, request: pb::FindSignInsRequest) -> Result<pb::FindSignInsResponse> {
        let ids = convert::sign_in_ids(request)?;
        let asked = ids.clone();
        let found = self.store.read(move |connection| query::get_with_world(connection, &asked)).await?;
        Ok(convert::all_found(&ids, found))
    }

    async fn rotate(&self, request: pb::RotateRefreshTokenRequest) -> Result<pb::RotateRefreshTokenResponse> {
        let (spending, now) = (convert::spending(request)?, self.clock.now_ms());
        self.store
            .write(move |connection| query::rotate(connection, &spending, now))
            .await
            .map(convert::rotated)
    }

    async fn end(&self, request: pb::EndSignInRequest) -> Result<pb::EndSignInResponse> {
        let id = SignInId::parse("sign_in_id", request.sign_in_id)?;
        let (owner, now) = (UserId::parse("user_id", request.user_id)?, self.clock.now());
        let ended = self.store.write(move |connection| query::end(connection, &id, &owner, now)).await?;
        Ok(pb::EndSignInResponse { ended })
    }

    async fn list(&self, request: pb::ListSignInsRequest) -> Result<pb::ListSignInsResponse> {
        let (user, now) = (UserId::parse("user_id", request.user_id)?, self.clock.now());
        let living = self.store.read(move |connection| query::living(connection, &user, now)).await?;
        Ok(pb::ListSignInsResponse { sign_ins: living.into_iter().map(Into::into).collect() })
    }

    async fn change_password(
        &self,
        request: pb::ChangePasswordRequest,
    ) -> Result<pb::ChangePasswordResponse> {
        let (change, now) = (convert::password_change(request)?, self.clock.now());
        let ended =
            self.store.write(move |connection| query::change_password(connection, &change, now)).await?;
        Ok(pb::ChangePasswordResponse { ended_sign_in_ids: ended.into_iter().map(Into::into).collect() })
    }
}

#[tonic::async_trait]
impl SignInService for SignIns {
    async fn create_sign_in(
        &self,
        request: Request<pb::CreateSignInRequest>,
    ) -> Result<Response<pb::SignInResponse>, Status> {
        reply(self.create(request.into_inner()).await)
    }

    async fn get_sign_in(
        &self,
        request: Request<pb::GetSignInRequest>,
    ) -> Result<Response<pb::SignInResponse>, Status> {
        reply(self.get(request.into_inner()).await)
    }

    async fn find_sign_ins(
        &self,
        request: Request<pb::FindSignInsRequest>,
    ) -> Result<Response<pb::FindSignInsResponse>, Status> {
        reply(self.find(request.into_inner()).await)
    }

    async fn rotate_refresh_token(
        &self,
        request: Request<pb::RotateRefreshTokenRequest>,
    ) -> Result<Response<pb::RotateRefreshTokenResponse>, Status> {
        reply(self.rotate(request.into_inner()).await)
    }

    async fn end_sign_in(
        &self,
        request: Request<pb::EndSignInRequest>,
    ) -> Result<Response<pb::EndSignInResponse>, Status> {
        reply(self.end(request.into_inner()).await)
    }
    async fn list_sign_ins(
        &self,
        request: Request<pb::ListSignInsRequest>,
    ) -> Result<Response<pb::ListSignInsResponse>, Status> {
        reply(self.list(request.into_inner()).await)
    }

    async fn change_password(
        &self,
        request: Request<pb::ChangePasswordRequest>,
    ) -> Result<Response<pb::ChangePasswordResponse>, Status> {
        reply(self.change_password(request.into_inner()).await)
    }
}
