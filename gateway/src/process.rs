//! A gateway process from its listeners to its end.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server as HttpService, ServerHandle};
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use kit::grpc::{MAX_REQUEST_BYTES, Pool, PoolConfig, Server};
use kit::process::Failure;
use kit::{Secret, SharedClock, Shutdown};
use protos::error::CloseCode;
use protos::ids::{GatewayId, Incarnation};
use protos::model::GatewayLease;
use protos::pb::gateway::pusher_service_server::PusherServiceServer;
use protos::pb::gateway::router_service_server::RouterServiceServer;
use tokio::time::{interval, timeout};

use crate::admin::{self, Admin};
use crate::http::{self, AppState, around};
use crate::kept::KeptPushes;
use crate::limits::{Limits, TrustedProxies};
use crate::logic::LogicClient;
use crate::metrics::SharedMetrics;
use crate::planted;
use crate::presence::{LeaseTerms, Presence, PresenceClient, Roster};
use crate::pusher::{Peers, PusherRpc, Pushes, Repair, RepairTerms, Router, RouterRpc};
use crate::readiness::{self, Readiness};
use crate::registry::Registry;
use crate::session::{self, Heartbeat, QueueBounds, Sessions};
use crate::socket::{self, SocketOptions};
use crate::stats::{Cluster, Observer};
use crate::{Config, Tuning};

/// A request's head that takes longer is given up.
const REQUEST_HEAD_WITHIN: Duration = Duration::from_secs(5);
/// A connection is kept for the next request for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long the end of a connection waits for what its client is still sending, so that it sees why: a session's close frame, or
/// the answer to a body that was not read. Clients that wait for the server's side wait as long.
const DISCONNECT_WITHIN: Duration = Duration::from_secs(1);
/// Connections on each thread; beyond, they wait to be taken.
const CONNECTIONS_PER_WORKER: usize = 50_000;
/// Calls to repo: a lease and look-ups that come late are worth nothing.
const REPO_DEADLINE: Duration = Duration::from_secs(2);
/// Calls about pushes that wait: 10,000 users may be in one, and a job waits for it.
const PUSH_DEADLINE: Duration = Duration::from_secs(4);
/// When no repo process has answered for so long, the sessions are closed.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);
/// At a stop the sessions are closed over this time, so that their clients do not all come back at once.
const CLOSED_OVER: Duration = Duration::from_secs(2);
/// At a stop connections that are still open after so long are cut.
const CUT_AFTER: Duration = Duration::from_secs(4);

/// A gateway process: bound, not yet serving.
#[derive(Debug)]
pub struct Gateway {
    config: Config,
    token: Secret,
    admin_token: Option<Secret>,
    lease: GatewayLease,
    clock: SharedClock,
    http: TcpListener,
    grpc: Server,
}

impl Gateway {
    /// Checks the settings and binds both listeners.
    ///
    /// # Errors
    /// When a setting is of no use or an address is taken; the message says which.
    pub async fn bind(config: Config, clock: SharedClock) -> Result<Self, Failure> {
        planted::announce();
        let (token, admin_token) = (config.common.internal_token()?, config.admin_token()?);
        let address = config.gateway_http_listen;
        let http = socket::listen(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
        let grpc = Server::bind(config.gateway_grpc_listen, token.clone())
            .await?
            .tell_metrics_at(config.gateway_metrics_listen)
            .await?;
        let gateway_id = match config.gateway_id.clone().filter(|id| !id.is_empty()) {
            Some(id) => GatewayId::parse("GATEWAY_ID", id)?,
            None => GatewayId::generate(),
        };
        let url = config.advertised(grpc.address()?)?.to_string();
        let lease = GatewayLease { gateway_id, incarnation: Incarnation::generate(), url };
        Ok(Self { config, token, admin_token, lease, clock, http, grpc })
    }

    /// The address that HTTP and WebSocket are bound to.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn http_address(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// The address that gRPC is bound to.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn grpc_address(&self) -> std::io::Result<SocketAddr> {
        self.grpc.address()
    }

