//! `im.logic.v1.AuthService`.

use kit::grpc::reply;
use protos::ids::UserId;
use protos::pb::logic::auth_service_server::AuthService;
use protos::pb::logic::{
    ChangePasswordRequest, ChangePasswordResponse, EndSignInRequest, EndSignInResponse, GetSignInsRequest,
    GetSignInsResponse, GuestLoginRequest, LoginRequest, LoginResponse, LogoutRequest, LogoutResponse,
    RefreshTokenRequest, RefreshTokenResponse, RegisterRequest, RegisterResponse, ValidateTokenRequest,
    ValidateTokenResponse, ValidateTokensRequest, ValidateTokensResponse,
};
use tonic::{Request, Response, Status};

use super::{Auth, convert};

/// The service's front.
pub(crate) struct AuthRpc(pub(crate) Auth);

#[tonic::async_trait]
impl AuthService for AuthRpc {
    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<LoginResponse>, Status> {
        let login = convert::password_login(request.into_inner())?;
        reply(self.0.login(login).await.map(convert::login_response))
    }

    async fn register(
        &self,
        request: Request<RegisterRequest>,
    ) -> Result<Response<RegisterResponse>, Status> {
        let registration = convert::registration(request.into_inner())?;
        let user = self.0.register(registration).await;
        reply(user.map(|user| RegisterResponse { user: Some(user.into()) }))
    }

    async fn refresh_token(
        &self,
        request: Request<RefreshTokenRequest>,
    ) -> Result<Response<RefreshTokenResponse>, Status> {
        let pair = self.0.refresh(&request.into_inner().refresh_token).await;
        reply(pair.map(convert::refresh_response))
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        let (user_id, access_token) = convert::logout(request.into_inner())?;
        let done = self.0.logout(&user_id, &access_token).await;
        reply(done.map(|()| LogoutResponse { success: true }))
    }

    async fn validate_token(
        &self,
        request: Request<ValidateTokenRequest>,
    ) -> Result<Response<ValidateTokenResponse>, Status> {
        let outcome = self.0.validate(&request.into_inner().access_token).await;
        reply(convert::validation_response(outcome))
    }

    async fn validate_tokens(
        &self,
        request: Request<ValidateTokensRequest>,
    ) -> Result<Response<ValidateTokensResponse>, Status> {
        let tokens = convert::access_tokens(request.into_inner())?;
        reply(self.0.validate_all(&tokens).await.map(convert::validations_response))
    }

    async fn guest_login(
        &self,
        request: Request<GuestLoginRequest>,
    ) -> Result<Response<LoginResponse>, Status> {
        let client_info = convert::guest_client_info(request.into_inner())?;
        reply(self.0.guest_login(client_info).await.map(convert::login_response))
    }

    async fn get_sign_ins(
        &self,
        request: Request<GetSignInsRequest>,
    ) -> Result<Response<GetSignInsResponse>, Status> {
        let user_id = UserId::parse("user_id", request.into_inner().user_id)?;
        reply(self.0.sign_ins(&user_id).await.map(convert::sign_ins_response))
    }

    async fn end_sign_in(
        &self,
        request: Request<EndSignInRequest>,
    ) -> Result<Response<EndSignInResponse>, Status> {
        let (user_id, id) = convert::ending(request.into_inner())?;
        reply(self.0.end_sign_in(user_id, id).await.map(|()| EndSignInResponse { success: true }))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let change = convert::password_change(request.into_inner())?;
        reply(self.0.change_password(change).await.map(|()| ChangePasswordResponse { success: true }))
    }
}
