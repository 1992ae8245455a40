//! Calls to a service of which several processes may run: they go to those that answer.

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use protos::{Error, Reason, Result};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint as TonicEndpoint};
use tonic::{Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use url::Url;

use super::token::{AuthorizedChannel, CarryToken};
use crate::settings::SettingsError;
use crate::{Secret, Shutdown};

/// How a pool behaves; the defaults suit calls inside one site.
#[derive(Clone, Copy, Debug)]
pub struct PoolConfig {
    /// How long a call may take, tries and waits included.
    pub deadline: Duration,
    /// How often a process that answers is asked for its health.
    pub probe_every: Duration,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(5), probe_every: Duration::from_secs(1) }
    }
}

/// A health probe that takes longer has failed.
const PROBE_DEADLINE: Duration = Duration::from_secs(2);
/// A TCP connection that takes longer has failed.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// Waits between tries: the first, and the longest that doubling leads to. Each is shortened by up to half at random.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(400));
/// Windows as wide as the server's.
const WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// Every process of one service. Cloning it shares it.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: &'static str,
    config: PoolConfig,
    endpoints: Vec<Endpoint>,
    /// Where the next call without a key begins.
    turn: AtomicUsize,
    /// Notified when an endpoint comes up.
    up: Arc<Notify>,
    stop: Shutdown,
}

#[derive(Debug)]
struct Endpoint {
    url: String,
    channel: AuthorizedChannel,
    serving: watch::Sender<bool>,
    /// True while health probes are not answered at all.
    silent: watch::Sender<bool>,
    /// Asks for a probe at once.
    probe_now: Notify,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Pool {
    /// A pool over `urls`, each connected to when first needed and probed from now on; `name` names it in errors.
    ///
    /// # Errors
    /// When there is no URL, or one is not `http://host:port`.
    pub fn start(
        name: &'static str,
        urls: &[Url],
        token: &Secret,
        config: PoolConfig,
    ) -> Result<Self, SettingsError> {
        if urls.is_empty() {
            return Err(SettingsError::Invalid(format!("no URL of {name} is given")));
        }
        let endpoints = urls.iter().map(|url| Endpoint::new(url, token)).collect::<Result<Vec<_>, _>>()?;
        let pool = Self(Arc::new(Inner {
            name,
            config,
            endpoints,
            turn: AtomicUsize::new(0),
            up: Arc::new(Notify::new()),
            stop: Shutdown::new(),
        }));
        for index in 0..pool.0.endpoints.len() {
            tokio::spawn(probe(Arc::downgrade(&pool.0), index, pool.0.stop.clone()));
        }
        Ok(pool)
    }

    /// True while at least one process answers and is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.endpoints.iter().any(Endpoint::is_serving)
    }

    /// Every process: its URL, and whether it answers and is ready.
    #[must_use]
    pub fn processes(&self) -> Vec<(String, bool)> {
        let shown = |endpoint: &Endpoint| (endpoint.url.clone(), endpoint.is_serving());
        self.0.endpoints.iter().map(shown).collect()
    }

    /// Waits until a process answers and is ready.
    pub async fn ready(&self) {
        loop {
            let up = self.0.up.notified();
            tokio::pin!(up);
            up.as_mut().enable();
            if self.is_ready() {
                return;
            }
            up.await;
        }
    }

