//! A presence to test, its store and its time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kit::{ManualClock, SharedClock, SystemClock};
use protos::Result;
use protos::ids::{GatewayId, UserId};
use protos::model::{GatewayLease, OnlineStatus};

use super::super::store::{Announcement, Renewal};
use super::super::terms::Terms;
use super::super::{Entered, Presence};
use super::server::{RedisCluster, RedisServer};

/// Nothing that is waited for takes longer, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing runs out while a test runs.
pub(super) const LASTING: Duration = Duration::from_secs(600);
/// Things run out soon enough to wait for and late enough to be seen alive: nobody sets Redis's clock.
pub(super) const PASSING: Duration = Duration::from_secs(3);

/// Where presence is kept.
pub(super) enum Store {
    Memory(Arc<ManualClock>),
    Redis(RedisServer),
    Cluster(RedisCluster),
}

/// A presence, and what it stands on.
pub(super) struct World {
    pub(super) presence: Presence,
    pub(super) store: Store,
}

impl World {
    pub(super) fn memory(life: Duration) -> Self {
        let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
        let shared: SharedClock = Arc::<ManualClock>::clone(&clock);
        let presence = Presence::start_on(&[], shared, terms(life)).unwrap();
        Self { presence, store: Store::Memory(clock) }
    }

    pub(super) async fn redis(life: Duration) -> Self {
        Self::over(Store::Redis(RedisServer::start().await), life).await
    }

    pub(super) async fn cluster(life: Duration) -> Self {
        Self::over(Store::Cluster(RedisCluster::start().await), life).await
    }

    async fn over(store: Store, life: Duration) -> Self {
        let presence = Presence::start_on(&store.urls(), Arc::new(SystemClock), terms(life)).unwrap();
        within(presence.ready()).await;
        Self { presence, store }
    }

    /// A new presence over the same store, which lost everything.
    pub(super) async fn emptied(self, life: Duration) -> Self {
        self.store.flush().await;
        Self::over(self.store, life).await
    }

    /// Lets every lease that is not renewed run out, and all that needs heartbeats; over Redis it is then up to the reader to wait.
    pub(super) fn let_time_pass(&self) {
        if let Store::Memory(clock) = &self.store {
            clock.advance(PASSING);
        }
    }

    pub(super) fn call(&self) -> Entered {
        self.presence.enter().unwrap()
    }

    pub(super) async fn renew(&self, gateway: &str, incarnation: &str) -> Renewal {
        self.try_renew(gateway, incarnation).await.unwrap()
    }

    pub(super) async fn try_renew(&self, gateway: &str, incarnation: &str) -> Result<Renewal> {
        self.call().renew(lease(gateway, incarnation)).await
    }

    pub(super) async fn announce(&self, gateway: &str, incarnation: &str, online: &[&str], offline: &[&str]) {
        let announcement = announcement(gateway, incarnation, online, offline);
        self.call().announce(announcement).await.unwrap();
    }

    pub(super) async fn status(&self, user: &str) -> OnlineStatus {
        self.call().statuses(vec![user.into()]).await.unwrap().remove(0)
    }

    /// Where a user is, by both ways to ask.
    pub(super) async fn place(&self, user: &str) -> Vec<String> {
        let located = self.call().locate(vec![user.into()]).await.unwrap();
        let located = located.into_iter().flat_map(|(_, gateways)| gateways).collect::<Vec<GatewayId>>();
        assert_eq!(self.status(user).await.gateways, located, "LocateUsers and the status say the same");
        located.into_iter().map(Into::into).collect()
    }

    /// Waits until the user is nowhere.
    pub(super) async fn gone(&self, user: &str) {
        until(|| async { !self.status(user).await.is_online() }).await;
        assert!(self.place(user).await.is_empty());
    }
}

impl Store {
    pub(super) fn urls(&self) -> Vec<String> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Redis(server) => vec![server.url()],
            Self::Cluster(cluster) => cluster.urls(),
        }
    }

    pub(super) async fn flush(&self) {
        match self {
            Self::Memory(_) => panic!("memory is not flushed"),
            Self::Redis(server) => server.flush().await,
            Self::Cluster(cluster) => cluster.flush().await,
        }
    }
}

fn terms(life: Duration) -> Terms {
    Terms { lease: life, unleased: life, pushed: life, ..Terms::default() }
}

pub(super) fn lease(gateway: &str, incarnation: &str) -> GatewayLease {
    GatewayLease {
        gateway_id: gateway.into(),
        incarnation: incarnation.into(),
        url: format!("http://{gateway}:9000"),
    }
}

pub(super) fn announcement(
    gateway: &str,
    incarnation: &str,
    online: &[&str],
    offline: &[&str],
) -> Announcement {
    Announcement {
        gateway: gateway.into(),
        incarnation: incarnation.into(),
        online: online.iter().map(|user| (UserId::from(*user), format!("{user} on {gateway}"))).collect(),
        offline: offline.iter().map(|user| UserId::from(*user)).collect(),
    }
}

/// Fails when the event does not come.
pub(super) async fn within<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, event).await.expect("what was waited for did not come")
}

/// Asks until it is so.
pub(super) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    within(async {
        let mut turn = tokio::time::interval(Duration::from_millis(50));
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !is_so().await {
            turn.tick().await;
        }
    })
    .await;
}
