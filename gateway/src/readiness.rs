//! Whether this gateway can do its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, http::StatusCode};
use kit::grpc::{Health, Pool};
use tokio::sync::watch;
use tokio::time::interval;

use crate::presence::Standing;

/// How often health is brought up to date.
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// What readiness hangs on. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    logic: Pool,
    lease: watch::Receiver<Standing>,
    stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// Ready while `logic` answers and the lease is held.
    pub(crate) fn new(logic: Pool, lease: watch::Receiver<Standing>) -> Self {
        Self { logic, lease, stopping: Arc::default() }
    }

    /// From now on it is not ready.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// True from the gateway's stop on.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// How the lease stands.
    pub(crate) fn standing(&self) -> Standing {
        *self.lease.borrow()
    }

    /// True while a session would be found by pushes.
    pub(crate) fn takes_sockets(&self) -> bool {
        self.standing() == Standing::Held && !self.is_stopping()
    }

    /// True while everything works that a user needs.
    pub(crate) fn is_ready(&self) -> bool {
        self.takes_sockets() && self.logic.is_ready()
    }

    /// Keeps the answer to gRPC health checks up to date, for ever.
    pub(crate) async fn follow(self, health: Health) {
        let mut tick = interval(WATCH_EVERY);
        let mut told = false;
        loop {
            tick.tick().await;
            let ready = self.is_ready();
            if ready != told {
                tracing::info!(ready, "readiness changed");
                health.set_ready(ready).await;
                told = ready;
            }
        }
    }
}

/// The routes `/healthz` (alive) and `/readyz` (ready). The application holds a [`Readiness`] as `web::Data`.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/healthz").get(healthz)).service(web::resource("/readyz").get(readyz));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().body("alive\n")
}

async fn readyz(readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_ready() {
        HttpResponse::Ok().body("ready\n")
    } else {
        HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE).body("not ready\n")
    }
}
