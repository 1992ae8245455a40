//! What is for WORLD: each gateway once, and there whoever has joined.

use std::sync::{Mutex, PoisonError};

use kit::grpc::Server;
use protos::pb::gateway::event::Chat;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::pb::gateway::router_service_server::{RouterService, RouterServiceServer};
use protos::pb::gateway::{
    BroadcastRequest, BroadcastResponse, DeliverRequest, DeliverResponse, Delivery, DisconnectUsersRequest,
    DisconnectUsersResponse, EndSignInRequest, EndSignInResponse, Event, ForwardOutcome, ForwardRequest,
    ForwardResponse, GatewayStats, GetSessionsRequest, GetSessionsResponse, GetStatsRequest, KeepLinkRequest,
    KeepLinkResponse, LocalPresence, SetWorldRequest, SetWorldResponse, WatchLocalRequest,
};
use tonic::{Request, Response, Status};

use super::*;

/// Another gateway, which keeps the deliveries of each call that it got.
#[derive(Clone, Default)]
struct Peer(Arc<Mutex<Vec<Vec<Delivery>>>>);

impl Peer {
    /// Serves, and holds a lease.
    async fn join(site: &Site) -> Self {
        let peer = Self::default();
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), site.token.clone()).await.unwrap();
        hold_lease(site, "peer", &format!("http://{}", server.address().unwrap()));
        let service = RouterServiceServer::new(peer.clone());
        tokio::spawn(server.serve(Shutdown::new(), move |routes| routes.add_service(service)));
        peer
    }

    fn take(&self) -> Vec<Vec<Delivery>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[tonic::async_trait]
impl RouterService for Peer {
    type WatchLocalStream = futures::stream::Empty<Result<LocalPresence, Status>>;

    async fn watch_local(
        &self,
        _: Request<WatchLocalRequest>,
    ) -> Result<Response<Self::WatchLocalStream>, Status> {
        Err(Status::unimplemented("nobody watches"))
    }

    async fn deliver(&self, _: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        Err(Status::unimplemented("gateways forward"))
    }

    async fn forward(&self, request: Request<ForwardRequest>) -> Result<Response<ForwardResponse>, Status> {
        let deliveries = request.into_inner().deliveries;
        let outcomes = deliveries.iter().map(|_| ForwardOutcome { world_delivered: 5, ..Default::default() });
        let outcomes = outcomes.collect();
        self.0.lock().unwrap().push(deliveries);
        Ok(Response::new(ForwardResponse { gateway_id: "peer".into(), outcomes }))
    }

    async fn keep_link(&self, _: Request<KeepLinkRequest>) -> Result<Response<KeepLinkResponse>, Status> {
        Ok(Response::new(KeepLinkResponse {}))
    }

    async fn get_stats(&self, _: Request<GetStatsRequest>) -> Result<Response<GatewayStats>, Status> {
        Err(Status::unimplemented("no operator looks"))
    }

    async fn end_sign_in(&self, _: Request<EndSignInRequest>) -> Result<Response<EndSignInResponse>, Status> {
        Err(Status::unimplemented("nobody signs out"))
    }

    async fn broadcast_here(
        &self,
        _: Request<BroadcastRequest>,
    ) -> Result<Response<BroadcastResponse>, Status> {
        Err(Status::unimplemented("nobody broadcasts"))
    }

    async fn disconnect_here(
        &self,
        _: Request<DisconnectUsersRequest>,
    ) -> Result<Response<DisconnectUsersResponse>, Status> {
        Err(Status::unimplemented("nobody is disconnected"))
    }

    async fn sessions_here(
        &self,
        _: Request<GetSessionsRequest>,
    ) -> Result<Response<GetSessionsResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn set_world(
        &self,
        request: Request<SetWorldRequest>,
    ) -> Result<Response<SetWorldResponse>, Status> {
        assert!(request.into_inner().forwarded);
        Ok(Response::new(SetWorldResponse { sessions: 3 }))
    }
}

fn hold_lease(site: &Site, id: &str, url: &str) {
    let lease =
        protos::pb::repo::GatewayLease { gateway_id: id.into(), incarnation: "1".into(), url: url.into() };
    site.presence.state().leases.insert(id.into(), lease);
}

fn to_world(seq: i64, exclude: &[&Value]) -> Delivery {
    let message = types::Message {
        id: format!("world.{seq}"),
        conversation_id: "world".into(),
        sender: Some(types::UserInfo { id: "ann".into(), ..Default::default() }),
        r#type: types::MessageType::Text.into(),
        content: "hello".into(),
        seq_id: seq,
        ..Default::default()
    };
    Delivery {
        event: Some(Event { chat: Some(Chat::NewMessage(message)), ..Default::default() }),
        exclude_session_ids: exclude
            .iter()
            .map(|hello| hello["sessionId"].as_str().unwrap().to_owned())
            .collect(),
        world: true,
        ..Default::default()
    }
}

