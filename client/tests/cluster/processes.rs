//! A whole cluster of programs, which can be killed.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use super::{GatewayAddress, Site, Size, Storage, eventually};

/// Ports from here on are tried; the operating system gives those of its own choice (from 32768) to clients, and one of them could
/// take a server's port while it is dead.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// One program, started with the same settings every time.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Child,
}

impl Process {
    fn start(
        service: &str,
        number: usize,
        storage: &Storage,
        environment: &[(&'static str, String)],
    ) -> Self {
        let name = format!("{service}-{number}");
        let log = storage.data_dir().join(format!("{name}.log"));
        let program = program(service);
        let environment = environment.to_vec();
        let child = spawn(&program, &environment, &log);
        Self { name, program, environment, log, child }
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same ports.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.try_wait().unwrap().is_some(), "{} still runs", self.name);
        self.child = spawn(&self.program, &self.environment, &self.log);
    }

    /// Lets it stand still with its connections open.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to stop by SIGTERM and waits for its end.
    async fn terminate(&mut self) -> ExitStatus {
        self.signal("-TERM");
        let what = format!("{} stops", self.name);
        eventually(&what, async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Programs of all three services.
#[derive(Debug)]
pub(crate) struct Processes {
    pub(crate) repos: Vec<Process>,
    pub(crate) logics: Vec<Process>,
    pub(crate) gateways: Vec<Process>,
    pub(crate) site: Site,
    // Last, so that it outlives those who use it.
    storage: Storage,
}

impl Processes {
    /// Starts a cluster of this size over empty storage, and waits until it is ready.
    pub(crate) async fn start(size: Size) -> Self {
        let storage = Storage::create(size).await;
        let site = Self::plan(&storage, size.processes());
        let common = [
            ("DATA_DIR", storage.data_dir().display().to_string()),
            ("DATABASE_URL", storage.database_url()),
            ("REDIS_URL", storage.redis_url().unwrap_or_default()),
            ("REPO_URLS", urls(site.repos.iter())),
            ("LOGIC_URLS", urls(site.logics.iter())),
            ("GATEWAY_URLS", urls(site.gateways.iter().map(|gateway| &gateway.grpc))),
            ("BCRYPT_COST", "10".to_owned()),
            ("LOG", std::env::var("TEST_LOG").unwrap_or_else(|_| "info".to_owned())),
        ];
        let start = |service: &'static str, number: usize, own: Vec<(&'static str, String)>| {
            Process::start(service, number, &storage, &[common.to_vec(), own].concat())
        };
        let repos = site.repos.iter().enumerate();
        let repos = repos.map(|(n, at)| start("repo", n, vec![("REPO_LISTEN", at.to_string())])).collect();
        let logics = site.logics.iter().enumerate();
        let logics =
            logics.map(|(n, at)| start("logic", n, vec![("LOGIC_LISTEN", at.to_string())])).collect();
        let gateways = site.gateways.iter().enumerate();
        let gateways = gateways.map(|(n, at)| start("gateway", n, gateway_settings(n, at))).collect();
        let processes = Self { repos, logics, gateways, site, storage };
        processes.site.ready().await;
        processes
    }

    /// Stops all by SIGTERM: each must end with status 0 and must not have panicked while it ran.
    pub(crate) async fn stop(mut self) {
        for process in self.gateways.iter_mut().chain(&mut self.logics).chain(&mut self.repos) {
            let status = process.terminate().await;
            let log = std::fs::read_to_string(&process.log).unwrap();
            assert!(status.success(), "{} ended with {status}:\n{log}", process.name);
            assert!(!log.contains("panicked"), "{} panicked:\n{log}", process.name);
        }
        self.storage.assert_sound();
    }

    fn plan(storage: &Storage, count: usize) -> Site {
        let mut ports =
            free_ports(4 * count).into_iter().map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
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
}

fn gateway_settings(number: usize, at: &GatewayAddress) -> Vec<(&'static str, String)> {
    vec![
        ("GATEWAY_ID", format!("gateway-{number}")),
        ("GATEWAY_HTTP_LISTEN", at.http.to_string()),
        ("GATEWAY_GRPC_LISTEN", at.grpc.to_string()),
    ]
}

fn spawn(program: &Path, environment: &[(&'static str, String)], log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(program)
        .env_clear()
        .envs(environment.iter().filter(|(_, value)| !value.is_empty()).cloned())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

/// A service's program: cargo puts it beside the folder of the test programs.
fn program(service: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join(service);
    assert!(program.is_file(), "{} is missing: run `cargo build --bins` first", program.display());
    program
}

/// So many ports that are free now, from a random place on.
fn free_ports(count: usize) -> Vec<u16> {
    let from = rand::random_range(PORTS);
    let ports = (from..PORTS.end).chain(PORTS.start..from);
    let free = ports.filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.take(count).collect()
}

fn urls<'a>(addresses: impl Iterator<Item = &'a SocketAddr>) -> String {
    addresses.map(|address| format!("http://{address}")).collect::<Vec<_>>().join(",")
}
