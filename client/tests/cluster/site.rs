//! Where a cluster's services are reached, whatever they run in.

use std::net::SocketAddr;

use kit::Secret;
use kit::grpc::{Pool, PoolConfig};
use url::Url;

use super::{Account, Api, Dynamic, Handshake, Rpc, Session, eventually, within};

/// A gateway's two listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GatewayAddress {
    /// HTTP and WebSocket.
    pub(crate) http: SocketAddr,
    /// gRPC.
    pub(crate) grpc: SocketAddr,
}

/// The addresses of a cluster. Numbers of processes are taken modulo how many there are, so that one test suits both sizes.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) gateways: Vec<GatewayAddress>,
    pub(crate) logics: Vec<SocketAddr>,
    pub(crate) repos: Vec<SocketAddr>,
    pub(crate) token: Secret,
    pub(crate) http: reqwest::Client,
}

impl Site {
    /// What calls HTTP: straight to this machine, whatever proxy is set.
    pub(super) fn http_client() -> reqwest::Client {
        reqwest::Client::builder().no_proxy().build().unwrap()
    }

    /// A gateway's addresses.
    pub(crate) fn gateway(&self, number: usize) -> GatewayAddress {
        self.gateways[number % self.gateways.len()]
    }

    /// HTTP calls to a gateway.
    pub(crate) fn api(&self, gateway: usize) -> Api {
        Api::new(self.http.clone(), self.gateway(gateway).http)
    }

    /// gRPC calls to a gateway.
    pub(crate) fn pusher(&self, gateway: usize) -> Rpc {
        Rpc::new(self.gateway(gateway).grpc, &self.token)
    }

    /// gRPC calls to a logic.
    pub(crate) fn logic(&self, number: usize) -> Rpc {
        Rpc::new(self.logics[number % self.logics.len()], &self.token)
    }

    /// gRPC calls to a repo.
    pub(crate) fn repo(&self, number: usize) -> Rpc {
        Rpc::new(self.repos[number % self.repos.len()], &self.token)
    }

    /// Any RPC to the first process of the service whose package this is.
    pub(crate) fn dynamic(&self, package: &str) -> Dynamic {
        Dynamic::new(match package {
            "im.gateway.v1" => self.gateways[0].grpc,
            "im.logic.v1" => self.logics[0],
            "im.repo.v1" => self.repos[0],
            other => panic!("nobody serves {other}"),
        })
    }

    /// Registers and signs in a user of this name, and a suffix that makes it the only one.
    pub(crate) async fn sign_up(&self, name: &str) -> Account {
        self.api(0).sign_up(name).await
    }

    /// Several users at once.
    pub(crate) async fn sign_up_all<const N: usize>(&self, names: [&str; N]) -> [Account; N] {
        let accounts = futures::future::join_all(names.map(|name| self.sign_up(name))).await;
        accounts.try_into().unwrap()
    }

    /// So many guests.
    pub(crate) async fn guests(&self, count: usize) -> Vec<Account> {
        let api = self.api(0);
        futures::future::join_all((0..count).map(|_| api.guest())).await
    }

    /// Opens a session on a gateway.
    pub(crate) async fn connect(&self, account: &Account, gateway: usize) -> Session {
        let handshake = Handshake::bearer(self.gateway(gateway).http, &account.access);
        match within("a socket opens", handshake.connect()).await {
            Ok(session) => session,
            Err(error) => panic!("{} cannot connect: {error}", account.name),
        }
    }

    /// Waits until every gateway says that it can do its work.
    pub(crate) async fn ready(&self) {
        for gateway in &self.gateways {
            let url = Url::parse(&format!("http://{}/readyz", gateway.http)).unwrap();
            eventually("every gateway is ready", async || {
                let answer = self.http.get(url.clone()).send().await.ok()?;
                (answer.status() == reqwest::StatusCode::OK).then_some(())
            })
            .await;
        }
    }

    /// Waits until the process that listens for gRPC there says that it can do its work.
    pub(crate) async fn serves(&self, address: SocketAddr) {
        let url = Url::parse(&format!("http://{address}")).unwrap();
        let pool = Pool::start("a restarted process", &[url], &self.token, PoolConfig::default()).unwrap();
        within("a process does its work again", pool.ready()).await;
    }

    /// Waits for what was sent to these sessions before: pushes a mark to each and waits for it. A session's mailbox keeps its
    /// order, so what was handed over earlier has been read when the mark has.
    pub(crate) async fn settle(&self, sessions: &[&Session]) {
        let mark = uuid::Uuid::now_v7().simple().to_string();
        let users: Vec<&str> = sessions.iter().map(|session| session.user_id.as_str()).collect();
        self.pusher(0).push(&users, "mark", &serde_json::json!({ "mark": mark })).await;
        for session in sessions {
            session.frame("the mark", |frame| frame.kind == "mark" && frame.data["mark"] == *mark).await;
        }
    }
}
