//! The settings of a logic process.

use std::net::SocketAddr;

use clap::Parser;
use kit::{Common, Secret};
use url::Url;

/// The cheapest password hash that is accepted outside tests.
const BCRYPT_COST_FLOOR: u32 = 10;

/// Applies GoChat's rules: who may sign in, send and read
#[derive(Parser, Clone, Debug)]
#[command(
    version,
    after_help = "Secrets come from the environment or a file, never from a flag: JWT_SECRET (or DATA_DIR/jwt_secret) \
                  and INTERNAL_TOKEN (or DATA_DIR/internal_token). The files are made at first start; processes on \
                  several machines must be given the same."
)]
pub struct Config {
    /// What every process has.
    #[command(flatten)]
    pub common: Common,

    /// Where the gRPC services im.logic.v1 listen
    #[arg(long, env = "LOGIC_LISTEN", default_value = "127.0.0.1:9001")]
    pub logic_listen: SocketAddr,

    /// Where /metrics (Prometheus), /healthz and /readyz are told over HTTP; not for users [default: nowhere]
    #[arg(long, env = "LOGIC_METRICS_LISTEN")]
    pub logic_metrics_listen: Option<SocketAddr>,

    /// The repo processes, comma-separated: calls go to those that answer
    #[arg(long, env = "REPO_URLS", value_delimiter = ',', default_value = "http://127.0.0.1:9002")]
    pub repo_urls: Vec<Url>,

    /// First contact to gateways, comma-separated: they are found through their leases
    #[arg(long, env = "GATEWAY_URLS", value_delimiter = ',', default_value = "http://127.0.0.1:9000")]
    pub gateway_urls: Vec<Url>,

    /// Work factor of password hashes: each step doubles the time; 10 to 31
    #[arg(long, env = "BCRYPT_COST", default_value_t = 12)]
    pub bcrypt_cost: u32,

    /// A lower `bcrypt_cost` is refused; tests lower it to save time.
    #[arg(skip = BCRYPT_COST_FLOOR)]
    pub bcrypt_cost_floor: u32,

    /// Signs tokens. Only from the environment (`JWT_SECRET`) or its file; tests set it here.
    #[arg(skip)]
    pub jwt_secret: Option<Secret>,
}

impl Config {
    /// The token-signing secret: as set, else from `JWT_SECRET`, else from its file, which the first process makes.
    pub(crate) fn jwt_secret(&self) -> Result<Secret, kit::settings::SettingsError> {
        match &self.jwt_secret {
            Some(secret) => Ok(secret.clone()),
            None => kit::settings::secret(&self.common.data_dir, "JWT_SECRET", "jwt_secret"),
        }
    }

    /// The work factor, if it is neither weak nor beyond what bcrypt knows.
    pub(crate) fn bcrypt_cost(&self) -> Result<u32, String> {
        if (self.bcrypt_cost_floor..=31).contains(&self.bcrypt_cost) {
            return Ok(self.bcrypt_cost);
        }
        Err(format!("BCRYPT_COST is {}; it must be {} to 31", self.bcrypt_cost, self.bcrypt_cost_floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cheap_password_hash_is_refused() {
        let mut config = Config::try_parse_from(["logic"]).unwrap();
        assert_eq!(config.bcrypt_cost(), Ok(12));
        config.bcrypt_cost = 9;
        assert!(config.bcrypt_cost().is_err());
        config.bcrypt_cost = 32;
        assert!(config.bcrypt_cost().is_err());
        (config.bcrypt_cost, config.bcrypt_cost_floor) = (4, 4);
        assert_eq!(config.bcrypt_cost(), Ok(4));
    }

    #[test]
    fn several_urls_are_comma_separated() {
        let config = Config::try_parse_from(["logic", "--repo-urls", "http://a:1,http://b:2"]).unwrap();
        assert_eq!(config.repo_urls.len(), 2);
    }
}
