//! A whole cluster of programs, which can be killed.

use std::net::SocketAddr;

use super::process::{Environment, Process};
use super::setup::Setup;
use super::{GatewayAddress, Site, Size, Storage};

/// Ports from here on are tried; the operating system gives those of its own choice (from 32768) to clients, and one of them could
/// take a server's port while it is dead.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Programs of all three services.
#[derive(Debug)]
pub(crate) struct Processes {
    pub(crate) repos: Vec<Process>,
    pub(crate) logics: Vec<Process>,
    pub(crate) gateways: Vec<Process>,
    pub(crate) site: Site,
    // Last, so that it outlives those who use it.
    pub(crate) storage: Storage,
}

impl Processes {
    /// Starts a cluster of this size over empty storage, and waits until it is ready.
    pub(crate) async fn start(size: Size) -> Self {
        Setup::of(size).start().await
    }

    pub(super) async fn start_as(mut setup: Setup) -> Self {
        let storage = match setup.storage.take() {
            Some(storage) => storage,
            None => Storage::create(setup.size).await,
        };
        let site = plan(&storage, setup.size.processes());
        let mut start = |name: String, own: Environment| {
            let mut environment = environment(&mut setup, &name, &storage, &site);
            environment.extend(own);
            let added = setup.own.iter().filter(|(whose, _)| name.starts_with(whose.as_str()));
            environment.extend(added.flat_map(|(_, added)| added.clone()));
            Process::start(name, &setup.programs, storage.data_dir(), environment)
        };
        let listening = |variable, at: &SocketAddr| vec![(variable, at.to_string())];
        let repos = site.repos.iter().enumerate();
        let repos = repos.map(|(n, at)| start(format!("repo-{n}"), listening("REPO_LISTEN", at))).collect();
        let logics = site.logics.iter().enumerate();
        let logics = logics.map(|(n, at)| start(format!("logic-{n}"), listening("LOGIC_LISTEN", at)));
        let logics = logics.collect();
        let gateways = site.gateways.iter().enumerate();
        let gateways = gateways.map(|(n, at)| start(format!("gateway-{n}"), listening_twice(at))).collect();
        let mut site = site;
        for (number, gateway) in site.gateways.iter_mut().enumerate() {
            gateway.http = setup.fronted(&format!("gateway-{number}"), gateway.http);
        }
        let processes = Self { repos, logics, gateways, site, storage };
        processes.site.ready().await;
        processes
    }

    /// All of them: gateways first, as they are stopped.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Process> {
        self.gateways.iter_mut().chain(&mut self.logics).chain(&mut self.repos)
    }

    /// Stops all by SIGTERM: what is wrong with how they ran and ended. Each must end with status 0, must not have panicked, and must
    /// leave its files sound.
    pub(crate) async fn shut_down(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for process in self.all() {
            wrong.extend(process.terminate().await);
            wrong.extend(process.panics());
        }
        wrong.extend(self.storage.damage());
        wrong
    }

    /// Stops all by SIGTERM, and demands that nothing was wrong.
    pub(crate) async fn stop(mut self) {
        assert_eq!(self.shut_down().await, [] as [String; 0]);
    }
}

/// What each program is told of the others. Those who are not called by it are named, too: it must not mind.
fn environment(setup: &mut Setup, name: &str, storage: &Storage, site: &Site) -> Environment {
    let grpc: Vec<SocketAddr> = site.gateways.iter().map(|gateway| gateway.grpc).collect();
    let advertised = site.gateways.iter().enumerate().find(|(n, _)| name == format!("gateway-{n}"));
    let (id, advertised) = match advertised {
        Some((_, at)) => (name.to_owned(), setup.advertised(name, at.grpc)),
        None => Default::default(),
    };
    vec![
        ("DATA_DIR", storage.data_dir().display().to_string()),
        ("DATABASE_URL", storage.database_url()),
        ("REDIS_URL", storage.redis_url().unwrap_or_default()),
        ("REPO_URLS", setup.urls(name, "repo", &site.repos)),
        ("LOGIC_URLS", setup.urls(name, "logic", &site.logics)),
        ("GATEWAY_URLS", setup.urls(name, "gateway", &grpc)),
        ("GATEWAY_ID", id),
        ("GATEWAY_ADVERTISE_URL", advertised),
        ("BCRYPT_COST", "10".to_owned()),
        ("RATE_LIMITS", "off".to_owned()),
        // Programs that are built with planted bugs ask for the one to be active; others do not know it.
        ("GOCHAT_PLANTED_BUG", std::env::var("GOCHAT_PLANTED_BUG").unwrap_or_default()),
        ("LOG", std::env::var("TEST_LOG").unwrap_or_else(|_| "info".to_owned())),
    ]
}

fn listening_twice(at: &GatewayAddress) -> Environment {
    vec![("GATEWAY_HTTP_LISTEN", at.http.to_string()), ("GATEWAY_GRPC_LISTEN", at.grpc.to_string())]
}

fn plan(storage: &Storage, count: usize) -> Site {
    let mut ports = free_ports(4 * count).into_iter().map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let mut take = |count: usize| -> Vec<SocketAddr> { ports.by_ref().take(count).collect() };
    let (repos, logics, http, grpc) = (take(count), take(count), take(count), take(count));
    let gateways = http.into_iter().zip(grpc).map(|(http, grpc)| GatewayAddress { http, grpc });
    Site {
        gateways: gateways.collect(),
        logics,
        repos,
        token: storage.internal_token(),
        http: Site::http_client(),
    }
}

/// So many ports that are free now, from a random place on.
pub(super) fn free_ports(count: usize) -> Vec<u16> {
    let from = rand::random_range(PORTS);
    let ports = (from..PORTS.end).chain(PORTS.start..from);
    let free = ports.filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.take(count).collect()
}
