//! `im.gateway.v1`: convert, call the router, convert.

use futures::StreamExt;
use futures::stream::BoxStream;
use kit::grpc::reply;
use protos::pb::gateway::pusher_service_server::PusherService;
use protos::pb::gateway::router_service_server::RouterService;
use protos::pb::gateway::{
    BroadcastRequest, BroadcastResponse, DeliverRequest, DeliverResponse, DisconnectUsersRequest,
    DisconnectUsersResponse, EndSignInRequest, EndSignInResponse, ForwardRequest, ForwardResponse,
    GatewayStats, GetSessionsRequest, GetSessionsResponse, GetStatsRequest, KeepLinkRequest,
    KeepLinkResponse, LocalPresence, PresenceChange, PushToUsersRequest, PushToUsersResponse,
    SetWorldRequest, SetWorldResponse, WatchLocalRequest, WatchPresenceRequest,
};
use protos::{Error, Result};
use tonic::{Request, Response, Status, Streaming};

use super::convert;
use super::places::{Place, Places};
use super::push::{Push, Pushes};
use super::repair::Repair;
use super::router::{Patience, Router};
use super::watch;
use crate::presence::Roster;
use crate::stats::Observer;

/// Pushes of one stream that are under way at once.
const STREAMED_AT_ONCE: usize = 64;

type Reply<T> = Result<Response<T>, Status>;

/// `PusherService`, for backend jobs.
pub(crate) struct PusherRpc(pub(crate) Pushes, pub(crate) Router, pub(crate) Roster);

/// `RouterService`, for logic and other gateways.
pub(crate) struct RouterRpc(pub(crate) Router, pub(crate) Roster, pub(crate) Repair, pub(crate) Observer);

async fn push(pushes: Pushes, request: PushToUsersRequest, place: Place) -> Result<PushToUsersResponse> {
    let push = Push::try_from(request)?;
    let pushed = pushes.push(&push, place).await;
    Ok(convert::push_response(&push.delivery, pushed))
}

/// Goes on when its job has gone: what is delivered is also noted, so that a repetition comes to nobody twice.
async fn push_to_the_end(pushes: Pushes, request: PushToUsersRequest) -> Result<PushToUsersResponse> {
    tokio::spawn(push(pushes, request, Places::default().next())).await.map_err(|error| {
        tracing::error!(%error, "a push failed");
        Error::internal("the push failed")
    })?
}

#[tonic::async_trait]
impl PusherService for PusherRpc {
    type PushStreamStream = BoxStream<'static, Result<PushToUsersResponse, Status>>;
    type WatchPresenceStream = BoxStream<'static, Result<PresenceChange, Status>>;

    async fn push_to_users(&self, request: Request<PushToUsersRequest>) -> Reply<PushToUsersResponse> {
        reply(push_to_the_end(self.0.clone(), request.into_inner()).await)
    }

    async fn push_stream(
        &self,
        request: Request<Streaming<PushToUsersRequest>>,
    ) -> Reply<Self::PushStreamStream> {
        let (pushes, mut places) = (self.0.clone(), Places::default());
        let answers = request.into_inner().map(move |request| {
            let (pushes, place) = (pushes.clone(), places.next());
            async move { Ok(push(pushes, request?, place).await?) }
        });
        // They begin in order and are answered in order; beyond so many the stream is not read on.
        Ok(Response::new(answers.buffered(STREAMED_AT_ONCE).boxed()))
    }

    async fn broadcast(&self, request: Request<BroadcastRequest>) -> Reply<BroadcastResponse> {
        let delivery = convert::broadcast(request.into_inner())?;
        let (delivered_sessions, gateways) = self.1.broadcast(delivery).await;
        reply(Ok(BroadcastResponse { delivered_sessions, gateways }))
    }

    async fn disconnect_users(
        &self,
        request: Request<DisconnectUsersRequest>,
    ) -> Reply<DisconnectUsersResponse> {
        let (users, reason) = convert::disconnection(request.into_inner())?;
        let closed_sessions = self.1.disconnect(users, reason).await;
        reply(Ok(DisconnectUsersResponse { closed_sessions }))
    }

    async fn get_sessions(&self, request: Request<GetSessionsRequest>) -> Reply<GetSessionsResponse> {
        let user = request.into_inner().user_id.into();
        reply(Ok(convert::sessions(self.1.sessions(&user).await)))
    }

    async fn watch_presence(
        &self,
        request: Request<WatchPresenceRequest>,
    ) -> Reply<Self::WatchPresenceStream> {
        reply(watch::presence(&self.2, request.into_inner()).await)
    }
}

impl RouterRpc {
    async fn deliver(&self, request: DeliverRequest) -> Result<DeliverResponse> {
        let deliveries = convert::deliveries(request.deliveries)?;
        convert::position(request.link)?.inspect(|position| self.2.heard(position));
        Ok(convert::deliver_response(self.0.hand_out(&deliveries, Patience::DELIVER).await))
    }

    fn forward(&self, request: ForwardRequest) -> Result<ForwardResponse> {
        let deliveries = convert::deliveries(request.deliveries)?;
        convert::position(request.link)?.inspect(|position| self.2.heard(position));
        let reports = self.0.deliver_here(&deliveries);
        Ok(convert::forward_response(self.0.own(), &deliveries, reports))
    }

    async fn keep_link(&self, request: KeepLinkRequest) -> Result<KeepLinkResponse> {
        let (position, debt, goodbye) = convert::kept_link(request)?;
        self.2.keep(position, debt, goodbye).await;
        Ok(KeepLinkResponse {})
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

    async fn keep_link(&self, request: Request<KeepLinkRequest>) -> Reply<KeepLinkResponse> {
        reply(self.keep_link(request.into_inner()).await)
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

    async fn get_stats(&self, _: Request<GetStatsRequest>) -> Reply<GatewayStats> {
        reply(Ok(self.3.look().into()))
    }

    async fn watch_local(&self, _: Request<WatchLocalRequest>) -> Reply<Self::WatchLocalStream> {
        reply(watch::local(&self.1))
    }
}