async fn deliver(gateway: &Running, deliveries: Vec<Delivery>) -> DeliverResponse {
    let mut router = RouterServiceClient::new(gateway.channel());
    timeout(DEADLINE, router.deliver(DeliverRequest { deliveries, link: None }))
        .await
        .unwrap()
        .unwrap()
        .into_inner()
}

async fn set_world(gateway: &Running, user: &str, joined: bool) -> i32 {
    let mut router = RouterServiceClient::new(gateway.channel());
    let request = SetWorldRequest { user_id: user.into(), joined, forwarded: false };
    timeout(DEADLINE, router.set_world(request)).await.unwrap().unwrap().into_inner().sessions
}

async fn expect_seq(client: &mut Client, seq: i64) {
    let frame = client.frame().await;
    assert_eq!((&frame["type"], &frame["data"]["seqId"]), (&json!("new-message"), &json!(seq)));
}

#[actix_rt::test]
async fn what_is_for_world_is_forwarded_once_to_each_gateway_and_nobody_is_looked_up() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let peer = Peer::join(&site).await;
    let known = async {
        while peer.take().is_empty() {
            deliver(&gateway, vec![to_world(1, &[])]).await;
        }
    };
    timeout(DEADLINE, known).await.expect("the peer is found");
    peer.take();
    let ((mut sender, hello), (mut other, _)) =
        (gateway.connect("world-ann.s1").await, gateway.connect("world-ann.s1").await);
    let (mut bob, _) = gateway.connect("world-bob.s1").await;
    let (mut stranger, _) = gateway.connect("carl.s1").await;
    let lookups = site.presence.state().lookups;
    let deliveries = (1..=3).map(|seq| to_world(seq, &[&hello])).collect();
    assert!(deliver(&gateway, deliveries).await.unreachable_gateway_ids.is_empty());
    for client in [&mut other, &mut bob] {
        for seq in 1..=3 {
            expect_seq(client, seq).await;
        }
        client.expect_pong().await;
    }
    sender.expect_pong().await;
    stranger.expect_pong().await;
    let calls = peer.take();
    let [call] = calls.as_slice() else { panic!("{} calls", calls.len()) };
    assert_eq!(call.len(), 3, "each message once");
    for delivery in call {
        assert!(delivery.world && delivery.user_ids.is_empty());
        assert_eq!(delivery.exclude_session_ids, [hello["sessionId"].as_str().unwrap()]);
    }
    assert_eq!(site.presence.state().lookups, lookups, "nobody is looked up");
}

#[actix_rt::test]
async fn who_joins_world_while_connected_gets_the_next_and_who_leaves_gets_no_more() {
    let site = Site::start().await;
    let (first, second) = (site.gateway("g1", tuning()).await, site.gateway("g2", tuning()).await);
    let (mut ann, _) = second.connect("ann.s1").await;
    let (mut resident, _) = second.connect("world-bob.s1").await;
    let known = async { while set_world(&first, "ann", false).await == 0 {} };
    timeout(DEADLINE, known).await.expect("the gateways find each other");
    deliver(&first, vec![to_world(1, &[])]).await;
    ann.expect_pong().await;
    assert_eq!(set_world(&first, "ann", true).await, 1);
    deliver(&first, vec![to_world(2, &[])]).await;
    expect_seq(&mut ann, 2).await;
    // A second session, whose token was checked just before, is in its place too.
    let (mut again, _) = first.connect("ann.s1").await;
    deliver(&second, vec![to_world(3, &[])]).await;
    for client in [&mut ann, &mut again] {
        expect_seq(client, 3).await;
    }
    assert_eq!(set_world(&second, "ann", false).await, 2);
    deliver(&second, vec![to_world(4, &[])]).await;
    for client in [&mut ann, &mut again] {
        client.expect_pong().await;
    }
    for seq in 1..=4 {
        expect_seq(&mut resident, seq).await;
    }
}

#[actix_rt::test]
async fn a_gateway_that_does_not_take_what_is_for_world_is_named() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut bob, _) = gateway.connect("world-bob.s1").await;
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    hold_lease(&site, "dead", &format!("http://{dead}"));
    let mut seq = 0;
    let told = async {
        loop {
            seq += 1;
            let unreachable = deliver(&gateway, vec![to_world(seq, &[])]).await.unreachable_gateway_ids;
            if !unreachable.is_empty() {
                return unreachable;
            }
        }
    };
    assert_eq!(timeout(DEADLINE, told).await.unwrap(), ["dead"], "and not this one");
    for seq in 1..=seq {
        expect_seq(&mut bob, seq).await;
    }
}

#[actix_rt::test]
async fn a_delivery_to_world_that_names_users_is_refused() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let mut router = RouterServiceClient::new(gateway.channel());
    let wrong = Delivery { user_ids: vec!["ann".into()], ..to_world(1, &[]) };
    let refused = router.deliver(DeliverRequest { deliveries: vec![wrong], link: None }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
}
