//! Failures as HTTP shows them: `{"success":false,"message":…,"code":…,"requestId":…}`.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError, web};
use protos::{Error, Reason};
use serde::Serialize;
use utoipa::ToSchema;

/// A request's body may have this many bytes, decompressed.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// An error on its way to the caller. Its status is the reason's, but for what only HTTP knows.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Error,
    status: StatusCode,
}

impl Failure {
    /// With a status that the table of reasons does not have, such as 415.
    fn with_status(status: StatusCode, reason: Reason, message: impl Into<String>) -> Self {
        Self { error: Error::new(reason, message), status }
    }

    /// What an answer without a body of its own says: a route that is not there, a method that it does not take.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (reason, message) = match status {
            StatusCode::NOT_FOUND => (Reason::NotFound, "there is nothing here"),
            StatusCode::METHOD_NOT_ALLOWED => (Reason::InvalidParameter, "this method is not allowed here"),
            StatusCode::REQUEST_TIMEOUT => (Reason::Timeout, "the request took too long"),
            StatusCode::PAYLOAD_TOO_LARGE => (Reason::MessageTooLarge, "the request is too large"),
            StatusCode::SERVICE_UNAVAILABLE => (Reason::ServiceUnavailable, "try again later"),
            status if status.is_server_error() => (Reason::InternalError, "the request failed"),
            _ => (Reason::InvalidParameter, "the request is malformed"),
        };
        Self::with_status(status, reason, message)
    }

    /// The answer, which names the request.
    pub(super) fn answer(&self, request_id: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(wait) = self.error.retry_after_hint() {
            answer.insert_header((RETRY_AFTER, wait.as_millis().div_ceil(1_000).max(1).to_string()));
        } else if self.status == StatusCode::TOO_MANY_REQUESTS {
            answer.insert_header((RETRY_AFTER, "1"));
        }
        answer.json(self.body(request_id))
    }

    /// The JSON text, for an answer whose head is made already.
    pub(super) fn body<'a>(&'a self, request_id: &'a str) -> impl Serialize + 'a {
        FailureJson {
            success: false,
            message: self.error.message(),
            code: self.error.reason().as_str(),
            request_id,
        }
    }

    /// The error that it stands for.
    pub(super) fn error(&self) -> &Error {
        &self.error
    }
}

/// The envelope of every failure.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Failure)]
pub(super) struct FailureJson<'a> {
    /// Always false.
    success: bool,
    /// For people.
    message: &'a str,
    /// For machines: the reason.
    code: &'a str,
    /// Names the request in the server's log; also the header `x-request-id`.
    request_id: &'a str,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.reason().http_status());
        Self { error, status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR) }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// The request's id comes in on the way out, see [`super::around`].
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer("")
    }
}

impl From<JsonPayloadError> for Failure {
    fn from(error: JsonPayloadError) -> Self {
        match error {
            JsonPayloadError::ContentType => Self::with_status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Reason::InvalidParameter,
                "the body must be application/json",
            ),
            JsonPayloadError::Overflow { limit } | JsonPayloadError::OverflowKnownLength { limit, .. } => {
                let message = format!("the body is larger than {} KiB", limit / 1024);
                Self::from(Error::new(Reason::MessageTooLarge, message))
            }
            JsonPayloadError::Deserialize(why) => {
                Error::invalid(format!("the body is not as it should be: {why}")).into()
            }
            _ => Error::invalid("the body could not be read").into(),
        }
    }
}

/// Makes every refusal of an extractor a [`Failure`].
pub(super) fn configure_extractors(cfg: &mut web::ServiceConfig) {
    let json = web::JsonConfig::default()
        .limit(MAX_BODY_BYTES)
        .error_handler(|error, _| Failure::from(error).into());
    let query = web::QueryConfig::default().error_handler(|error, _| match error {
        QueryPayloadError::Deserialize(why) => invalid(format!("the query is not as it should be: {why}")),
        _ => invalid("the query could not be read"),
    });
    let path = web::PathConfig::default().error_handler(|error, _| match error {
        PathError::Deserialize(_) => invalid("the path is not as it should be"),
        _ => invalid("the path could not be read"),
    });
    cfg.app_data(json).app_data(query).app_data(path);
}

fn invalid(message: impl Into<String>) -> actix_web::Error {
    Failure::from(Error::invalid(message)).into()
}
