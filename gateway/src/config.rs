//! The settings of a gateway process.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use kit::settings::{SettingsError, optional_secret};
use kit::{Common, Secret};
use url::Url;

use crate::limits::{Proxy, RateLimits};

/// Holds the users' connections: HTTP and WebSocket for browsers, pushes for backend jobs
#[derive(Parser, Clone, Debug)]
#[command(
    version,
    after_help = "The secret INTERNAL_TOKEN comes from the environment or from DATA_DIR/internal_token, never from a flag. \
                  The file is made at first start; processes on several machines must be given the same.\n\n\
                  ADMIN_TOKEN, likewise from the environment or from DATA_DIR/admin_token, opens the operator's page at /admin. \
                  It has at least 32 bytes. Nobody makes that file: without the token there is no such page."
)]
pub struct Config {
    /// What every process has.
    #[command(flatten)]
    pub common: Common,

    /// Where HTTP, WebSocket and the web page listen
    #[arg(long, env = "GATEWAY_HTTP_LISTEN", default_value = "127.0.0.1:8080")]
    pub gateway_http_listen: SocketAddr,

    /// Where the gRPC service im.gateway.v1.PusherService listens
    #[arg(long, env = "GATEWAY_GRPC_LISTEN", default_value = "127.0.0.1:9000")]
    pub gateway_grpc_listen: SocketAddr,

    /// Where /metrics (Prometheus), /healthz and /readyz are told over HTTP; not for users [default: nowhere]
    #[arg(long, env = "GATEWAY_METRICS_LISTEN")]
    pub gateway_metrics_listen: Option<SocketAddr>,

    /// This gateway's name among the gateways [default: random at start]
    #[arg(long, env = "GATEWAY_ID")]
    pub gateway_id: Option<String>,

    /// Where logic and other gateways reach this one's gRPC listener, http://host:port [default: the address of the
    /// listener; required when that is unspecified, such as 0.0.0.0]
    #[arg(long, env = "GATEWAY_ADVERTISE_URL")]
    pub gateway_advertise_url: Option<Url>,

    /// The logic processes, comma-separated: calls go to those that answer
    #[arg(long, env = "LOGIC_URLS", value_delimiter = ',', default_value = "http://127.0.0.1:9001")]
    pub logic_urls: Vec<Url>,

    /// The repo processes, comma-separated: calls go to those that answer
    #[arg(long, env = "REPO_URLS", value_delimiter = ',', default_value = "http://127.0.0.1:9002")]
    pub repo_urls: Vec<Url>,

    /// Origins whose web pages may use this gateway, comma-separated, e.g. https://chat.example [default: same origin only]
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,

    /// How much one client may ask for: "default", "off", or limits by name, e.g. login=30/1m,sockets_user=10 (register, login, refresh,
    /// guest and sockets_address by address, login_account by account and address, requests, sends and sockets_user by user, frames and
    /// bytes by session; loopback=limited: addresses of this machine, too)
    #[arg(long, env = "RATE_LIMITS", default_value = "default")]
    pub rate_limits: RateLimits,

    /// Proxies whose X-Forwarded-For is believed, comma-separated, e.g. 10.0.0.0/8 [default: none]
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Proxy>,

    /// What opens the operator's page. Only from the environment (`ADMIN_TOKEN`) or its file.
    #[arg(skip)]
    pub admin_token: Option<Secret>,

    /// Times and bounds; tests change them.
    #[arg(skip)]
    pub tuning: Tuning,
}

/// Times and bounds that no operator needs to change.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// A session is pinged this often.
    pub ping_every: Duration,
    /// A session that says nothing for so long is dropped.
    pub silent_after: Duration,
    /// The lease is renewed this often.
    pub renew_every: Duration,
    /// Other gateways hear this often that this one lives.
    pub keep_links_every: Duration,
    /// Logic or a gateway that has said nothing for so long has died, or cannot be heard.
    pub link_silent_after: Duration,
    /// All sessions are told to `sync` at most once in this time.
    pub resync_all_every: Duration,
    /// Contacts are told that a user is offline after so long: one who comes back meanwhile was never gone.
    pub offline_grace: Duration,
    /// A connection whose client takes nothing of what was sent for so long is dropped by the kernel.
    pub user_timeout: Duration,
    /// What the kernel keeps for a client that does not read, in bytes.
    pub send_buffer: usize,
    /// Frames that wait in a session's mailbox; one more, and the session is too slow.
    pub queued_frames: usize,
    /// Bytes that wait in a session's mailbox.
    pub queued_bytes: usize,
    /// Threads that serve HTTP and WebSocket; 0: one for each core.
    pub workers: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(20),
            silent_after: Duration::from_secs(60),
            renew_every: Duration::from_secs(3),
            keep_links_every: Duration::from_secs(1),
            link_silent_after: Duration::from_secs(3),
            resync_all_every: Duration::from_secs(2),
            offline_grace: Duration::from_secs(5),
            user_timeout: Duration::from_secs(30),
            send_buffer: 128 * 1024,
            queued_frames: 4_096,
            queued_bytes: 1024 * 1024,
            workers: 0,
        }
    }
}

impl Config {
    /// The operator's token: as set, else from `ADMIN_TOKEN`, else from its file; `None`: there is no operator's page.
    pub(crate) fn admin_token(&self) -> Result<Option<Secret>, SettingsError> {
        match &self.admin_token {
            Some(token) => Ok(Some(token.clone())),
            None => optional_secret(&self.common.data_dir, "ADMIN_TOKEN", "admin_token"),
        }
    }

    /// Where others reach the gRPC listener, which was bound at `bound`.
    pub(crate) fn advertised(&self, bound: SocketAddr) -> Result<Url, SettingsError> {
        let url = match &self.gateway_advertise_url {
            Some(url) => url.clone(),
            None if bound.ip().is_unspecified() => {
                return Err(SettingsError::Invalid(format!(
                    "GATEWAY_ADVERTISE_URL must be given: others cannot reach {bound}"
                )));
            }
            None => Url::parse(&format!("http://{bound}"))
                .map_err(|error| SettingsError::Invalid(error.to_string()))?,
        };
        if url.scheme() != "http" || url.port_or_known_default().is_none() {
            return Err(SettingsError::Invalid(format!(
                "GATEWAY_ADVERTISE_URL {url} must be http://host:port"
            )));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_must_be_advertised_by_hand() {
        let mut config = Config::try_parse_from(["gateway"]).unwrap();
        let url = config.advertised("127.0.0.1:9000".parse().unwrap()).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:9000/");
        assert!(config.advertised("0.0.0.0:9000".parse().unwrap()).is_err());
        assert!(config.advertised("[::]:9000".parse().unwrap()).is_err());
        config.gateway_advertise_url = Some("http://10.0.0.7:9000".parse().unwrap());
        assert_eq!(config.advertised("0.0.0.0:9000".parse().unwrap()).unwrap().host_str(), Some("10.0.0.7"));
        config.gateway_advertise_url = Some("ftp://10.0.0.7".parse().unwrap());
        assert!(config.advertised("0.0.0.0:9000".parse().unwrap()).is_err());
    }

    #[test]
    fn no_origin_is_allowed_unless_listed() {
        assert!(Config::try_parse_from(["gateway"]).unwrap().allowed_origins.is_empty());
        let args = ["gateway", "--allowed-origins", "https://a.example,https://b.example"];
        assert_eq!(Config::try_parse_from(args).unwrap().allowed_origins.len(), 2);
    }
}
