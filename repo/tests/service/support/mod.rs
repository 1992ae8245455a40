//! A repo in the test's own process, reached over a real socket like any other.

pub(crate) mod api;
pub(crate) mod database;
pub(crate) mod redis;

use std::sync::Arc;
use std::time::Duration;

use kit::grpc::{AuthorizedChannel, channel_to};
use kit::process::Failure;
use kit::{Secret, SharedClock, Shutdown, SystemClock};
use repo::{Config, Repo};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

pub(crate) use api::Api;
pub(crate) use database::TestDatabase;
pub(crate) use redis::TestRedis;

/// Nothing in these tests takes longer on a machine that is not broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A running repo; dropping it stops it.
pub(crate) struct TestRepo {
    channel: AuthorizedChannel,
    stop: Shutdown,
    running: JoinHandle<Result<(), Failure>>,
    _data: TempDir,
}

/// The settings of a repo over this database, on a port of its own.
pub(crate) fn config(database: &TestDatabase, data: &TempDir, redis: Option<&TestRedis>) -> Config {
    use clap::Parser;
    let mut config = Config::parse_from(["repo"]);
    config.common.data_dir = data.path().to_owned();
    config.common.internal_token = Some(Secret::new("token", "0123456789abcdef0123456789abcdef").unwrap());
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.database_url = Some(database.url.clone());
    config.redis_url = redis.map(|redis| redis.url()).into_iter().collect();
    config
}

impl TestRepo {
    /// Starts a repo and waits until it is ready.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, None, Arc::new(SystemClock)).await
    }

    pub(crate) async fn start_with(
        database: &TestDatabase,
        redis: Option<&TestRedis>,
        clock: SharedClock,
    ) -> Self {
        let repo = Self::launch(database, redis, clock).await.unwrap();
        repo.ready().await;
        repo
    }

    /// Starts a repo that may have to wait for what it needs.
    pub(crate) async fn launch(
        database: &TestDatabase,
        redis: Option<&TestRedis>,
        clock: SharedClock,
    ) -> Result<Self, Failure> {
        let data = tempfile::tempdir().unwrap();
        let config = config(database, &data, redis);
        let token = config.common.internal_token().unwrap();
        let repo = Repo::bind(config, clock).await?;
        let url = format!("http://{}", repo.address()?).parse().unwrap();
        let stop = Shutdown::new();
        let running = tokio::task::spawn_local(repo.run(stop.clone()));
        Ok(Self { channel: channel_to(&url, &token).unwrap(), stop, running, _data: data })
    }

    pub(crate) async fn serving(&self) -> ServingStatus {
        let mut health = HealthClient::new(self.channel.clone());
        health.check(HealthCheckRequest::default()).await.unwrap().get_ref().status()
    }

    pub(crate) async fn ready(&self) {
        let mut health = HealthClient::new(self.channel.clone());
        let ready = async {
            let mut states = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
            while let Some(state) = states.message().await.unwrap() {
                if state.status() == ServingStatus::Serving {
                    return;
                }
            }
        };
        tokio::time::timeout(DEADLINE, ready).await.expect("the repo becomes ready");
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.channel.clone())
    }

    /// Stops it as SIGTERM does.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(DEADLINE, &mut self.running).await;
        ended.expect("the repo stops").unwrap().unwrap();
    }

    /// Waits until it ends by itself, and tells why.
    pub(crate) async fn failure(mut self) -> String {
        let ended = tokio::time::timeout(DEADLINE, &mut self.running).await;
        ended.expect("the repo gives up").unwrap().unwrap_err().to_string()
    }
}

impl Drop for TestRepo {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
