//! `im.logic.v1.UserService`.

use kit::grpc::reply;
use protos::ids::UserId;
use protos::pb::logic::user_service_server::UserService;
use protos::pb::logic::{
    GetProfileRequest, GetProfileResponse, SearchUsersRequest, SearchUsersResponse, UpdateProfileRequest,
    UpdateProfileResponse,
};
use tonic::{Request, Response, Status};

use super::{Users, convert};

/// The service's front.
pub(crate) struct UserRpc(pub(crate) Users);

#[tonic::async_trait]
impl UserService for UserRpc {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let user_id = UserId::parse("user_id", request.into_inner().user_id)?;
        let user = self.0.profile(&user_id).await;
        reply(user.map(|user| GetProfileResponse { user: Some(user.into()) }))
    }

    async fn search_users(
        &self,
        request: Request<SearchUsersRequest>,
    ) -> Result<Response<SearchUsersResponse>, Status> {
        let (asker, query, limit) = convert::search(request.into_inner())?;
        reply(self.0.search(&asker, &query, limit).await.map(convert::search_response))
    }

    async fn update_profile(
        &self,
        request: Request<UpdateProfileRequest>,
    ) -> Result<Response<UpdateProfileResponse>, Status> {
        let UpdateProfileRequest { user_id, avatar_url } = request.into_inner();
        let user_id = UserId::parse("user_id", user_id)?;
        let user = self.0.update_profile(&user_id, &avatar_url).await;
        reply(user.map(|user| UpdateProfileResponse { user: Some(user.into()) }))
    }
}
