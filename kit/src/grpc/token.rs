//! The internal token: on every call that leaves, and demanded of every call that comes in.

use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Request, Response, header::AUTHORIZATION};
use protos::{Error, Reason};
use subtle::ConstantTimeEq;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request as GrpcRequest, Status};
use tower::{Layer, Service};

use crate::Secret;
use crate::settings::SettingsError;

/// A channel whose calls carry the internal token.
pub type AuthorizedChannel = InterceptedService<Channel, CarryToken>;

/// Puts the token on every call.
#[derive(Clone, Debug)]
pub struct CarryToken(AsciiMetadataValue);

impl CarryToken {
    pub(super) fn new(token: &Secret) -> Result<Self, SettingsError> {
        let mut value: AsciiMetadataValue = format!("Bearer {}", token.expose()).parse().map_err(|_| {
            SettingsError::Invalid("INTERNAL_TOKEN holds characters that no header can carry".into())
        })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Interceptor for CarryToken {
    fn call(&mut self, mut request: GrpcRequest<()>) -> Result<GrpcRequest<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Refuses every call without the token, but for health checks: load balancers and supervisors have no token.
#[derive(Clone, Debug)]
pub(super) struct DemandToken(pub(super) Secret);

impl<S> Layer<S> for DemandToken {
    type Service = Demanding<S>;

    fn layer(&self, inner: S) -> Demanding<S> {
        Demanding { expected: format!("Bearer {}", self.0.expose()).into_bytes().into(), inner }
    }
}

#[derive(Clone)]
pub(super) struct Demanding<S> {
    expected: std::sync::Arc<[u8]>,
    inner: S,
}

impl<S> Demanding<S> {
    fn admits<B>(&self, request: &Request<B>) -> bool {
        let open = request.uri().path().starts_with("/grpc.health.v1.Health/");
        let presented = request.headers().get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        open || bool::from(presented.ct_eq(&self.expected))
    }
}

impl<S, B, R> Service<Request<B>> for Demanding<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.admits(&request) {
            return Either::Left(self.inner.call(request));
        }
        let refusal = Error::new(Reason::Unauthorized, "the internal token is missing or wrong");
        Either::Right(ready(Ok(Status::from(refusal).into_http())))
    }
}
