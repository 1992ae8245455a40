//! `im.gateway.v1`: convert, call the router, convert.

use futures::StreamExt;
use futures::stream::BoxStream;
use kit::grpc::reply;
use protos::Result;
use protos::pb::gateway::pusher_service_server::PusherService;
use protos::pb::gateway::router_service_server::RouterService;
use protos::pb::gateway::{
    BroadcastRequest, BroadcastResponse, DeliverRequest, DeliverResponse, DisconnectUsersRequest,
    DisconnectUsersResponse, EndSignInRequest, EndSignInResponse, ForwardRequest, ForwardResponse,
    GetSessionsRequest, GetSessionsResponse, LocalPresence, PresenceChange, PushToUsersRequest,
    PushToUsersResponse, SetWorldRequest, SetWorldResponse, WatchLocalRequest, WatchPresenceRequest,
};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{self, Push};
use super::router::{Patience, Router};
use super::watch;
use crate::presence::Roster;

/// Pushes of one stream that are under way at once.
const STREAMED_AT_ONCE: usize = 64;

type Reply<T> = Result<Response<T>, Status>;

/// `PusherService`, for backend jobs.
pub(crate) struct PusherRpc(pub(crate) Router, pub(crate) Roster);

/// `RouterService`, for logic and other gateways.
pub(crate) struct RouterRpc(pub(crate) Router, pub(crate) Roster);

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
    type PushStreamStream = BoxStream<'static, Result<PushToUsersResponse, Status>>;
    type WatchPresenceStream = BoxStream<'static, Result<PresenceChange, Status>>;

    async fn push_to_users(&self, request: Request<PushToUsersRequest>) -> Reply<PushToUsersResponse> {
        match Push::try_from(request.into_inner()) {
            Ok(Push { keep: true, .. }) => later("ttl_seconds"),
            Ok(push) => reply(Ok(self.push(push).await)),
            Err(error) => reply(Err(error)),
        }
    }

    async fn push_stream(
        &self,
        request: Request<Streaming<PushToUsersRequest>>,
    ) -> Reply<Self::PushStreamStream> {
        let pusher = Self(self.0.clone(), self.1.clone());
        let pushes = request.into_inner().map(move |request| {
            let pusher = Self(pusher.0.clone(), pusher.1.clone());
            async move { pusher.push_to_users(Request::new(request?)).await.map(Response::into_inner) }
        });
        // They begin in order and are answered in order; beyond so many the stream is not read on.
        Ok(Response::new(pushes.buffered(STREAMED_AT_ONCE).boxed()))
    }

    async fn broadcast(&self, request: Request<BroadcastRequest>) -> Reply<BroadcastResponse> {
        let delivery = convert::broadcast(request.into_inner())?;
        let (delivered_sessions, gateways) = self.0.broadcast(delivery).await;
        reply(Ok(BroadcastResponse { delivered_sessions, gateways }))
    }

    async fn disconnect_users(
        &self,
        request: Request<DisconnectUsersRequest>,
    ) -> Reply<DisconnectUsersResponse> {
        let (users, reason) = convert::disconnection(request.into_inner())?;
        let closed_sessions = self.0.disconnect(users, reason).await;
        reply(Ok(DisconnectUsersResponse { closed_sessions }))
    }

    async fn get_sessions(&self, request: Request<GetSessionsRequest>) -> Reply<GetSessionsResponse> {
        let user = request.into_inner().user_id.into();
        reply(Ok(convert::sessions(self.0.sessions(&user).await)))
    }

    async fn watch_presence(
        &self,
        request: Request<WatchPresenceRequest>,
    ) -> Reply<Self::WatchPresenceStream> {
        reply(watch::presence(&self.1, request.into_inner()).await)
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

    async fn set_world(&self, request: SetWorldRequest) -> SetWorldResponse {
        let SetWorldRequest { user_id, joined, forwarded } = request;
        SetWorldResponse { sessions: self.0.set_world(&user_id.into(), joined, forwarded).await }
    }
}

#[tonic::async_trait]
impl RouterService for RouterRpc {
    type WatchLocalStream = BoxStream<'static, Result<LocalPresence, Status>>;

    async fn deliver(&self, request: Request<DeliverRequest>) -> Reply<DeliverResponse> {
        reply(self.deliver(request.into_inner()).await)
    }

    async fn forward(&self, request: Request<ForwardRequest>) -> Reply<ForwardResponse> {
        reply(self.forward(request.into_inner()))
    }

    async fn end_sign_in(&self, request: Request<EndSignInRequest>) -> Reply<EndSignInResponse> {
        reply(Ok(self.end_sign_in(request.into_inner()).await))
    }

    async fn broadcast_here(&self, request: Request<BroadcastRequest>) -> Reply<BroadcastResponse> {
        let delivery = convert::broadcast(request.into_inner())?;
        let delivered_sessions = self.0.broadcast_here(&delivery);
        reply(Ok(BroadcastResponse { delivered_sessions, gateways: 1 }))
    }

    async fn disconnect_here(
        &self,
        request: Request<DisconnectUsersRequest>,
    ) -> Reply<DisconnectUsersResponse> {
        let (users, reason) = convert::disconnection(request.into_inner())?;
        reply(Ok(DisconnectUsersResponse { closed_sessions: self.0.disconnect_here(&users, &reason) }))
    }

    async fn sessions_here(&self, request: Request<GetSessionsRequest>) -> Reply<GetSessionsResponse> {
        let user = request.into_inner().user_id.into();
        reply(Ok(convert::sessions(self.0.sessions_here(&user))))
    }

    async fn set_world(&self, request: Request<SetWorldRequest>) -> Reply<SetWorldResponse> {
        reply(Ok(self.set_world(request.into_inner()).await))
    }

    async fn watch_local(&self, _: Request<WatchLocalRequest>) -> Reply<Self::WatchLocalStream> {
        reply(watch::local(&self.1))
    }
}
