//! One service in this process: a thread with an actor system of its own, as a program would have it.

use std::future::Future;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use kit::process::Failure;
use kit::{SharedClock, Shutdown};
use tokio::sync::oneshot;

use super::within;

/// Where a node listens: one address, a gateway two (HTTP, then gRPC).
pub(crate) type Addresses = Vec<SocketAddr>;

/// A running service.
#[derive(Debug)]
pub(crate) struct Node {
    name: &'static str,
    addresses: Addresses,
    shutdown: Shutdown,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Node {
    /// Starts a repo.
    pub(crate) async fn repo(config: repo::Config, clock: SharedClock) -> Self {
        Self::start("repo", async move |started, shutdown| {
            let repo = repo::Repo::bind(config, clock).await?;
            started.send(vec![repo.address()?]).ok();
            repo.run(shutdown).await
        })
        .await
    }

    /// Starts a logic.
    pub(crate) async fn logic(config: logic::Config, clock: SharedClock) -> Self {
        Self::start("logic", async move |started, shutdown| {
            let logic = logic::Logic::bind(config, clock).await?;
            started.send(vec![logic.address()?]).ok();
            logic.run(shutdown).await
        })
        .await
    }

    /// Starts a gateway.
    pub(crate) async fn gateway(config: gateway::Config, clock: SharedClock) -> Self {
        Self::start("gateway", async move |started, shutdown| {
            let gateway = gateway::Gateway::bind(config, clock).await?;
            started.send(vec![gateway.http_address()?, gateway.grpc_address()?]).ok();
            gateway.run(shutdown).await
        })
        .await
    }

    async fn start<F, R>(name: &'static str, launch: F) -> Self
    where
        F: FnOnce(oneshot::Sender<Addresses>, Shutdown) -> R + Send + 'static,
        R: Future<Output = Result<(), Failure>>,
    {
        let (started, bound) = oneshot::channel();
        let shutdown = Shutdown::new();
        let thread = std::thread::Builder::new().name(name.into()).spawn({
            let shutdown = shutdown.clone();
            move || {
                let system = actix::System::with_tokio_rt(kit::process::runtime);
                system.block_on(launch(started, shutdown)).map_err(|failure| failure.to_string())
            }
        });
        let thread = thread.unwrap();
        match within("a service binds its listeners", bound).await {
            Ok(addresses) => Self { name, addresses, shutdown, thread: Some(thread) },
            Err(_) => panic!("{name} did not start: {:?}", thread.join()),
        }
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops it as SIGTERM would, and demands that it ends well.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        let (name, thread) = (self.name, self.thread.take().unwrap());
        let ended = tokio::task::spawn_blocking(move || thread.join());
        let ended = within("a service stops", ended).await.unwrap();
        assert_eq!(ended.unwrap(), Ok(()), "{name} ended badly");
    }
}

impl Drop for Node {
    /// A test that failed does not wait; the thread ends by itself.
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
