//! A whole cluster in this process.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use kit::SharedClock;

use super::node::Node;
use super::{ShiftedClock, Site, Size, Storage, settings};

/// Any number of each service, reached as a [`Site`].
#[derive(Debug)]
pub(crate) struct TestCluster {
    site: Site,
    clock: Arc<ShiftedClock>,
    nodes: Nodes,
    // Last, so that it outlives those who use it.
    storage: Storage,
}

#[derive(Debug)]
struct Nodes {
    gateways: Vec<Node>,
    logics: Vec<Node>,
    repos: Vec<Node>,
}

impl Deref for TestCluster {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl TestCluster {
    /// Starts a cluster of this size over empty storage, and waits until it is ready.
    pub(crate) async fn start(size: Size) -> Self {
        let log = std::env::var("TEST_LOG").unwrap_or_else(|_| "off".to_owned());
        kit::telemetry::init(&log, kit::telemetry::LogFormat::Text).unwrap();
        let storage = Storage::create(size).await;
        let clock = Arc::default();
        let nodes = Nodes::start(&storage, &clock, [size.processes(); 3]).await;
        let site = nodes.site(&storage);
        site.ready().await;
        Self { site, clock, nodes, storage }
    }

    /// The time that all services go by.
    pub(crate) fn clock(&self) -> &ShiftedClock {
        &self.clock
    }

    /// Stops one gateway as SIGTERM would; those after it move down by one number.
    pub(crate) async fn stop_gateway(&mut self, number: usize) {
        self.site.gateways.remove(number);
        self.nodes.gateways.remove(number).stop().await;
    }

    /// Stops everything and starts as much again over the same data, on new ports.
    pub(crate) async fn restart(&mut self) {
        let nodes = &self.nodes;
        let counts = [nodes.repos.len(), nodes.logics.len(), nodes.gateways.len()];
        self.stop().await;
        self.nodes = Nodes::start(&self.storage, &self.clock, counts).await;
        self.site = self.nodes.site(&self.storage);
        self.site.ready().await;
    }

    /// Stops everything as SIGTERM would, and demands that all of it ends well.
    pub(crate) async fn stop(&mut self) {
        let Nodes { gateways, logics, repos } = &mut self.nodes;
        for tier in [gateways, logics, repos] {
            futures::future::join_all(tier.drain(..).map(Node::stop)).await;
        }
    }
}

impl Nodes {
    /// Starts so many repos, logics and gateways, each tier knowing where the ones before it listen.
    async fn start(storage: &Storage, clock: &Arc<ShiftedClock>, counts: [usize; 3]) -> Self {
        let clock: SharedClock = Arc::clone(clock) as SharedClock;
        let [repos, logics, gateways] = counts;
        let repos = start_all(repos, || Node::repo(settings::repo(storage), Arc::clone(&clock))).await;
        let repos_at = addresses(&repos);
        let logic = || Node::logic(settings::logic(storage, &repos_at), Arc::clone(&clock));
        let logics = start_all(logics, logic).await;
        let logics_at = addresses(&logics);
        let gateway = || Node::gateway(settings::gateway(storage, &repos_at, &logics_at), Arc::clone(&clock));
        let gateways = start_all(gateways, gateway).await;
        Self { gateways, logics, repos }
    }

    fn site(&self, storage: &Storage) -> Site {
        let gateways = self.gateways.iter().map(|node| settings::gateway_address(node.addresses()));
        Site {
            gateways: gateways.collect(),
            logics: addresses(&self.logics),
            repos: addresses(&self.repos),
            token: storage.internal_token(),
            http: Site::http_client(),
        }
    }
}

async fn start_all<R: Future<Output = Node>>(count: usize, start: impl Fn() -> R) -> Vec<Node> {
    futures::future::join_all((0..count).map(|_| start())).await
}

fn addresses(nodes: &[Node]) -> Vec<SocketAddr> {
    nodes.iter().map(|node| node.addresses()[0]).collect()
}
