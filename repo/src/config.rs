//! The settings of repo.

use std::net::SocketAddr;

use clap::Parser;
use kit::Common;

use crate::store::{Connections, DatabaseUrl};

/// The storage service: the only process that touches the database and Redis.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "repo",
    version,
    about,
    after_help = "Secrets are never flags: INTERNAL_TOKEN comes from the environment or the file internal_token in DATA_DIR, and a \
                  DATABASE_URL or REDIS_URL with a password belongs in the environment."
)]
pub struct Config {
    #[expect(missing_docs, reason = "its fields are documented")]
    #[command(flatten)]
    pub common: Common,

    /// Where gRPC is served
    #[arg(long = "listen", env = "REPO_LISTEN", default_value = "127.0.0.1:9002")]
    pub listen: SocketAddr,

    /// Where /metrics (Prometheus), /healthz and /readyz are told over HTTP; not for users [default: nowhere]
    #[arg(long = "metrics-listen", env = "REPO_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,

    /// The database: sqlite://PATH or postgres://USER@HOST/NAME (without TLS) [default: sqlite://DATA_DIR/gochat.db]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Where presence lives: none: in this process; one URL: Redis; several, comma-separated: Redis Cluster
    #[arg(long, env = "REDIS_URL", value_delimiter = ',', hide_env_values = true)]
    pub redis_url: Vec<String>,

    /// Connections (threads) for queries
    #[arg(long, env = "REPO_READ_CONNECTIONS", default_value_t = 4)]
    pub read_connections: usize,

    /// Connections (threads) for transactions; SQLite always has one
    #[arg(long, env = "REPO_WRITE_CONNECTIONS", default_value_t = 5)]
    pub write_connections: usize,
}

impl Config {
    /// The database as set, or the file in the data directory.
    pub(crate) fn database(&self) -> Result<DatabaseUrl, kit::settings::SettingsError> {
        match self.database_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => DatabaseUrl::parse(url),
            None => {
                DatabaseUrl::parse(&format!("sqlite://{}", self.common.data_dir.join("gochat.db").display()))
            }
        }
    }

    pub(crate) fn connections(&self) -> Connections {
        Connections { read: self.read_connections, write: self.write_connections }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_settings_are_well_formed() {
        Config::command().debug_assert();
    }

    #[test]
    fn several_redis_urls_are_a_cluster() {
        let config = Config::parse_from(["repo", "--redis-url", "redis://a,redis://b"]);
        assert_eq!(config.redis_url, ["redis://a", "redis://b"]);
        assert!(Config::parse_from(["repo"]).redis_url.is_empty());
    }

    #[test]
    fn without_a_url_the_database_is_a_file_in_the_data_directory() {
        let config = Config::parse_from(["repo", "--data-dir", "/somewhere"]);
        assert_eq!(config.database().unwrap(), DatabaseUrl::Sqlite("/somewhere/gochat.db".into()));
    }
}
