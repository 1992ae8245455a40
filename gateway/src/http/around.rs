//! What surrounds every request: its id, the failure envelope, security headers and CORS.

use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use protos::Reason;
use tokio::time::timeout;
use uuid::Uuid;

use super::{AppState, Failure};

/// Names the request in the answer and in the log.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Of what is no page; pages have a stricter one of their own (`src/web/headers.rs`).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A request that takes longer, its body included, is given up: a client that trickles its body must not hold a connection.
/// The pools' own deadlines are shorter. A WebSocket is not meant: it is what the answer's body carries.
const DEADLINE: Duration = Duration::from_secs(30);

/// The middleware of the whole application.
///
/// # Errors
/// Those of `next`, and 408 after [`DEADLINE`].
pub(crate) async fn around<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let request_id = Uuid::now_v7().simple().to_string();
    let origin = listed_origin(&req);
    if origin.is_some() && is_preflight(&req) {
        let mut res = req.into_response(HttpResponse::NoContent()).map_into_boxed_body();
        describe(res.headers_mut(), &request_id, origin);
        return Ok(res);
    }
    match timeout(DEADLINE, next.call(req)).await {
        Ok(res) => {
            let mut res = in_envelope(res?.map_into_boxed_body(), &request_id);
            describe(res.headers_mut(), &request_id, origin);
            Ok(res)
        }
        Err(elapsed) => {
            let mut answer = Failure::of_status(StatusCode::REQUEST_TIMEOUT).answer(&request_id);
            describe(answer.headers_mut(), &request_id, origin);
            Err(InternalError::from_response(elapsed, answer).into())
        }
    }
}

/// The headers of every answer.
fn describe(headers: &mut HeaderMap, request_id: &str, origin: Option<HeaderValue>) {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
    secure(headers);
    if let Some(origin) = origin {
        share(headers, origin);
    }
}

/// Gives a failure its envelope: that of its error, or of its status when nobody gave it a body.
fn in_envelope(res: ServiceResponse, request_id: &str) -> ServiceResponse {
    if !res.status().is_client_error() && !res.status().is_server_error() {
        return res;
    }
    let of_status;
    let failure = match res.response().error().and_then(|error| error.as_error::<Failure>()) {
        Some(failure) => failure,
        None if !matches!(res.response().body().size(), BodySize::None | BodySize::Sized(0)) => return res,
        None => {
            of_status = Failure::of_status(res.status());
            &of_status
        }
    };
    if failure.error().reason() == Reason::InternalError {
        tracing::error!(request_id, path = res.request().path(), error = %failure.error(), "a request failed");
    }
    let body = serde_json::to_vec(&failure.body(request_id)).unwrap_or_default();
    let mut res = res.map_body(|_, _| BoxBody::new(body));
    res.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    res
}

fn secure(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    }
    // What a user sees is theirs; files say otherwise themselves.
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The request's origin, when `ALLOWED_ORIGINS` lists it. The gateway's own pages need no permission, and what is the operator's is shared
/// with no other.
fn listed_origin(req: &ServiceRequest) -> Option<HeaderValue> {
    if req.path() == "/admin" || req.path().starts_with("/admin/") {
        return None;
    }
    let origin = req.headers().get(ORIGIN)?;
    let state = req.app_data::<web::Data<AppState>>()?;
    state.origins.lists(origin.to_str().ok()?).then(|| origin.clone())
}

fn is_preflight(req: &ServiceRequest) -> bool {
    req.method() == Method::OPTIONS && req.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Permits pages of `origin` to call and to read the answer. Tokens travel in a header that the page sets itself, so no
/// credentials are allowed.
fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    let permissions = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "x-request-id, retry-after"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let names_origin = |value: &HeaderValue| value.to_str().is_ok_and(|names| names.contains("Origin"));
    if !headers.get_all(VARY).any(names_origin) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    for (name, value) in permissions {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
