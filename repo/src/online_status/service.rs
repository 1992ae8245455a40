//! `im.repo.v1.OnlineStatusService`: convert, call presence, convert.

use kit::grpc::reply;
use protos::Result;
use protos::ids::UserId;
use protos::pb::repo::online_status_service_server::OnlineStatusService as Rpc;
use protos::pb::repo::{
    AnnounceUsersRequest, AnnounceUsersResponse, CleanupExpiredStatusRequest, CleanupExpiredStatusResponse,
    GetUserOnlineStatusRequest, GetUserOnlineStatusResponse, GetUsersOnlineStatusRequest,
    GetUsersOnlineStatusResponse, ListGatewaysRequest, ListGatewaysResponse, LocateUsersRequest,
    LocateUsersResponse, ReleaseLeaseRequest, ReleaseLeaseResponse, RenewLeaseRequest, RenewLeaseResponse,
    SetUserOfflineRequest, SetUserOfflineResponse, SetUserOnlineRequest, SetUserOnlineResponse,
    UpdateHeartbeatRequest, UpdateHeartbeatResponse,
};
use tonic::{Request, Response, Status};

use super::{Presence, convert};

/// Presence, over gRPC.
pub(crate) struct OnlineStatusService {
    presence: Presence,
}

impl OnlineStatusService {
    /// The service over this presence.
    pub(crate) fn new(presence: Presence) -> Self {
        Self { presence }
    }

    async fn set_online(&self, request: SetUserOnlineRequest) -> Result<SetUserOnlineResponse> {
        let (user, gateway) = convert::user_at(request.user_id, request.gateway_id)?;
        let client_info = convert::client_info(request.client_info);
        let status = self.presence.enter()?.set_online(user, gateway, client_info).await?;
        Ok(SetUserOnlineResponse { success: true, status: Some(status.into()) })
    }

    async fn set_offline(&self, request: SetUserOfflineRequest) -> Result<SetUserOfflineResponse> {
        let (user, gateway) = convert::user_at(request.user_id, request.gateway_id)?;
        self.presence.enter()?.set_offline(user, gateway).await?;
        Ok(SetUserOfflineResponse { success: true })
    }

    async fn status(&self, request: GetUserOnlineStatusRequest) -> Result<GetUserOnlineStatusResponse> {
        let user = UserId::parse("user_id", request.user_id)?;
        let statuses = self.presence.enter()?.statuses(vec![user]).await?;
        Ok(GetUserOnlineStatusResponse { status: statuses.into_iter().next().map(Into::into) })
    }

    async fn statuses(&self, request: GetUsersOnlineStatusRequest) -> Result<GetUsersOnlineStatusResponse> {
        let users = convert::user_ids("user_ids", request.user_ids)?;
        self.presence.enter()?.statuses(users).await.map(convert::statuses)
    }

    async fn heartbeat(&self, request: UpdateHeartbeatRequest) -> Result<UpdateHeartbeatResponse> {
        let (user, gateway) = convert::user_at(request.user_id, request.gateway_id)?;
        self.presence.enter()?.heartbeat(user, gateway).await.map(Into::into)
    }

    async fn cleanup(&self, request: CleanupExpiredStatusRequest) -> Result<CleanupExpiredStatusResponse> {
        let (before, limit) = convert::cleanup(&request)?;
        let cleaned = self.presence.enter()?.cleanup(before, limit).await?;
        Ok(CleanupExpiredStatusResponse { cleaned_count: i32::try_from(cleaned).unwrap_or(i32::MAX) })
    }

    async fn renew(&self, request: RenewLeaseRequest) -> Result<RenewLeaseResponse> {
        let lease = convert::lease(request)?;
        self.presence.enter()?.renew(lease).await.map(Into::into)
    }

    async fn release(&self, request: ReleaseLeaseRequest) -> Result<ReleaseLeaseResponse> {
        let (gateway, incarnation) = convert::released(request)?;
        self.presence.enter()?.release(gateway, incarnation).await?;
        Ok(ReleaseLeaseResponse {})
    }

    async fn announce(&self, request: AnnounceUsersRequest) -> Result<AnnounceUsersResponse> {
        let announcement = convert::announcement(request)?;
        self.presence.enter()?.announce(announcement).await?;
        Ok(AnnounceUsersResponse {})
    }

    async fn gateways(&self) -> Result<ListGatewaysResponse> {
        let gateways = self.presence.enter()?.gateways().await?;
        Ok(convert::listed(gateways))
    }

    async fn locate(&self, request: LocateUsersRequest) -> Result<LocateUsersResponse> {
        let users = convert::distinct_user_ids("user_ids", request.user_ids)?;
        self.presence.enter()?.locate(users).await.map(convert::locations)
    }
}

type Reply<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Rpc for OnlineStatusService {
    async fn set_user_online(&self, request: Request<SetUserOnlineRequest>) -> Reply<SetUserOnlineResponse> {
        reply(self.set_online(request.into_inner()).await)
    }

    async fn set_user_offline(
        &self,
        request: Request<SetUserOfflineRequest>,
    ) -> Reply<SetUserOfflineResponse> {
        reply(self.set_offline(request.into_inner()).await)
    }

    async fn get_user_online_status(
        &self,
        request: Request<GetUserOnlineStatusRequest>,
    ) -> Reply<GetUserOnlineStatusResponse> {
        reply(self.status(request.into_inner()).await)
    }

    async fn get_users_online_status(
        &self,
        request: Request<GetUsersOnlineStatusRequest>,
    ) -> Reply<GetUsersOnlineStatusResponse> {
        reply(self.statuses(request.into_inner()).await)
    }

    async fn update_heartbeat(
        &self,
        request: Request<UpdateHeartbeatRequest>,
    ) -> Reply<UpdateHeartbeatResponse> {
        reply(self.heartbeat(request.into_inner()).await)
    }

    async fn cleanup_expired_status(
        &self,
        request: Request<CleanupExpiredStatusRequest>,
    ) -> Reply<CleanupExpiredStatusResponse> {
        reply(self.cleanup(request.into_inner()).await)
    }

    async fn renew_lease(&self, request: Request<RenewLeaseRequest>) -> Reply<RenewLeaseResponse> {
        reply(self.renew(request.into_inner()).await)
    }

    async fn release_lease(&self, request: Request<ReleaseLeaseRequest>) -> Reply<ReleaseLeaseResponse> {
        reply(self.release(request.into_inner()).await)
    }

    async fn announce_users(&self, request: Request<AnnounceUsersRequest>) -> Reply<AnnounceUsersResponse> {
        reply(self.announce(request.into_inner()).await)
    }

    async fn list_gateways(&self, _: Request<ListGatewaysRequest>) -> Reply<ListGatewaysResponse> {
        reply(self.gateways().await)
    }

    async fn locate_users(&self, request: Request<LocateUsersRequest>) -> Reply<LocateUsersResponse> {
        reply(self.locate(request.into_inner()).await)
    }
}
