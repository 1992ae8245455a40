//! Successes as HTTP shows them: `{"success":true,"message":…,"data":…}`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Failure;

/// What every handler returns.
pub(crate) type Answer = Result<HttpResponse, Failure>;

/// The envelope of every success; in the document, `T` is what the route answers.
#[derive(Serialize, ToSchema)]
#[schema(as = Success)]
pub(super) struct SuccessJson<T> {
    /// Always true.
    success: bool,
    /// For people.
    #[schema(value_type = String)]
    message: &'static str,
    data: T,
}

/// The `data` of an answer that has nothing to say: `{}`.
#[derive(Serialize, ToSchema)]
pub(super) struct Nothing {}

/// 200.
pub(crate) fn ok(data: impl Serialize) -> Answer {
    Ok(with_status(StatusCode::OK, "ok", data))
}

/// 201.
pub(super) fn created(data: impl Serialize) -> Answer {
    Ok(with_status(StatusCode::CREATED, "created", data))
}

fn with_status(status: StatusCode, message: &'static str, data: impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(SuccessJson { success: true, message, data })
}
