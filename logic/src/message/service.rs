//! `im.logic.v1.MessageService`.

use kit::grpc::reply;
use protos::error::unless_all_failed_for_now;
use protos::pb::logic::message_service_server::MessageService;
use protos::pb::logic::{
    RecallMessageRequest, RecallMessageResponse, SendMessageRequest, SendMessageResponse,
    SendMessagesRequest, SendMessagesResponse, SendSignalsRequest, SendSignalsResponse,
};
use protos::pb::types::{SyncRequest, SyncResponse};
use tonic::{Request, Response, Status};

use super::{Messages, convert};
use crate::signals::{self, Receipts, Signalled, Signals};

/// The service's front.
pub(crate) struct MessageRpc(pub(crate) Messages, pub(crate) Signals, pub(crate) Receipts);

#[tonic::async_trait]
impl MessageService for MessageRpc {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let draft = convert::draft(request.into_inner())?;
        reply(self.0.send(draft).await.map(convert::response))
    }

    async fn recall_message(
        &self,
        request: Request<RecallMessageRequest>,
    ) -> Result<Response<RecallMessageResponse>, Status> {
        let recall = convert::recall(request.into_inner())?;
        reply(self.0.recall(recall).await.map(convert::recall_response))
    }

    async fn send_messages(
        &self,
        request: Request<SendMessagesRequest>,
    ) -> Result<Response<SendMessagesResponse>, Status> {
        let drafts = convert::drafts(request.into_inner())?;
        let outcomes = self.0.send_all(drafts).await.and_then(unless_all_failed_for_now);
        reply(outcomes.map(convert::responses))
    }

    async fn send_signals(
        &self,
        request: Request<SendSignalsRequest>,
    ) -> Result<Response<SendSignalsResponse>, Status> {
        let Signalled { typings, receipts } = signals::signalled(request.into_inner())?;
        for receipt in receipts {
            self.2.note(receipt);
        }
        self.1.typing(typings).await;
        reply(Ok(SendSignalsResponse {}))
    }

    async fn sync(&self, request: Request<SyncRequest>) -> Result<Response<SyncResponse>, Status> {
        let asked = request.into_inner().try_into()?;
        reply(self.0.sync(asked).await.map(Into::into))
    }
}
