//! `/metrics`, `/healthz` and `/readyz` over HTTP, on a listener of their own: for Prometheus and for supervisors, not for users.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text::{self, CONTENT_TYPE as TEXT};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use super::process_usage::ProcessUsage;
use crate::grpc::Health;
use crate::process::Failure;

/// What a process tells about itself, and where; bound, not yet serving.
#[derive(Debug)]
pub(crate) struct MetricsListener {
    listener: Option<TcpListener>,
    registry: Registry,
}

struct Told {
    registry: Registry,
    health: Health,
}

impl MetricsListener {
    /// One that listens nowhere yet.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("gochat");
        registry.register_collector(Box::new(ProcessUsage));
        Self { listener: None, registry }
    }

    /// Binds, so that a port that is taken is known before anything is started.
    ///
    /// # Errors
    /// When the address cannot be bound; the message names it.
    pub(crate) async fn bind(&mut self, address: SocketAddr) -> Result<(), Failure> {
        let listener = TcpListener::bind(address).await;
        self.listener =
            Some(listener.map_err(|error| format!("cannot listen on {address} for metrics: {error}"))?);
        Ok(())
    }

    /// The address that was bound, if any.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Where more is registered; every name begins with `gochat_`.
    pub(crate) fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Serves for ever; without a listener it does nothing, for ever.
    ///
    /// # Errors
    /// When the listener fails.
    pub(crate) async fn serve(self, health: Health) -> Result<(), Failure> {
        let Some(listener) = self.listener else { return std::future::pending().await };
        let told = Arc::new(Told { registry: self.registry, health });
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(async || "alive\n"))
            .route("/readyz", get(readyz))
            .with_state(told);
        Ok(axum::serve(listener, routes).await?)
    }
}

async fn metrics(State(told): State<Arc<Told>>) -> Response {
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &told.registry) {
        Ok(()) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn readyz(State(told): State<Arc<Told>>) -> Response {
    if told.health.is_ready() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}
