//! Counts a server's calls: of each method, how they ended and how long they took.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use http::{Request, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tower::{Layer, Service};

use crate::metrics::{Counter, Latencies, told_buckets};

/// gRPC's status codes by their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];
const UNKNOWN: usize = 2;

/// The calls of a server. Cloning it shares it. What is counted is known from the start, so that no caller makes it grow: a method that
/// is not there is not counted.
#[derive(Clone, Debug)]
pub(super) struct CountCalls(Arc<HashMap<String, Calls>>);

#[derive(Debug)]
struct Calls {
    service: String,
    method: String,
    codes: [Counter; CODES.len()],
    took: Latencies,
}

impl CountCalls {
    /// Counts the methods of these services.
    ///
    /// # Errors
    /// When the descriptors that were built in cannot be read.
    pub(super) fn of(services: &[&str]) -> Result<Self, prost::DecodeError> {
        let files = FileDescriptorSet::decode(protos::FILE_DESCRIPTOR_SET)?.file;
        let mut methods = HashMap::new();
        for file in files {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                for method in service.method.iter().filter(|_| services.contains(&name.as_str())) {
                    let calls = Calls {
                        service: name.clone(),
                        method: method.name().to_owned(),
                        codes: Default::default(),
                        took: Latencies::default(),
                    };
                    methods.insert(format!("/{name}/{}", method.name()), calls);
                }
            }
        }
        Ok(Self(Arc::new(methods)))
    }
}

impl Collector for CountCalls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut counts =
            encoder.encode_descriptor("grpc_calls", "Calls that were answered", None, MetricType::Counter)?;
        for calls in self.0.values() {
            for (code, count) in CODES.iter().zip(&calls.codes).filter(|(_, count)| count.get() > 0) {
                let labels = [("service", calls.service.as_str()), ("method", &calls.method), ("code", code)];
                ConstCounter::new(count.get()).encode(counts.encode_family(&labels)?)?;
            }
        }
        let help = "Until a call was answered; for a stream, until it began";
        let mut took = encoder.encode_descriptor("grpc_call_seconds", help, None, MetricType::Histogram)?;
        for calls in self.0.values().filter(|calls| calls.codes.iter().any(|count| count.get() > 0)) {
            let labels = [("service", calls.service.as_str()), ("method", &calls.method)];
            let (sum, count, buckets) = told_buckets(&calls.took.counts());
            took.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

impl<S> Layer<S> for CountCalls {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting { calls: self.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct Counting<S> {
    calls: CountCalls,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Counting<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (began, counted) = (Instant::now(), self.calls.clone());
        let path = request.uri().path().to_owned();
        Box::pin(self.inner.call(request).map(move |answer| {
            if let (Some(calls), Ok(answer)) = (counted.0.get(&path), &answer) {
                calls.took.add(began.elapsed());
                if let Some(counter) = calls.codes.get(code_of(answer)) {
                    counter.add(1);
                }
            }
            answer
        }))
    }
}

/// An answer that is only headers has its status there; one with a message comes to its end well, or its stream breaks later.
fn code_of<R>(answer: &Response<R>) -> usize {
    let told = answer.headers().get("grpc-status");
    told.map_or(0, |told| told.to_str().ok().and_then(|told| told.parse().ok()).unwrap_or(UNKNOWN))
}
