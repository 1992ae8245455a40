//! Real Redis processes, on free ports and in folders of their own, that end with the test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{Client, Cmd, FromRedisValue, cmd};
use tempfile::TempDir;

use super::world::{until, within};

/// Slots of a cluster.
const SLOTS: u32 = 16_384;

/// A `redis-server` from the path.
pub(super) struct RedisServer {
    port: u16,
    bus_port: Option<u16>,
    folder: TempDir,
    process: Option<Child>,
}

impl RedisServer {
    pub(super) async fn start() -> Self {
        let mut server = Self::on_free_ports(false);
        server.run().await;
        server
    }

    /// A server that does not run yet; the port stays its own.
    pub(super) fn on_free_ports(in_cluster: bool) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        Self { port: free(), bus_port: in_cluster.then(free), folder, process: None }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the process, with whatever its folder keeps, and waits until it answers.
    pub(super) async fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(self.folder.path());
        if let Some(bus_port) = self.bus_port {
            command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]);
            command.args(["--cluster-port", &bus_port.to_string()]);
        }
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let process = process.expect("these tests need redis-server (Debian: apt-get install redis-server)");
        self.process = Some(process);
        until(|| async { self.try_ask::<String>(&cmd("PING")).await.is_some() }).await;
    }

    /// kill -9.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// Sends the process a signal, by its name.
    pub(super) fn signal(&self, name: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &process]).status().unwrap().success());
    }

    pub(super) async fn flush(&self) {
        let _: String = self.ask(cmd("FLUSHALL")).await;
    }

    /// Asks the server itself.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: Cmd) -> T {
        within(self.try_ask(&command)).await.expect("Redis answers")
    }

    async fn try_ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let client = Client::open(self.url()).unwrap();
        let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await.ok()?;
        command.query_async(&mut connection).await.ok()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Three masters without replicas.
pub(super) struct RedisCluster {
    pub(super) nodes: Vec<RedisServer>,
}

impl RedisCluster {
    pub(super) async fn start() -> Self {
        let mut nodes = Vec::new();
        for (number, slots) in
            [(0, SLOTS / 3), (SLOTS / 3, 2 * SLOTS / 3), (2 * SLOTS / 3, SLOTS)].into_iter().enumerate()
        {
            let mut node = RedisServer::on_free_ports(true);
            node.run().await;
            node.cluster(&["SET-CONFIG-EPOCH", &(number + 1).to_string()]).await;
            node.cluster(&["ADDSLOTSRANGE", &slots.0.to_string(), &(slots.1 - 1).to_string()]).await;
            nodes.push(node);
        }
        for node in &nodes[1..] {
            let (port, bus_port) = (node.port.to_string(), node.bus_port.unwrap().to_string());
            nodes[0].cluster(&["MEET", "127.0.0.1", &port, &bus_port]).await;
        }
        let cluster = Self { nodes };
        cluster.formed().await;
        cluster
    }

    /// Waits until every node knows the others and serves.
    pub(super) async fn formed(&self) {
        for node in &self.nodes {
            until(|| async {
                let mut info = cmd("CLUSTER");
                let info: Option<String> = node.try_ask(info.arg("INFO")).await;
                let says = |line| info.as_deref().unwrap_or_default().contains(line);
                says("cluster_state:ok") && says("cluster_known_nodes:3")
            })
            .await;
        }
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }

    pub(super) async fn flush(&self) {
        for node in &self.nodes {
            node.flush().await;
        }
    }

    /// The node that holds a key.
    pub(super) async fn owner(&self, key: &str) -> usize {
        let mut slot = cmd("CLUSTER");
        slot.arg("KEYSLOT").arg(key);
        let slot: u32 = self.nodes[0].ask(slot).await;
        usize::try_from((slot * 3 + 2) / SLOTS).unwrap().min(2)
    }
}

impl RedisServer {
    async fn cluster(&self, arguments: &[&str]) {
        let mut command = cmd("CLUSTER");
        command.arg(arguments);
        let _: String = self.ask(command).await;
    }
}
