//! A whole GoChat of its own for one measurement: on free ports, with its files in a folder that is thrown away.

mod process;
mod settings;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kit::Secret;
use tempfile::TempDir;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::meter::Meter;
use crate::command::Failure;

pub(super) use process::Process;
pub(super) use settings::ClusterArgs;

/// Ports are taken from here; those above are given to clients by the kernel.
const PORTS: std::ops::Range<u16> = 12_000..32_000;
/// Everything answers by then.
const STARTING: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The cheapest that logic accepts: passwords are not what is measured.
const BCRYPT_COST: &str = "10";

/// Running processes, killed when dropped.
#[derive(Debug)]
pub(super) struct Cluster {
    gateways: Vec<Gateway>,
    others: Vec<(&'static str, Process)>,
    token: Secret,
    args: ClusterArgs,
    started: Instant,
    // Last: the processes write to it while they live.
    folder: TempDir,
}

#[derive(Debug)]
struct Gateway {
    http: SocketAddr,
    grpc: SocketAddr,
    process: Process,
}

impl Cluster {
    /// Starts all and waits until they are ready.
    ///
    /// # Errors
    /// When a program is missing, ends, or is not ready in time.
    pub(super) async fn start(args: &ClusterArgs) -> Result<Self, Failure> {
        let folder = match &args.folder {
            Some(folder) => TempDir::with_prefix_in("gochat-bench-", folder)?,
            None => TempDir::with_prefix("gochat-bench-")?,
        };
        let (programs, token) = (args.programs()?, Secret::random()?);
        let mut ports = free_ports();
        let mut take = |count: u16| -> Vec<SocketAddr> { ports.by_ref().take(count.into()).collect() };
        let (repos, logics) = (take(args.repos), take(args.logics));
        let (http, grpc) = (take(args.gateways), take(args.gateways));
        let common = environment(args, folder.path(), &token, [&repos, &logics, &grpc]);
        let start = |name: &str, number: usize, own: &[(&'static str, SocketAddr)]| {
            let own = own.iter().map(|(variable, at)| (*variable, at.to_string()));
            let environment = common.iter().cloned().chain(own).collect();
            Process::start(&format!("{name}-{number}"), &programs.join(name), &[], environment, folder.path())
        };
        let mut others = Vec::new();
        for (number, at) in repos.iter().enumerate() {
            others.push(("repo", start("repo", number, &[("REPO_LISTEN", *at)])?));
        }
        for (number, at) in logics.iter().enumerate() {
            others.push(("logic", start("logic", number, &[("LOGIC_LISTEN", *at)])?));
        }
        let mut gateways = Vec::new();
        for (number, (http, grpc)) in http.into_iter().zip(grpc).enumerate() {
            let own = [("GATEWAY_HTTP_LISTEN", http), ("GATEWAY_GRPC_LISTEN", grpc)];
            gateways.push(Gateway { http, grpc, process: start("gateway", number, &own)? });
        }
        let mut cluster =
            Self { gateways, others, token, args: args.clone(), started: Instant::now(), folder };
        match timeout(STARTING, cluster.ready()).await {
            Ok(ready) => ready?,
            Err(_) => return Err(format!("the cluster was not ready within {STARTING:?}").into()),
        }
        Ok(cluster)
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..self.gateways.len() {
            let url = format!("http://{}/readyz", self.gateways[number].http);
            loop {
                look.tick().await;
                let mut all = self.others.iter_mut().map(|(_, process)| process);
                all.try_for_each(Process::must_run)?;
                self.gateways.iter_mut().try_for_each(|gateway| gateway.process.must_run())?;
                if http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Where a gateway serves HTTP and WebSockets; numbers beyond the last begin anew.
    pub(super) fn http(&self, number: usize) -> SocketAddr {
        self.gateways[number % self.gateways.len()].http
    }

    /// Where a gateway serves gRPC.
    pub(super) fn grpc(&self, number: usize) -> SocketAddr {
        self.gateways[number % self.gateways.len()].grpc
    }

    /// How long ago it was started.
    pub(super) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// The gateways' processes.
    pub(super) fn gateway_ids(&self) -> Vec<u32> {
        self.gateways.iter().map(|gateway| gateway.process.id()).collect()
    }

    /// The secret of its processes.
    pub(super) fn token(&self) -> &Secret {
        &self.token
    }

    /// Its files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What its processes use, and its database.
    pub(super) fn meter(&self) -> Meter {
        let mut meter = Meter::default();
        for gateway in &self.gateways {
            meter.watch("gateway", gateway.process.id());
        }
        for service in ["logic", "repo"] {
            for (_, process) in self.others.iter().filter(|(name, _)| *name == service) {
                meter.watch(service, process.id());
            }
        }
        if let Some(pid) = self.args.database_pid {
            meter.watch_tree("database", pid);
        }
        if let Some(pid) = self.args.redis_pid {
            meter.watch_tree("redis", pid);
        }
        meter
    }

    /// Stops all: the gateways first, as an operator does.
    ///
    /// # Errors
    /// When one had ended before, or did not end well.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let gateways = self.gateways.into_iter().map(|gateway| gateway.process);
        let others = self.others.into_iter().rev().map(|(_, process)| process);
        let mut outcome = Ok(());
        for process in gateways.chain(others) {
            outcome = outcome.and(process.stop().await);
        }
        outcome
    }
}

fn environment(
    args: &ClusterArgs,
    folder: &Path,
    token: &Secret,
    [repos, logics, gateways]: [&[SocketAddr]; 3],
) -> Vec<(&'static str, String)> {
    let urls = |at: &[SocketAddr]| at.iter().map(|at| format!("http://{at}")).collect::<Vec<_>>().join(",");
    let url = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![
        ("DATA_DIR", folder.display().to_string()),
        ("DATABASE_URL", url(&args.database)),
        ("REDIS_URL", url(&args.redis)),
        ("INTERNAL_TOKEN", token.expose().to_owned()),
        ("REPO_URLS", urls(repos)),
        ("LOGIC_URLS", urls(logics)),
        ("GATEWAY_URLS", urls(gateways)),
        ("BCRYPT_COST", BCRYPT_COST.to_owned()),
        ("RATE_LIMITS", "off".to_owned()),
        ("LOG", args.log.clone()),
    ]
}

/// Addresses on which nobody listens now, from a random place on.
fn free_ports() -> impl Iterator<Item = SocketAddr> {
    let from = rand::random_range(PORTS);
    let ports = (from..PORTS.end).chain(PORTS.start..from);
    let addresses = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    addresses.filter(|address| TcpListener::bind(address).is_ok())
}

/// An address on which nobody listens now.
///
/// # Errors
/// When there is none.
pub(super) fn free_address() -> Result<SocketAddr, Failure> {
    free_ports().next().ok_or_else(|| "no port is free".into())
}

/// A program beside those of the cluster, or where it is said to be.
pub(super) fn beside(args: &ClusterArgs, given: Option<&PathBuf>, usual: &str) -> Result<PathBuf, Failure> {
    match given {
        Some(path) => Ok(path.clone()),
        None => Ok(args.programs()?.join(usual)),
    }
}
