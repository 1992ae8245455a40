//! A logic process and its clients.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use kit::grpc::{AuthorizedChannel, Pool, PoolConfig, channel_to};
use kit::{ManualClock, Secret, SharedClock, Shutdown};
use logic::{Config, Logic};
use protos::Error;
use protos::pb::logic::auth_service_client::AuthServiceClient;
use protos::pb::logic::conversation_service_client::ConversationServiceClient;
use protos::pb::logic::friend_service_client::FriendServiceClient;
use protos::pb::logic::message_service_client::MessageServiceClient;
use protos::pb::logic::user_service_client::UserServiceClient;
use protos::pb::repo::{GatewayLease, ListGatewaysRequest, ListGatewaysResponse};
use protos::pb::types;
use tonic::Status;
use url::Url;

use crate::fake::{Fake, Running};

/// No step of a test takes longer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// When the tests' clock stands, in Unix seconds.
pub(crate) const NOW: i64 = 1_800_000_000;

/// A logic process over fakes; it stops when it is dropped.
pub(crate) struct Rig {
    pub(crate) repo: Fake,
    pub(crate) gateway: Fake,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) url: Url,
    channel: AuthorizedChannel,
    stop: Shutdown,
    running: Vec<Running>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Rig {
    /// With one gateway, known by its lease.
    pub(crate) async fn start() -> Self {
        let (repo, gateway) = (Fake::default(), Fake::default());
        let token = token();
        let serving = gateway.serve(&token).await;
        list_gateways(&repo, &[&serving.url]);
        Self::start_with(repo, gateway, vec![serving]).await
    }

    /// With whatever gateways `repo` tells of.
    pub(crate) async fn start_with(repo: Fake, gateway: Fake, mut running: Vec<Running>) -> Self {
        let (token, clock) = (token(), Arc::new(ManualClock::at_ms(NOW * 1_000)));
        let repo_running = repo.serve(&token).await;
        let config = config(&token, &repo_running.url);
        running.push(repo_running);
        let logic = Logic::bind(config, Arc::clone(&clock) as SharedClock).await.unwrap();
        let url: Url = format!("http://{}", logic.address().unwrap()).parse().unwrap();
        let stop = Shutdown::new();
        let run = logic.run(stop.clone());
        actix_rt::spawn(async move { run.await.unwrap() });
        ready(&url, &token).await;
        let channel = channel_to(&url, &token).unwrap();
        Self { repo, gateway, clock, url, channel, stop, running }
    }

    /// Has the process end; what it calls stays until the answer is dropped.
    pub(crate) fn end(mut self) -> Vec<Running> {
        std::mem::take(&mut self.running)
    }

    pub(crate) fn auth(&self) -> AuthServiceClient<AuthorizedChannel> {
        AuthServiceClient::new(self.channel.clone())
    }

    pub(crate) fn users(&self) -> UserServiceClient<AuthorizedChannel> {
        UserServiceClient::new(self.channel.clone())
    }

    pub(crate) fn conversations(&self) -> ConversationServiceClient<AuthorizedChannel> {
        ConversationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn friends(&self) -> FriendServiceClient<AuthorizedChannel> {
        FriendServiceClient::new(self.channel.clone())
    }

    pub(crate) fn messages(&self) -> MessageServiceClient<AuthorizedChannel> {
        MessageServiceClient::new(self.channel.clone())
    }
}

/// What all processes of a test share.
pub(crate) fn token() -> Secret {
    Secret::new("test", "an internal token of more than 32 bytes").unwrap()
}

/// Settings that read nothing from outside; the first contact answers to nobody.
pub(crate) fn config(token: &Secret, repo: &Url) -> Config {
    let mut config = Config::parse_from(["logic", "--logic-listen", "127.0.0.1:0"]);
    config.common.data_dir = PathBuf::from("/nonexistent");
    config.common.internal_token = Some(token.clone());
    config.jwt_secret = Some(Secret::new("test", "a token-signing key of more than 32 bytes").unwrap());
    config.repo_urls = vec![repo.clone()];
    config.gateway_urls = Vec::new();
    (config.bcrypt_cost, config.bcrypt_cost_floor) = (4, 4);
    config
}

/// Waits until the process at `url` says that it is ready.
pub(crate) async fn ready(url: &Url, token: &Secret) {
    let pool = Pool::start("logic", std::slice::from_ref(url), token, PoolConfig::default()).unwrap();
    tokio::time::timeout(DEADLINE, pool.ready()).await.expect("logic is ready in time");
}

/// Has repo tell that these gateways live.
pub(crate) fn list_gateways(repo: &Fake, urls: &[&Url]) {
    let lease = |url: &&Url| GatewayLease {
        gateway_id: url.to_string(),
        incarnation: "1".into(),
        url: url.to_string(),
    };
    let gateways: Vec<GatewayLease> = urls.iter().map(lease).collect();
    repo.on(move |_: ListGatewaysRequest| {
        let gateways = gateways.clone();
        async move { Ok(ListGatewaysResponse { gateways, ages: Vec::new() }) }
    });
}

/// A user of that id, whose name it also is.
pub(crate) fn user(id: &str) -> types::User {
    types::User {
        id: id.into(),
        username: id.into(),
        status: types::UserStatus::Normal.into(),
        ..Default::default()
    }
}

/// The reason of a refusal.
pub(crate) fn reason(status: Status) -> protos::Reason {
    Error::from(status).reason()
}
