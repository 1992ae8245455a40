//! What could not be brought, or may not have come, is pulled: debts between gateways, and senders that fall silent.

use std::net::SocketAddr;

use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::pb::gateway::router_service_server::{RouterService, RouterServiceServer};
use protos::pb::gateway::{
    Debt, DeliverRequest, Delivery, ForwardRequest, KeepLinkRequest, LinkPosition, PushStatus,
};
use protos::pb::repo::GatewayLease;

use super::push::two;
use super::*;

/// Times that a test can wait for.
fn quick() -> Tuning {
    Tuning {
        keep_links_every: Duration::from_millis(50),
        link_silent_after: Duration::from_millis(400),
        resync_all_every: Duration::from_millis(200),
        ..tuning()
    }
}

fn at(link: &str, number: i64, answered: i64) -> LinkPosition {
    LinkPosition { link_id: link.into(), number, answered, forwarded: false }
}

fn kept(link: LinkPosition) -> KeepLinkRequest {
    KeepLinkRequest { link: Some(link), ..Default::default() }
}

async fn expect_resync(client: &mut Client, data: Value) {
    let frame = client.frame().await;
    assert_eq!((&frame["type"], &frame["data"]), (&json!("resync"), &data));
}

impl Running {
    fn router(&self) -> RouterServiceClient<AuthorizedChannel> {
        RouterServiceClient::new(self.channel())
    }

    async fn keep(&self, request: KeepLinkRequest) {
        self.router().keep_link(request).await.unwrap();
    }
}

/// Puts a gateway into the list of leases, and says who is there.
fn lease(site: &Site, id: &str, url: String, users: &[&str]) {
    let mut state = site.presence.state();
    let lease = GatewayLease { gateway_id: id.into(), incarnation: "1".into(), url };
    state.leases.insert(id.into(), lease);
    state.users.entry(id.into()).or_default().extend(users.iter().map(ToString::to_string));
}

/// What another gateway hears; it takes nothing that is forwarded to it.
mod peer {
    use futures::stream::Empty;
    use kit::grpc::Server;
    use protos::pb::gateway::*;
    use tokio::sync::mpsc;
    use tonic::{Request, Response, Status};

    use super::*;

    pub(super) struct Peer(mpsc::UnboundedSender<KeepLinkRequest>);

    /// Serves at `address` until the test's runtime ends.
    pub(super) async fn listen(
        address: SocketAddr,
        token: Secret,
    ) -> (SocketAddr, mpsc::UnboundedReceiver<KeepLinkRequest>) {
        let server = Server::bind(address, token).await.unwrap();
        let address = server.address().unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        let service = RouterServiceServer::new(Peer(sender));
        tokio::spawn(server.serve(Shutdown::new(), move |routes| routes.add_service(service)));
        (address, heard)
    }

    macro_rules! unimplemented_but_keep_link {
        ($( $method:ident $request:ident $response:ident ),* $(,)?) => {
            #[tonic::async_trait]
            impl RouterService for Peer {
                type WatchLocalStream = Empty<Result<LocalPresence, Status>>;

                async fn keep_link(
                    &self,
                    request: Request<KeepLinkRequest>,
                ) -> Result<Response<KeepLinkResponse>, Status> {
                    self.0.send(request.into_inner()).ok();
                    Ok(Response::new(KeepLinkResponse {}))
                }

                async fn watch_local(
                    &self,
                    _: Request<WatchLocalRequest>,
                ) -> Result<Response<Self::WatchLocalStream>, Status> {
                    Err(Status::unimplemented("as the test wants"))
                }

                $(
                    async fn $method(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                        Err(Status::unavailable("as the test wants"))
                    }
                )*
            }
        };
    }

    unimplemented_but_keep_link!(
        deliver DeliverRequest DeliverResponse,
        forward ForwardRequest ForwardResponse,
        end_sign_in EndSignInRequest EndSignInResponse,
        broadcast_here BroadcastRequest BroadcastResponse,
        disconnect_here DisconnectUsersRequest DisconnectUsersResponse,
        sessions_here GetSessionsRequest GetSessionsResponse,
        set_world SetWorldRequest SetWorldResponse,
        get_stats GetStatsRequest GatewayStats,
    );
}

/// The next debt that a gateway hears of.
async fn next_debt(heard: &mut tokio::sync::mpsc::UnboundedReceiver<KeepLinkRequest>) -> Debt {
    let told = async {
        loop {
            let debt = heard.recv().await.unwrap().debt.unwrap_or_default();
            if debt != Debt::default() {
                return debt;
            }
        }
    };
    timeout(DEADLINE, told).await.expect("nobody tells what is owed")
}