    /// Calls a method that does no harm when done twice: tries the processes that answer, one after the other and over again
    /// with growing waits, until one replies or the deadline passes. One that answers no health probe is not waited for. Calls of one `key` go to the same process while it lives.
    ///
    /// # Errors
    /// The service's own; `SERVICE_UNAVAILABLE` or `TIMEOUT` when none answered in time.
    pub async fn idempotent<T, F, R>(&self, key: Option<&str>, call: F) -> Result<T>
    where
        F: Fn(AuthorizedChannel) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let deadline = Instant::now() + self.0.config.deadline;
        let mut backoff = BACKOFF.0;
        let mut failed: Vec<usize> = Vec::new();
        loop {
            let Some((index, endpoint)) = self.pick(key, &failed) else {
                self.wait(&mut backoff, deadline).await?;
                failed.clear();
                continue;
            };
            match endpoint.try_call_while_heard(&call, deadline).await {
                Err(CallError { error, .. })
                    if error.reason().is_transient() && Instant::now() < deadline =>
                {
                    failed.push(index)
                }
                done => return done.map_err(|failure| failure.error),
            }
        }
    }

    /// Calls a method that must not be done twice: one call, at a process that answers. A process that cannot even be connected to
    /// has not been called: then the next is, as by [`Pool::idempotent`], so that nobody sees a process that restarts.
    ///
    /// # Errors
    /// The service's own; `SERVICE_UNAVAILABLE` or `TIMEOUT` when it may or may not have been done.
    pub async fn once<T, F, R>(&self, call: F) -> Result<T>
    where
        F: Fn(AuthorizedChannel) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let deadline = Instant::now() + self.0.config.deadline;
        let mut backoff = BACKOFF.0;
        let mut failed: Vec<usize> = Vec::new();
        loop {
            let Some((index, endpoint)) = self.pick(None, &failed) else {
                self.wait(&mut backoff, deadline).await?;
                failed.clear();
                continue;
            };
            match endpoint.try_call(&call, deadline).await {
                Err(CallError { was_made: false, .. }) if Instant::now() < deadline => failed.push(index),
                done => return done.map_err(|failure| failure.error),
            }
        }
    }

    /// The place, in the list of URLs, of the process that calls of `key` go to at present; `None` while none answers. Keys of
    /// the same place may share a call of [`Pool::idempotent`].
    #[must_use]
    pub fn place(&self, key: &str) -> Option<usize> {
        self.pick(Some(key), &[]).map(|(index, _)| index)
    }

    /// The serving endpoint for a key (highest random weight, Thaler and Ravishankar, 1998), or the next in turn.
    fn pick(&self, key: Option<&str>, failed: &[usize]) -> Option<(usize, &Endpoint)> {
        let endpoints = &self.0.endpoints;
        let usable = |index: &usize| endpoints[*index].is_serving() && !failed.contains(index);
        let index = match key {
            Some(key) => {
                (0..endpoints.len()).filter(usable).max_by_key(|index| weight(key, &endpoints[*index].url))
            }
            None => {
                let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
                (0..endpoints.len()).map(|step| (turn.wrapping_add(step)) % endpoints.len()).find(usable)
            }
        }?;
        Some((index, &endpoints[index]))
    }

    /// Waits for an endpoint to come up, at the longest `backoff`, which it doubles.
    async fn wait(&self, backoff: &mut Duration, deadline: Instant) -> Result<()> {
        if Instant::now() >= deadline {
            return Err(Error::unavailable(format!("{} does not answer", self.0.name)));
        }
        let until = deadline.min(Instant::now() + backoff.mul_f64(rand::random_range(0.5..=1.0)));
        *backoff = BACKOFF.1.min(*backoff * 2);
        // Ready endpoints whose call failed need the wait itself; for all others coming up ends it.
        if self.is_ready() {
            sleep_until(until).await;
        } else {
            timeout_at(until, self.ready()).await.ok();
        }
        Ok(())
    }
}

/// A channel to one process, connected to when first used. It carries the internal token; deadlines are the caller's.
///
/// # Errors
/// When `url` is not `http://host:port`.
pub fn channel_to(url: &Url, token: &Secret) -> Result<AuthorizedChannel, SettingsError> {
    let invalid =
        |why: String| SettingsError::Invalid(format!("{url} is not the URL of a gRPC service: {why}"));
    if url.scheme() != "http" || url.host().is_none() {
        return Err(invalid("it must be http://host:port".into()));
    }
    let channel = connect_lazily(url.as_str()).map_err(|error| invalid(error.to_string()))?;
    Ok(InterceptedService::new(channel, CarryToken::new(token)?))
}

/// Why a call has no answer.
struct CallError {
    error: Error,
    /// False when the process certainly knows nothing of it.
    was_made: bool,
}

