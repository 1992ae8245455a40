//! A server, before anybody has signed in.

use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::Account;
use super::call::{Call, open};
use crate::error::with_causes;
use crate::model::User;
use crate::{Error, Result};

/// What the server is told about this client.
pub(crate) const USER_AGENT: &str = concat!("gochat/", env!("CARGO_PKG_VERSION"));
/// A connection that takes longer has failed.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// A call that takes longer has failed; above the server's own deadlines, so that its answer comes first.
const CALL_DEADLINE: Duration = Duration::from_secs(35);

/// A gateway's public side. Cloning it shares its connections.
#[derive(Clone, Debug)]
pub struct Server {
    base: Url,
    http: Client,
}

/// What signing in and refreshing answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedIn {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    /// Unix seconds.
    pub(super) expires_in: i64,
    pub(super) user: User,
}

impl Server {
    /// The server at `url`, such as `http://127.0.0.1:8080`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Unusable`] when `url` is not an `http` URL: this client does not speak TLS.
    pub fn at(url: &str) -> Result<Self> {
        let unusable = |why: &str| Error::Unusable(format!("{url} is not the URL of a GoChat server: {why}"));
        let base = Url::parse(url).map_err(|why| unusable(&why.to_string()))?;
        if base.scheme() != "http" || base.host().is_none() {
            return Err(unusable("it must be http://host:port"));
        }
        let http = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_DEADLINE)
            .timeout(CALL_DEADLINE)
            // The WebSocket goes straight to the server; what stands beside it must not go another way.
            .no_proxy()
            .build()
            .map_err(|why| Error::Unusable(with_causes(&why)))?;
        Ok(Self { base, http })
    }

    /// Makes a user. It is not signed in by that.
    ///
    /// # Errors
    /// `INVALID_USERNAME`, `WEAK_PASSWORD`, `USER_ALREADY_EXISTS`; no answer.
    pub async fn register(&self, username: &str, password: &str) -> Result<User> {
        #[derive(Deserialize)]
        struct Registered {
            user: User,
        }
        let body = json!({ "username": username, "password": password });
        let done: Registered = self.call(&Call::post(&["auth", "register"], body), None).await?;
        Ok(done.user)
    }

    /// Signs in.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, `USER_DISABLED`, `RATE_LIMITED`; no answer.
    pub async fn log_in(&self, username: &str, password: &str) -> Result<Account> {
        let body = json!({ "username": username, "password": password });
        let signed_in = self.call(&Call::post(&["auth", "login"], body), None).await?;
        Ok(Account::new(self.clone(), signed_in))
    }

    /// Signs in as a new guest, whose name the server makes up.
    ///
    /// # Errors
    /// `RATE_LIMITED`; no answer.
    pub async fn enter_as_guest(&self) -> Result<Account> {
        let signed_in = self.call(&Call::post(&["auth", "guest"], json!({})), None).await?;
        Ok(Account::new(self.clone(), signed_in))
    }

    pub(super) async fn refresh(&self, refresh_token: &str) -> Result<SignedIn> {
        let body = json!({ "refreshToken": refresh_token });
        self.call(&Call::post(&["auth", "refresh"], body), None).await
    }

    pub(super) async fn call<T: DeserializeOwned>(&self, call: &Call<'_>, token: Option<&str>) -> Result<T> {
        let mut request = self.http.request(call.method.clone(), self.api(call.path)?);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|why| Error::Unreachable(with_causes(&why)))?;
        open(response).await
    }

    /// Where the WebSocket is.
    pub(crate) fn web_socket(&self) -> Result<Url> {
        let mut url = self.below(&["ws"])?;
        url.set_scheme("ws").map_err(|()| Error::Unusable(format!("{url} cannot be a WebSocket's")))?;
        Ok(url)
    }

    fn api(&self, path: &[&str]) -> Result<Url> {
        let mut url = self.below(&["api"])?;
        url.path_segments_mut().map_err(|()| Error::Unusable("a URL without a path".into()))?.extend(path);
        Ok(url)
    }

    fn below(&self, path: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Unusable("a URL without a path".into()))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped_and_stand_below_the_base() {
        let server = Server::at("http://127.0.0.1:8080").unwrap();
        let url = server.api(&["conversations", "a/b ?", "messages"]).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:8080/api/conversations/a%2Fb%20%3F/messages");
        assert_eq!(server.web_socket().unwrap().as_str(), "ws://127.0.0.1:8080/ws");
        let deeper = Server::at("http://example.org/chat/").unwrap();
        assert_eq!(deeper.web_socket().unwrap().as_str(), "ws://example.org/chat/ws");
    }

    #[test]
    fn only_http_urls_are_taken() {
        for bad in ["127.0.0.1:8080", "https://example.org", "ftp://example.org", "", "http://"] {
            assert!(matches!(Server::at(bad), Err(Error::Unusable(_))), "{bad}");
        }
    }
}