    /// The address that metrics are asked for at, if any.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.grpc.metrics_address()
    }

    /// This gateway's id among the gateways.
    #[must_use]
    pub fn id(&self) -> &GatewayId {
        &self.lease.gateway_id
    }

    /// Serves until `shutdown`, then closes the sessions and gives the lease back.
    ///
    /// # Errors
    /// When a URL is of no use, or a listener fails.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Failure> {
        let (http_address, grpc_address) = (self.http_address()?, self.grpc_address()?);
        let id = self.lease.gateway_id.clone();
        let parts = Parts::start(&self)?;
        let http = parts.http_server(self.http, &self.config)?;
        let http_handle = http.handle();
        let http = actix_rt::spawn(http);
        let grpc_stop = Shutdown::new();
        let (router, roster) = (parts.router.clone(), parts.presence.roster().clone());
        let (pushes, repair, observer) = (parts.pushes.clone(), parts.repair.clone(), parts.observer.clone());
        let health = self.grpc.health();
        let mut grpc = self.grpc;
        grpc.registry().register_collector(Box::new(parts.observer.clone()));
        let grpc = grpc.serve(grpc_stop.clone(), |routes| {
            let pusher = PusherServiceServer::new(PusherRpc(pushes, router.clone(), roster.clone()));
            let router = RouterServiceServer::new(RouterRpc(router, roster, repair, observer));
            routes
                .add_service(pusher.max_decoding_message_size(MAX_REQUEST_BYTES))
                .add_service(router.max_decoding_message_size(MAX_REQUEST_BYTES))
        });
        tokio::pin!(grpc, http);
        let follow_readiness = parts.readiness.clone().follow(health);
        tracing::info!(
            gateway = %id, http = %http_address, grpc = %grpc_address, url = self.lease.url,
            "gateway serves HTTP and WebSocket, and im.gateway.v1"
        );
        tokio::select! {
            ended = &mut grpc => return ended,
            ended = &mut http => return Ok(ended??),
            () = follow_readiness => {}
            () = shutdown.cancelled() => {}
        }
        let stopped = parts.stop(http_handle);
        tokio::pin!(stopped);
        // Calls are still answered while the sessions are closed.
        tokio::select! {
            ended = &mut grpc => return ended,
            () = &mut stopped => {}
        }
        parts.presence.stop();
        grpc_stop.cancel();
        let served = grpc.await;
        // Nobody is forwarded to any more.
        parts.peers.stop().await;
        served
    }
}

/// The clients of the other services.
#[derive(Clone)]
struct Clients {
    repo_pool: Pool,
    presence: PresenceClient,
    kept: KeptPushes,
    logic_pool: Pool,
    logic: LogicClient,
}

impl Clients {
    fn start(config: &Config, token: &Secret, metrics: &SharedMetrics) -> Result<Self, Failure> {
        let repo_config = PoolConfig { deadline: REPO_DEADLINE, ..PoolConfig::default() };
        let repo_pool = Pool::start("repo", &config.repo_urls, token, repo_config)?;
        let push_config = PoolConfig { deadline: PUSH_DEADLINE, ..PoolConfig::default() };
        let kept = KeptPushes::start(Pool::start("repo", &config.repo_urls, token, push_config)?);
        let logic_pool = Pool::start("logic", &config.logic_urls, token, PoolConfig::default())?;
        let logic = LogicClient::start(logic_pool.clone(), metrics.clone());
        Ok(Self { presence: PresenceClient::new(repo_pool.clone()), repo_pool, kept, logic_pool, logic })
    }

    /// Sees how the gateway is doing that uses them.
    fn observer(
        &self,
        gateway: &Gateway,
        sessions: &Sessions,
        peers: &Peers,
        metrics: SharedMetrics,
    ) -> Observer {
        Observer {
            lease: gateway.lease.clone(),
            started_at_ms: gateway.clock.now_ms(),
            clock: gateway.clock.clone(),
            metrics,
            registry: sessions.registry.clone(),
            readiness: sessions.readiness.clone(),
            roster: sessions.presence.roster().clone(),
            locator: sessions.presence.locator().clone(),
            logic: self.logic.clone(),
            kept: self.kept.clone(),
            peers: peers.clone(),
            logic_pool: self.logic_pool.clone(),
            repo_pool: self.repo_pool.clone(),
            bounds: sessions.queue,
        }
    }
}

fn repair_terms(tuning: &Tuning) -> RepairTerms {
    RepairTerms { silent_after: tuning.link_silent_after, resync_all_every: tuning.resync_all_every }
}

/// What the HTTP handlers work with.
fn app_state(config: &Config, logic: LogicClient, presence: Presence) -> AppState {
    AppState {
        logic,
        online: Arc::new(move |users| presence.online(users)),
        origins: config.allowed_origins.iter().cloned().collect(),
        limits: Limits::new(config.rate_limits.clone()),
    }
}

/// What the two servers have in common.
struct Parts {
    state: AppState,
    sessions: Sessions,
    registry: Registry,
    presence: Presence,
    readiness: Readiness,
    router: Router,
    peers: Peers,
    repair: Repair,
    pushes: Pushes,
    observer: Observer,
    admin: Option<Admin>,
}

