//! The operator's page at `/admin`, and what it asks for below `/admin/api`. Without a token of the operator's, nothing of it is there.
//!
//! - [`guard`]: who may.
//! - [`push`]: a push that an operator makes by hand.

mod guard;
mod push;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data};
use kit::Secret;
use tokio::time::Instant;

use crate::http::{Answer, Failure, ok};
use crate::pusher::Pushes;
use crate::stats::Cluster;
use guard::Guard;

/// What the operator's page shows and does. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    guard: Arc<Guard>,
    cluster: Cluster,
    pushes: Pushes,
}

impl Admin {
    /// For who bears this token.
    pub(crate) fn new(token: Secret, cluster: Cluster, pushes: Pushes) -> Self {
        Self { guard: Arc::new(Guard::new(token)), cluster, pushes }
    }
}

/// The routes, unless there is no operator.
pub(crate) fn configure(cfg: &mut web::ServiceConfig, admin: Option<&Admin>) {
    let Some(admin) = admin else { return };
    let api = web::scope("/admin/api")
        .app_data(Data::new(admin.clone()))
        .configure(push::configure)
        .service(web::resource("/stats").get(stats))
        .wrap(from_fn(admit));
    cfg.service(api).configure(crate::web::configure_admin);
}

/// Lets only the operator through; who is refused learns nothing else.
async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme_and_token = header.and_then(|value| value.split_once(' '));
    let token = scheme_and_token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim());
    let from = request.peer_addr().map(|address| address.ip());
    let admitted = match request.app_data::<Data<Admin>>() {
        Some(admin) => admin.guard.admit(token, from, Instant::now()),
        None => Err(protos::Error::internal("the operator's page is not set up")),
    };
    match admitted {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_left_body),
        Err(error) => Ok(request.error_response(Failure::from(error)).map_into_right_body()),
    }
}

/// How all gateways are doing.
async fn stats(admin: Data<Admin>) -> Answer {
    ok(admin.cluster.overview().await)
}
