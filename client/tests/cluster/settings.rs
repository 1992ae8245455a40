//! The settings of every service in a test: the defaults, on free ports, over the test's own storage.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use url::Url;

use super::{GatewayAddress, Storage};

/// Any free port of this machine's own.
const ANY: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// The cheapest password hash that there is.
const BCRYPT_COST: u32 = 4;

/// A gateway takes sockets one renewal of its lease after its start. Half as long as outside of tests, and still longer than the
/// second in which logic looks for new gateways.
const RENEW_EVERY: Duration = Duration::from_millis(1_500);

/// Nobody listens there: gateways must be found through their leases.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A repo's settings.
pub(super) fn repo(storage: &Storage) -> repo::Config {
    let mut config = repo::Config::parse_from(["repo"]);
    config.common.data_dir = storage.data_dir().to_owned();
    config.listen = SocketAddr::from(ANY);
    config.database_url = Some(storage.database_url());
    config.redis_url = storage.redis_url().into_iter().collect();
    config
}

/// A logic's settings.
pub(super) fn logic(storage: &Storage, repos: &[SocketAddr]) -> logic::Config {
    let mut config = logic::Config::parse_from(["logic"]);
    config.common.data_dir = storage.data_dir().to_owned();
    config.logic_listen = SocketAddr::from(ANY);
    config.repo_urls = urls(repos);
    config.gateway_urls = vec![Url::parse(NOWHERE).unwrap()];
    config.bcrypt_cost = BCRYPT_COST;
    config.bcrypt_cost_floor = BCRYPT_COST;
    config
}

/// A gateway's settings.
pub(super) fn gateway(storage: &Storage, repos: &[SocketAddr], logics: &[SocketAddr]) -> gateway::Config {
    let mut config = gateway::Config::parse_from(["gateway"]);
    config.common.data_dir = storage.data_dir().to_owned();
    config.gateway_http_listen = SocketAddr::from(ANY);
    config.gateway_grpc_listen = SocketAddr::from(ANY);
    config.repo_urls = urls(repos);
    config.logic_urls = urls(logics);
    config.tuning.renew_every = RENEW_EVERY;
    config.rate_limits = "off".parse().unwrap();
    config
}

/// Where a gateway that has been started listens.
pub(super) fn gateway_address(addresses: &[SocketAddr]) -> GatewayAddress {
    GatewayAddress { http: addresses[0], grpc: addresses[1] }
}

fn urls(addresses: &[SocketAddr]) -> Vec<Url> {
    addresses.iter().map(|address| Url::parse(&format!("http://{address}")).unwrap()).collect()
}