#[actix_rt::test]
async fn a_gateway_that_comes_back_is_told_what_it_did_not_take() {
    let site = Site::start().await;
    let first = site.gateway("g1", quick()).await;
    let nobody = "127.0.0.1:0".parse().unwrap();
    let dead = tokio::net::TcpListener::bind::<SocketAddr>(nobody).await.unwrap().local_addr().unwrap();
    lease(&site, "g2", format!("http://{dead}"), &["ann", "bob", "carl", "world-dora"]);
    for user in ["ann", "bob"] {
        let unreachable =
            async { while first.push(&[user]).await[user].status() != PushStatus::Unreachable {} };
        timeout(DEADLINE, unreachable).await.unwrap();
    }
    let (_, mut heard) = peer::listen(dead, site.token.clone()).await;
    let mut debt = next_debt(&mut heard).await;
    debt.user_ids.sort();
    assert_eq!(debt, Debt { user_ids: vec!["ann".into(), "bob".into()], ..Default::default() });
    // Paid once; then what it does not take again is owed again.
    assert_eq!(first.push(&["carl"]).await["carl"].status(), PushStatus::Unreachable);
    assert_eq!(next_debt(&mut heard).await.user_ids, ["carl"]);
    let world = Delivery { event: notification(&[], "{}").event, world: true, ..Default::default() };
    first.router().deliver(DeliverRequest { deliveries: vec![world], link: None }).await.unwrap();
    assert_eq!(next_debt(&mut heard).await, Debt { world: true, ..Default::default() });
}

#[actix_rt::test]
async fn beyond_ten_thousand_everybody_is_owed() {
    let site = Site::start().await;
    let first = site.gateway("g1", quick()).await;
    let nobody = "127.0.0.1:0".parse().unwrap();
    let dead = tokio::net::TcpListener::bind::<SocketAddr>(nobody).await.unwrap().local_addr().unwrap();
    let users: Vec<String> = (0..10_001).map(|number| format!("u{number}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    lease(&site, "g2", format!("http://{dead}"), &users);
    let unreachable =
        async { while first.push(&users[..1]).await["u0"].status() != PushStatus::Unreachable {} };
    timeout(DEADLINE, unreachable).await.unwrap();
    first.push(&users[1..]).await;
    let (_, mut heard) = peer::listen(dead, site.token.clone()).await;
    assert_eq!(next_debt(&mut heard).await, Debt { everybody: true, ..Default::default() });
}

#[actix_rt::test]
async fn a_gateway_that_is_not_known_yet_is_told_once_it_is() {
    let site = Site::start().await;
    let slow = Tuning { renew_every: Duration::from_millis(1_000), ..quick() };
    let first = site.start_gateway("g1", slow).await;
    let ready = async { while first.get("/readyz").await != 200 {} };
    timeout(DEADLINE, ready).await.unwrap();
    let (known, _heard) = peer::listen("127.0.0.1:0".parse().unwrap(), site.token.clone()).await;
    lease(&site, "g2", format!("http://{known}"), &[]);
    let before = site.presence.state().lookups;
    let asked = async {
        while site.presence.state().lookups == before {
            first.push(&["nobody"]).await;
        }
    };
    timeout(DEADLINE, asked).await.expect("the first peer is not learned of");
    // Only repo knows of this one.
    let (unknown, mut heard) = peer::listen("127.0.0.1:0".parse().unwrap(), site.token.clone()).await;
    lease(&site, "g3", format!("http://{unknown}"), &["ann"]);
    assert_eq!(first.push(&["ann"]).await["ann"].status(), PushStatus::Unreachable);
    assert_eq!(next_debt(&mut heard).await.user_ids, ["ann"]);
}

#[actix_rt::test]
async fn those_who_are_owed_sync_and_no_others() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let ((mut ann, _), (mut bob, _)) = (gateway.connect("ann.s1").await, gateway.connect("bob.s1").await);
    let (mut dora, _) = gateway.connect("world-dora.s1").await;
    let debt = Debt { user_ids: vec!["ann".into(), "nobody".into()], world: true, ..Default::default() };
    for forwarded in [true, false] {
        let link = LinkPosition { forwarded, ..at("l", 1, 0) };
        gateway.keep(KeepLinkRequest { debt: Some(debt.clone()), ..kept(link) }).await;
        expect_resync(&mut ann, json!({})).await;
        expect_resync(&mut dora, json!({"conversations": ["world"]})).await;
    }
    ann.expect_pong().await;
    bob.expect_pong().await;
}

#[actix_rt::test]
async fn what_logic_owes_is_passed_on_to_the_gateways_that_own_the_users() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let ((mut ann, _), (mut bob, _)) = (second.connect("ann.s1").await, second.connect("bob.s1").await);
    let debt = Debt { user_ids: vec!["ann".into()], ..Default::default() };
    first.keep(KeepLinkRequest { debt: Some(debt), ..kept(at("l", 1, 0)) }).await;
    expect_resync(&mut ann, json!({})).await;
    bob.expect_pong().await;
    let debt = Debt { everybody: true, ..Default::default() };
    first.keep(KeepLinkRequest { debt: Some(debt), ..kept(at("l", 2, 1)) }).await;
    expect_resync(&mut ann, json!({})).await;
    expect_resync(&mut bob, json!({})).await;
}

