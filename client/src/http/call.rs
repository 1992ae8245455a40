//! One request and its answer, with the two envelopes taken off.

use std::time::Duration;

use protos::Reason;
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::with_causes;
use crate::{Error, Result};

/// A request that can be made more than once, for another try with a new token.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The path's segments below `/api`, not yet escaped.
    pub(super) path: &'a [&'a str],
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, query: Vec::new(), body: None }
    }

    pub(super) fn post(path: &'a [&'a str], body: Value) -> Self {
        Self { method: Method::POST, path, query: Vec::new(), body: Some(body) }
    }

    pub(super) fn put(path: &'a [&'a str], body: Value) -> Self {
        Self { method: Method::PUT, path, query: Vec::new(), body: Some(body) }
    }

    pub(super) fn delete(path: &'a [&'a str]) -> Self {
        Self { method: Method::DELETE, path, query: Vec::new(), body: None }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }
}

#[derive(Deserialize)]
struct Success<T> {
    data: T,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    message: String,
}

/// An answer without content.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// The `data` of an answer, or the error that it tells.
pub(super) async fn open<T: DeserializeOwned>(response: Response) -> Result<T> {
    let status = response.status();
    let wait = response.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
    let body = response.bytes().await.map_err(|error| Error::Unreachable(with_causes(&error)))?;
    if status.is_success() {
        let success: Success<T> =
            serde_json::from_slice(&body).map_err(|why| Error::Malformed(why.to_string()))?;
        return Ok(success.data);
    }
    let failure: Failure =
        serde_json::from_slice(&body).map_err(|_| Error::Malformed(format!("HTTP status {status}")))?;
    Err(refusal(failure, wait.map(Duration::from_secs)).into())
}

fn refusal(failure: Failure, wait: Option<Duration>) -> protos::Error {
    let error = match Reason::parse(&failure.code) {
        Some(reason) => protos::Error::new(reason, failure.message),
        // A reason of a later version: the sentence still says it.
        None => protos::Error::internal(format!("{} ({})", failure.message, failure.code)),
    };
    match wait {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_reason_and_when_to_come_again() {
        let failure = |code: &str| Failure { code: code.into(), message: "no".into() };
        let error = refusal(failure("RATE_LIMITED"), Some(Duration::from_secs(3)));
        assert_eq!(error.reason(), Reason::RateLimited);
        assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(3)));
        let unknown = refusal(failure("OUT_OF_COFFEE"), None);
        assert_eq!(unknown.reason(), Reason::InternalError);
        assert_eq!(unknown.message(), "no (OUT_OF_COFFEE)");
    }
}
