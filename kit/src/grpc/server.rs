//! A gRPC server with health, reflection, the internal token, deadlines and limits.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protos::Result;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::{Response, Status};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::Service;

use super::calls::CountCalls;
use super::token::DemandToken;
use super::{MAX_DEADLINE, MAX_REQUEST_BYTES};
use crate::metrics::MetricsListener;
use crate::metrics::prometheus::registry::Registry;
use crate::process::Failure;
use crate::{Secret, Shutdown};

/// Calls under way on one connection; one more waits for its stream.
const MAX_CONCURRENT_STREAMS: u32 = 1_024;
/// Windows wide enough that a batch of [`super::BATCH_BYTES`] never waits for an update.
const WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// A silent connection is asked for a sign of life this often, and dropped when none comes for as long again.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// Reflection itself, in both of its versions.
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
/// When a stopping server stops waiting for calls under way.
const GRACE: Duration = Duration::from_secs(5);

/// A bound listener that does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    token: Secret,
    health: Health,
    routes: Routes,
    metrics: MetricsListener,
}

/// Says whether a server's process can do its work; it begins with "no".
#[derive(Clone, Debug)]
pub struct Health {
    reporter: HealthReporter,
    ready: Arc<AtomicBool>,
}

impl Health {
    /// Sets what health checks answer for the process as a whole.
    pub async fn set_ready(&self, ready: bool) {
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.ready.store(ready, Ordering::Relaxed);
        self.reporter.set_service_status("", status).await;
    }

    /// What was set last.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

/// The services of a server. Reflection tells of them, and of no others whose `.proto` files happen to be known.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    routes: tonic::service::Routes,
    names: Vec<&'static str>,
}

impl Routes {
    /// Adds a service, as tonic generates them.
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    fn with_reflection(self) -> Result<tonic::service::Routes, Failure> {
        let reflection = || {
            let builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(protos::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET);
            let named = self.names.iter().chain(&REFLECTION);
            named.fold(builder, |builder, name| builder.with_service_name(*name))
        };
        Ok(self
            .routes
            .add_service(reflection().build_v1()?.max_decoding_message_size(MAX_REQUEST_BYTES))
            .add_service(reflection().build_v1alpha()?.max_decoding_message_size(MAX_REQUEST_BYTES))
            .prepare())
    }
}

impl Server {
    /// Binds, so that a port that is taken is known before anything is started.
    ///
    /// # Errors
    /// When the address cannot be bound; the message names it.
    pub async fn bind(address: SocketAddr, token: Secret) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        let (reporter, service) = tonic_health::server::health_reporter();
        let health = Health { reporter, ready: Arc::default() };
        health.set_ready(false).await;
        let (routes, metrics) = (Routes::default().add_service(service), MetricsListener::new());
        Ok(Self { listener, token, health, routes, metrics })
    }

    /// Binds where the process tells its metrics over HTTP; without an address it tells them nowhere.
    ///
    /// # Errors
    /// When the address cannot be bound; the message names it.
    pub async fn tell_metrics_at(mut self, address: Option<SocketAddr>) -> Result<Self, Failure> {
        if let Some(address) = address {
            self.metrics.bind(address).await?;
        }
        Ok(self)
    }

    /// Where the process registers what it counts; every name begins with `gochat_`. The calls of this server are counted anyway.
    pub fn registry(&mut self) -> &mut Registry {
        self.metrics.registry()
    }

    /// The address that metrics are asked for at, if any.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.address()
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The switch of this server's health.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Serves `add`'s services beside health and reflection (v1 and v1alpha) until `shutdown`; then finishes the calls under way.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, shutdown: Shutdown, add: impl FnOnce(Routes) -> Routes) -> Result<(), Failure> {
        let Self { listener, token, health, routes, mut metrics } = self;
        let routes = add(routes);
        let calls = CountCalls::of(&routes.names)?;
        metrics.registry().register_collector(Box::new(calls.clone()));
        let observing = metrics.serve(health.clone());
        let routes = routes.with_reflection()?;
        let serving = tonic::transport::Server::builder()
            .timeout(MAX_DEADLINE)
            .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE))
            .layer(calls)
            .layer(DemandToken(token))
            .add_routes(routes)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                shutdown.clone().cancelled_owned(),
            );
        tokio::pin!(serving, observing);
        tokio::select! {
            ended = &mut serving => return ended.map_err(Into::into),
            ended = &mut observing => return ended,
            () = shutdown.cancelled() => health.set_ready(false).await,
        }
        // A client that keeps its connection open must not keep the process up. Metrics are told to the end.
        tokio::select! {
            ended = tokio::time::timeout(GRACE, serving) => ended.unwrap_or(Ok(())).map_err(Into::into),
            ended = observing => ended,
        }
    }
}

/// The last line of every handler: the answer, or the error as a status.
///
/// # Errors
/// The error, as a status with `ErrorInfo`.
pub fn reply<T>(outcome: Result<T>) -> Result<Response<T>, Status> {
    outcome.map(Response::new).map_err(|error| {
        if error.reason() == protos::Reason::InternalError {
            tracing::error!(error = %error, "a call failed");
        }
        Status::from(error)
    })
}