#[actix_rt::test]
async fn a_sender_that_falls_silent_has_all_sessions_sync_once_and_one_that_says_goodbye_none() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", quick()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    gateway.keep(KeepLinkRequest { goodbye: true, ..kept(at("leaves", 1, 0)) }).await;
    gateway
        .router()
        .deliver(DeliverRequest { deliveries: vec![], link: Some(at("dies", 1, 0)) })
        .await
        .unwrap();
    gateway
        .router()
        .forward(ForwardRequest { deliveries: vec![], link: Some(at("too", 1, 0)) })
        .await
        .unwrap();
    // Two breaks at once are one `resync`; the marker comes behind all that was caused before.
    expect_resync(&mut ann, json!({})).await;
    let (mut bob, _) = gateway.connect("bob.s1").await;
    gateway.keep(kept(at("dies later", 1, 0))).await;
    expect_resync(&mut bob, json!({})).await;
    expect_resync(&mut ann, json!({})).await;
    ann.expect_pong().await;
    bob.expect_pong().await;
}

#[actix_rt::test]
async fn a_jump_in_the_numbers_has_all_sessions_sync() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    gateway.keep(kept(at("l", 4, 3))).await;
    gateway.keep(kept(at("l", 7, 4))).await;
    ann.expect_pong().await;
    gateway.keep(kept(at("l", 9, 8))).await;
    expect_resync(&mut ann, json!({})).await;
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn the_break_of_a_link_from_logic_is_passed_on_and_that_of_a_gateways_is_not() {
    let site = Site::start().await;
    let first = site.gateway("g1", quick()).await;
    let (address, mut heard) = peer::listen("127.0.0.1:0".parse().unwrap(), site.token.clone()).await;
    lease(&site, "g2", format!("http://{address}"), &[]);
    timeout(DEADLINE, heard.recv()).await.expect("the peer hears nothing").unwrap();
    first.keep(kept(LinkPosition { forwarded: true, ..at("a gateway", 1, 0) })).await;
    first.keep(kept(at("logic", 1, 0))).await;
    let expected = Debt { broken_link_ids: vec!["logic".into()], ..Default::default() };
    assert_eq!(next_debt(&mut heard).await, expected);
}

#[actix_rt::test]
async fn a_break_that_others_noticed_too_is_one() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", quick()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    gateway.keep(kept(at("logic", 1, 0))).await;
    expect_resync(&mut ann, json!({})).await;
    let debt = |link: &str| Debt { broken_link_ids: vec![link.into()], ..Default::default() };
    let passed_on = |link: &str| KeepLinkRequest {
        debt: Some(debt(link)),
        goodbye: true,
        ..kept(LinkPosition { forwarded: true, ..at("g2", 1, 0) })
    };
    gateway.keep(passed_on("logic")).await;
    gateway.keep(passed_on("another")).await;
    expect_resync(&mut ann, json!({})).await;
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_gateway_that_stops_says_goodbye_unless_it_owes() {
    let site = Site::start().await;
    let first = site.gateway("g1", quick()).await;
    let (address, mut heard) = peer::listen("127.0.0.1:0".parse().unwrap(), site.token.clone()).await;
    lease(&site, "g2", format!("http://{address}"), &["ann"]);
    let nobody = "127.0.0.1:0".parse().unwrap();
    let dead = tokio::net::TcpListener::bind::<SocketAddr>(nobody).await.unwrap().local_addr().unwrap();
    lease(&site, "g3", format!("http://{dead}"), &["bob"]);
    let first_call = timeout(DEADLINE, heard.recv()).await.expect("the peer hears nothing").unwrap();
    let unreachable =
        async { while first.push(&["bob"]).await["bob"].status() != PushStatus::Unreachable {} };
    timeout(DEADLINE, unreachable).await.unwrap();
    first.stop().await;
    let mut last = first_call;
    while let Ok(Some(next)) = timeout(Duration::from_millis(100), heard.recv()).await {
        assert_eq!(next.link.clone().unwrap().link_id, last.link.unwrap().link_id);
        last = next;
    }
    assert!(last.goodbye, "{last:?}");
}
