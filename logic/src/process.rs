//! A logic process from its listener to its end.

use std::net::SocketAddr;
use std::time::Duration;

use kit::grpc::{Health, MAX_REQUEST_BYTES, Pool, PoolConfig, Routes, Server};
use kit::process::Failure;
use kit::{Secret, SharedClock, Shutdown};
use protos::pb::logic::auth_service_server::AuthServiceServer;
use protos::pb::logic::conversation_service_server::ConversationServiceServer;
use protos::pb::logic::friend_service_server::FriendServiceServer;
use protos::pb::logic::message_service_server::MessageServiceServer;
use protos::pb::logic::user_service_server::UserServiceServer;
use tokio::time::{interval, timeout};

use crate::Config;
use crate::auth::{Auth, AuthRpc, Credentials, Tokens};
use crate::conversation::{ConversationRpc, Conversations};
use crate::fanout::{Fanout, GatewayCourier, GatewayLink, MemberCache, Repair};
use crate::friend::{FriendRpc, Friends};
use crate::message::{MessageRpc, Messages, SaveBatch, WorldLimit};
use crate::repo::Repo;
use crate::signals::{Receipts, Signals};
use crate::user::{UserRpc, Users};

/// How often it is checked whether repo answers.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// A repo process that fails so many checks in a row is gone; one may fall into a call that was cut off.
const CHECKS_FAILED: u32 = 3;

/// At a stop what is still on its way is waited for so long before gateways are told that all has been sent.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// A logic process: bound, not yet serving.
#[derive(Debug)]
pub struct Logic {
    config: Config,
    bcrypt_cost: u32,
    token: Secret,
    jwt_secret: Secret,
    clock: SharedClock,
    server: Server,
}

impl Logic {
    /// Checks the settings and binds the listener.
    ///
    /// # Errors
    /// When a setting is of no use or the address is taken; the message says which.
    pub async fn bind(config: Config, clock: SharedClock) -> Result<Self, Failure> {
        let bcrypt_cost = config.bcrypt_cost()?;
        let token = config.common.internal_token()?;
        let jwt_secret = config.jwt_secret()?;
        let server = Server::bind(config.logic_listen, token.clone())
            .await?
            .tell_metrics_at(config.logic_metrics_listen)
            .await?;
        Ok(Self { config, bcrypt_cost, token, jwt_secret, clock, server })
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.server.address()
    }

    /// Serves until `shutdown`, then finishes the calls under way. While no repo answers, its health is NOT_SERVING.
    ///
    /// # Errors
    /// When a URL is of no use, or the listener fails.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Failure> {
        let pool = Pool::start("repo", &self.config.repo_urls, &self.token, PoolConfig::default())?;
        let repo = Repo::start(pool.clone());
        let gateways = GatewayLink::new(&self.config.gateway_urls, self.token.clone());
        let members = MemberCache::new(repo.clone());
        let fanout = Fanout::start(GatewayCourier::start(members.clone(), gateways.clone()));
        let repair = Repair { members: members.clone(), link: gateways.clone() };
        let (repair_stop, on_its_way) = (Shutdown::new(), fanout.clone());
        let signals = Signals { members, fanout: fanout.clone() };
        let auth = Auth {
            repo: repo.clone(),
            tokens: Tokens::new(&self.jwt_secret, self.clock.clone())?,
            credentials: Credentials::start(self.bcrypt_cost),
            gateways: gateways.clone(),
        };
        let services = Services {
            auth,
            repo: repo.clone(),
            gateways: gateways.clone(),
            fanout,
            signals,
            clock: self.clock,
        };
        let health = self.server.health();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move {
            pool.ready().await;
            // Who is to get messages is known before the first is taken.
            gateways.learn_leases(&repo).await;
            tracing::info!("logic is ready");
            tokio::join!(gateways.follow_leases(repo), follow_readiness(pool, health));
        }));
        tracing::info!(address = %self.server.address()?, repo = ?urls(&self.config), "logic serves im.logic.v1");
        // Gateways hear of this process until the last call has been answered.
        let repairing = tokio::spawn(repair.clone().run(repair_stop.clone()));
        let served = self.server.serve(shutdown, |routes| services.add_to(routes)).await;
        repair_stop.cancel();
        let goodbye = async {
            repairing.await.unwrap_or_default();
            on_its_way.idle().await;
            repair.say_goodbye().await;
        };
        if timeout(GOODBYE_WITHIN, goodbye).await.is_err() {
            tracing::debug!("not everything was sent: the gateways make it good");
        }
        served
    }
}

/// Everything that is served.
struct Services {
    auth: Auth,
    repo: Repo,
    gateways: GatewayLink,
    fanout: Fanout,
    signals: Signals,
    clock: SharedClock,
}

impl Services {
    fn add_to(self, routes: Routes) -> Routes {
        let Self { auth, repo, gateways, fanout, signals, clock } = self;
        let saves = SaveBatch::start(repo.clone());
        let messages =
            Messages { repo: repo.clone(), clock, saves, fanout: fanout.clone(), world: WorldLimit::new() };
        let users = Users { repo: repo.clone() };
        let friends = FriendRpc(Friends { repo: repo.clone(), fanout: fanout.clone() });
        let receipts = Receipts::start(signals.clone());
        let conversations = Conversations { repo, fanout, gateways, receipts: receipts.clone() };
        let limit = MAX_REQUEST_BYTES;
        routes
            .add_service(AuthServiceServer::new(AuthRpc(auth)).max_decoding_message_size(limit))
            .add_service(UserServiceServer::new(UserRpc(users)).max_decoding_message_size(limit))
            .add_service(
                ConversationServiceServer::new(ConversationRpc(conversations))
                    .max_decoding_message_size(limit),
            )
            .add_service(
                MessageServiceServer::new(MessageRpc(messages, signals, receipts))
                    .max_decoding_message_size(limit),
            )
            .add_service(FriendServiceServer::new(friends).max_decoding_message_size(limit))
    }
}

/// Says that logic can do its work for as long as repo answers.
async fn follow_readiness(pool: Pool, health: Health) {
    health.set_ready(true).await;
    let mut tick = interval(WATCH_EVERY);
    let mut failed = 0;
    loop {
        tick.tick().await;
        let was_ready = failed < CHECKS_FAILED;
        failed = if pool.is_ready() { 0 } else { CHECKS_FAILED.min(failed + 1) };
        if was_ready != (failed < CHECKS_FAILED) {
            health.set_ready(!was_ready).await;
        }
    }
}

fn urls(config: &Config) -> Vec<&str> {
    config.repo_urls.iter().map(url::Url::as_str).collect()
}
