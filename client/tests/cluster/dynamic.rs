//! Any RPC by its name, with a request written as JSON: for tests that go through all of them.

use std::net::SocketAddr;
use std::sync::LazyLock;

use futures::StreamExt;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::within;

/// Every compiled `.proto` file.
pub(crate) static PROTOS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(protos::FILE_DESCRIPTOR_SET).unwrap());

/// The method called `package.Service/Method`.
pub(crate) fn method(name: &str) -> MethodDescriptor {
    let (service, method) = name.split_once('/').unwrap();
    let service = PROTOS.get_service_by_name(service).unwrap_or_else(|| panic!("no service {service}"));
    service.methods().find(|one| one.name() == method).unwrap_or_else(|| panic!("no method {name}"))
}

/// A channel to one process, which carries only the token it is given with each call.
#[derive(Clone, Debug)]
pub(crate) struct Dynamic(Channel);

impl Dynamic {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self(Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy())
    }

    /// Calls the method and gives its answer. A stream's is `None`: once it is open, the call was admitted.
    pub(crate) async fn call(
        &self,
        method: &MethodDescriptor,
        token: &str,
        request: &str,
    ) -> Result<Option<DynamicMessage>, Status> {
        let mut json = serde_json::Deserializer::from_str(request);
        let message = DynamicMessage::deserialize(method.input(), &mut json);
        let message = message.unwrap_or_else(|error| panic!("{}: {request}: {error}", method.full_name()));
        let mut call = Request::new(futures::stream::once(async { message }));
        if !token.is_empty() {
            let bearer = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
            call.metadata_mut().insert("authorization", bearer);
        }
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        // A unary call is a stream of one message on the wire.
        let exchange = async {
            let mut grpc = Grpc::new(self.0.clone());
            grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            let answer = grpc.streaming(call, path.parse().unwrap(), AnyMessage(method.output())).await?;
            if method.is_server_streaming() {
                return Ok(None);
            }
            answer.into_inner().next().await.transpose()
        };
        within(method.full_name(), exchange).await
    }
}

/// Messages of a type that is known only when the program runs.
#[derive(Clone, Debug)]
struct AnyMessage(MessageDescriptor);

impl Codec for AnyMessage {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for AnyMessage {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, message: DynamicMessage, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        message.encode(into).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for AnyMessage {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), from);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