impl Parts {
    fn start(gateway: &Gateway) -> Result<Self, Failure> {
        let Gateway { config, token, lease, clock, .. } = gateway;
        let (tuning, metrics) = (config.tuning, SharedMetrics::default());
        let clients = Clients::start(config, token, &metrics)?;
        let Clients { presence: repo, logic, kept, .. } = clients.clone();
        let peers = Peers::new(lease.gateway_id.clone(), token.clone(), tuning.keep_links_every);
        let roster = Roster::new(lease.gateway_id.clone(), clock.clone(), tuning.offline_grace);
        let terms = LeaseTerms { renew_every: tuning.renew_every, give_up_after: GIVE_UP_AFTER };
        let (presence, registry) = Presence::start(
            lease.clone(),
            repo,
            terms,
            peers.clone(),
            clock.clone(),
            roster,
            metrics.clone(),
        );
        let readiness = Readiness::new(clients.logic_pool.clone(), presence.standing());
        let router = Router::new(
            lease.gateway_id.clone(),
            registry.clone(),
            presence.locator().clone(),
            peers.clone(),
            clock.clone(),
            metrics.clone(),
        );
        let repair = Repair::new(router.clone(), repair_terms(&tuning));
        tokio::spawn(presence.stopped().run_until_cancelled_owned(repair.clone().watch()));
        let greetings = presence.give_notices(logic.clone(), router.clone());
        let state = app_state(config, logic.clone(), presence.clone());
        let sessions = Sessions {
            gateway: lease.gateway_id.clone(),
            logic,
            registry: registry.clone(),
            presence: presence.clone(),
            kept: kept.clone(),
            greetings,
            readiness: readiness.clone(),
            limits: state.limits.clone(),
            clock: clock.clone(),
            heartbeat: Heartbeat::every(tuning.ping_every),
            silent_after: tuning.silent_after,
            queue: QueueBounds { frames: tuning.queued_frames, bytes: tuning.queued_bytes },
        };
        let pushes = Pushes::new(router.clone(), kept);
        let observer = clients.observer(gateway, &sessions, &peers, metrics);
        let cluster = Cluster { here: observer.clone(), presence: clients.presence };
        let admin = gateway.admin_token.clone().map(|token| Admin::new(token, cluster, pushes.clone()));
        Ok(Self {
            state,
            sessions,
            registry,
            presence,
            readiness,
            router,
            peers,
            repair,
            pushes,
            observer,
            admin,
        })
    }

    fn http_server(&self, listener: TcpListener, config: &Config) -> Result<HttpService, Failure> {
        let (state, sessions) = (self.state.clone(), self.sessions.clone());
        let readiness = web::Data::new(self.readiness.clone());
        let admin = self.admin.clone();
        let proxies = web::Data::new(TrustedProxies::new(&config.trusted_proxies));
        let tuning = config.tuning;
        let options = SocketOptions { user_timeout: tuning.user_timeout, send_buffer: tuning.send_buffer };
        // Runs once on each of the server's threads.
        let server = HttpServer::new(move || {
            let logic = sessions.logic.on_this_thread();
            let state = AppState { logic: logic.clone(), ..state.clone() };
            let sessions = Sessions { logic, ..sessions.clone() };
            App::new()
                .app_data(web::Data::new(state))
                .app_data(web::Data::new(sessions))
                .app_data(readiness.clone())
                .app_data(proxies.clone())
                .wrap(from_fn(around))
                .configure(readiness::configure)
                .configure(session::configure)
                .configure(|cfg| admin::configure(cfg, admin.as_ref()))
                .configure(http::configure)
        })
        .client_request_timeout(REQUEST_HEAD_WITHIN)
        .client_disconnect_timeout(DISCONNECT_WITHIN)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .max_connections(CONNECTIONS_PER_WORKER)
        .on_connect(move |connection, _| options.apply(connection))
        .shutdown_timeout(CUT_AFTER.as_secs())
        .disable_signals();
        let server = if tuning.workers == 0 { server } else { server.workers(tuning.workers) };
        Ok(server.listen(listener)?.run())
    }

    /// Takes no more connections, closes the sessions one after the other, and gives the lease back.
    async fn stop(&self, http: ServerHandle) {
        self.readiness.stop();
        let stopped = http.stop(true);
        let closed = self.close_sessions();
        let all = futures::future::join(stopped, closed);
        if timeout(CUT_AFTER + Duration::from_secs(1), all).await.is_err() {
            tracing::warn!("not every connection ended in time");
        }
        self.presence.release().await;
    }

    async fn close_sessions(&self) {
        let sessions = self.registry.sessions();
        tracing::info!(sessions = sessions.len(), "closing the sessions");
        const STEP: Duration = Duration::from_millis(50);
        let at_once = sessions.len().div_ceil((CLOSED_OVER.as_millis() / STEP.as_millis()) as usize).max(1);
        let mut tick = interval(STEP);
        for some in sessions.chunks(at_once) {
            tick.tick().await;
            for session in some {
                session.close(CloseCode::Restart, "this gateway restarts: reconnect with jitter");
            }
        }
    }
}
