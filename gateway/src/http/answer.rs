//! Successes as HTTP shows them: `{"success":true,"message":…,"data":…}`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::Failure;

/// What every handler returns.
pub(crate) type Answer = Result<HttpResponse, Failure>;

#[derive(Serialize)]
struct SuccessJson<T> {
    success: bool,
    message: &'static str,
    data: T,
}

/// The `data` of an answer that has nothing to say: `{}`.
#[derive(Serialize)]
pub(super) struct Nothing {}

/// 200.
pub(super) fn ok(data: impl Serialize) -> Answer {
    Ok(with_status(StatusCode::OK, "ok", data))
}

/// 201.
pub(super) fn created(data: impl Serialize) -> Answer {
    Ok(with_status(StatusCode::CREATED, "created", data))
}

fn with_status(status: StatusCode, message: &'static str, data: impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(SuccessJson { success: true, message, data })
}
