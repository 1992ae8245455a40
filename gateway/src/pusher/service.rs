//! `im.gateway.v1`: convert, call the router, convert.

use futures::stream::Empty;
use kit::grpc::reply;
use protos::Result;
use protos::pb::gateway::pusher_service_server::PusherService;
use protos::pb::gateway::router_service_server::RouterService;
use protos::pb::gateway::{
    BroadcastRequest, BroadcastResponse, DeliverRequest, DeliverResponse, DisconnectUsersRequest,
    DisconnectUsersResponse, EndSignInRequest, EndSignInResponse, ForwardRequest, ForwardResponse,
    GetSessionsRequest, GetSessionsResponse, PresenceChange, PushToUsersRequest, PushToUsersResponse,
    WatchPresenceRequest,
};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{self, Push};
use super::router::{Patience, Router};

type Reply<T> = Result<Response<T>, Status>;

/// `PusherService`, for backend jobs.
pub(crate) struct PusherRpc(pub(crate) Router);

/// `RouterService`, for logic and other gateways.
pub(crate) struct RouterRpc(pub(crate) Router);

impl PusherRpc {
    async fn push(&self, push: Push) -> PushToUsersResponse {
        let delivery = push.delivery;
        let mut outcomes = self.0.deliver(vec![delivery.clone()], Patience::PUSH).await;
        convert::push_response(&delivery, outcomes.pop().unwrap_or_default())
    }
}

fn later<T>(what: &str) -> Reply<T> {
    Err(Status::unimplemented(format!("{what} comes later")))
}

#[tonic::async_trait]
impl PusherService for PusherRpc {
    type PushStreamStream = Empty<Result<PushToUsersResponse, Status>>;
    type WatchPresenceStream = Empty<Result<PresenceChange, Status>>;

    async fn push_to_users(&self, request: Request<PushToUsersRequest>) -> Reply<PushToUsersResponse> {
        match Push::try_from(request.into_inner()) {
            Ok(Push { keep: true, .. }) => later("ttl_seconds"),
            Ok(push) => reply(Ok(self.push(push).await)),
            Err(error) => reply(Err(error)),
        }
    }

    async fn push_stream(&self, _: Request<Streaming<PushToUsersRequest>>) -> Reply<Self::PushStreamStream> {
        later("PushStream")
    }

    async fn broadcast(&self, _: Request<BroadcastRequest>) -> Reply<BroadcastResponse> {
        later("Broadcast")
    }

    async fn disconnect_users(&self, _: Request<DisconnectUsersRequest>) -> Reply<DisconnectUsersResponse> {
        later("DisconnectUsers")
    }

    async fn get_sessions(&self, _: Request<GetSessionsRequest>) -> Reply<GetSessionsResponse> {
        later("GetSessions")
    }

    async fn watch_presence(&self, _: Request<WatchPresenceRequest>) -> Reply<Self::WatchPresenceStream> {
        later("WatchPresence")
    }
}

impl RouterRpc {
    async fn deliver(&self, request: DeliverRequest) -> Result<DeliverResponse> {
        let deliveries = convert::deliveries(request.deliveries)?;
        Ok(convert::deliver_response(&self.0.deliver(deliveries, Patience::DELIVER).await))
    }

    fn forward(&self, request: ForwardRequest) -> Result<ForwardResponse> {
        let deliveries = convert::deliveries(request.deliveries)?;
        Ok(convert::forward_response(self.0.own(), self.0.deliver_here(&deliveries)))
    }

    async fn end_sign_in(&self, request: EndSignInRequest) -> EndSignInResponse {
        let EndSignInRequest { user_id, sign_in_ids, forwarded } = request;
        let sign_ins: Vec<_> = sign_in_ids.into_iter().map(Into::into).collect();
        let closed_sessions = self.0.end_sign_ins(&user_id.into(), &sign_ins, forwarded).await;
        EndSignInResponse { closed_sessions }
    }
}

#[tonic::async_trait]
impl RouterService for RouterRpc {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Reply<DeliverResponse> {
        reply(self.deliver(request.into_inner()).await)
    }

    async fn forward(&self, request: Request<ForwardRequest>) -> Reply<ForwardResponse> {
        reply(self.forward(request.into_inner()))
    }

    async fn end_sign_in(&self, request: Request<EndSignInRequest>) -> Reply<EndSignInResponse> {
        reply(Ok(self.end_sign_in(request.into_inner()).await))
    }
}