impl Endpoint {
    fn new(url: &Url, token: &Secret) -> Result<Self, SettingsError> {
        Ok(Self {
            url: url.to_string(),
            channel: channel_to(url, token)?,
            serving: watch::Sender::new(false),
            silent: watch::Sender::new(false),
            probe_now: Notify::new(),
        })
    }

    fn is_serving(&self) -> bool {
        *self.serving.borrow()
    }

    async fn try_call<T, F, R>(&self, call: &F, deadline: Instant) -> Result<T, CallError>
    where
        F: Fn(AuthorizedChannel) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let Ok(outcome) = timeout_at(deadline, call(self.channel.clone())).await else {
            self.probe_now.notify_one();
            let error = Error::new(Reason::Timeout, "the deadline passed");
            return Err(CallError { error, was_made: true });
        };
        outcome.map(Response::into_inner).map_err(|status| {
            if !is_from_transport(&status) {
                return CallError { error: Error::from(status), was_made: true };
            }
            self.serving.send_replace(false);
            self.probe_now.notify_one();
            tracing::debug!(url = self.url, %status, "a call was cut off");
            let error = Error::unavailable("a service that this needs does not answer");
            CallError { error, was_made: !is_from_connecting(&status) }
        })
    }

    /// The same, given up when probes find the process silent: one that stands still keeps its connections.
    async fn try_call_while_heard<T, F, R>(&self, call: &F, deadline: Instant) -> Result<T, CallError>
    where
        F: Fn(AuthorizedChannel) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let mut silent = self.silent.subscribe();
        tokio::select! {
            biased;
            done = self.try_call(call, deadline) => done,
            // The sender lives as long as this endpoint.
            _ = silent.wait_for(|silent| *silent) => {
                let error = Error::unavailable("a service that this needs does not answer any more");
                Err(CallError { error, was_made: true })
            }
        }
    }

    async fn answers_as_ready(&self) -> bool {
        let mut client = HealthClient::new(self.channel.clone());
        let probed = tokio::time::timeout(PROBE_DEADLINE, client.check(HealthCheckRequest::default())).await;
        self.silent.send_replace(probed.is_err());
        matches!(probed, Ok(Ok(answer)) if answer.get_ref().status() == ServingStatus::Serving)
    }
}

/// True for an error that the connection made, not the service behind it: ours always carry `ErrorInfo`, and tonic's local ones
/// their source.
fn is_from_transport(status: &Status) -> bool {
    use std::error::Error as _;
    use tonic::Code;
    let local = status.source().is_some_and(|source| !source.is::<tonic::TimeoutExpired>());
    local || (status.details().is_empty() && matches!(status.code(), Code::Unavailable | Code::Unknown))
}

/// True when there was no connection to make the call over.
fn is_from_connecting(status: &Status) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(status), |cause| cause.source());
    causes.any(|cause| cause.is::<tonic::ConnectError>())
}

fn connect_lazily(url: &str) -> Result<Channel, tonic::transport::Error> {
    let endpoint = TonicEndpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_DEADLINE)
        .tcp_nodelay(true)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}

fn weight(key: &str, url: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, url).hash(&mut hasher);
    hasher.finish()
}

/// Keeps `serving` of one endpoint true to life until the pool is dropped.
async fn probe(pool: std::sync::Weak<Inner>, index: usize, stop: Shutdown) {
    let mut backoff = BACKOFF.0;
    loop {
        let Some(inner) = pool.upgrade() else { return };
        let endpoint = &inner.endpoints[index];
        let serving = endpoint.answers_as_ready().await;
        if endpoint.serving.send_replace(serving) != serving {
            tracing::info!(service = inner.name, url = endpoint.url, serving, "a service's health changed");
        }
        let wait = if serving {
            inner.up.notify_waiters();
            backoff = BACKOFF.0;
            inner.config.probe_every
        } else {
            backoff = BACKOFF.1.min(backoff * 2);
            backoff.mul_f64(rand::random_range(0.5..=1.0))
        };
        tokio::select! {
            () = sleep_until(Instant::now() + wait) => {}
            () = endpoint.probe_now.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}
