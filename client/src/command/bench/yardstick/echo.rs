//! A gRPC server that answers what it is asked: the other end of the raw calls.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::net::TcpListener;
use tonic::codegen::{Body, BoxFuture, Service, StdError, http};
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::command::Failure;

/// The two methods.
pub(super) const UNARY: &str = "/gochat.bench.Echo/Unary";
pub(super) const STREAM: &str = "/gochat.bench.Echo/Stream";
/// Windows as wide as those of GoChat's own servers.
const WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// Answer gRPC calls with what they bring
#[derive(Clone, Copy, Debug, clap::Args)]
pub(in super::super) struct EchoArgs {
    /// Where it listens
    #[arg(long)]
    listen: SocketAddr,
}

impl EchoArgs {
    /// Serves until it is killed.
    ///
    /// # Errors
    /// When the address is taken.
    pub(in super::super) async fn run(self) -> Result<(), Failure> {
        let listener = TcpListener::bind(self.listen).await?;
        let mut out = io::stdout().lock();
        writeln!(out, "listening {}", listener.local_addr()?)?;
        out.flush()?;
        drop(out);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let mut server = tonic::transport::Server::builder()
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES);
        Ok(server.add_service(Echo).serve_with_incoming(incoming).await?)
    }
}

#[derive(Clone, Copy, Debug)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "gochat.bench.Echo";
}

impl<B> Service<http::Request<B>> for Echo
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Bytes, Bytes>::default());
            Ok(match request.uri().path() {
                UNARY => grpc.unary(Self, request).await,
                STREAM => grpc.streaming(Self, request).await,
                _ => Status::unimplemented("there is no such method").into_http(),
            })
        })
    }
}

impl UnaryService<Bytes> for Echo {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

impl StreamingService<Bytes> for Echo {
    type Response = Bytes;
    type ResponseStream = Streaming<Bytes>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}
