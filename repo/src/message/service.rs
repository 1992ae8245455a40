//! `im.repo.v1.MessageService`.

use kit::SharedClock;
use kit::grpc::reply;
use protos::Result;
use protos::error::unless_all_failed_for_now;
use protos::pb::repo as pb;
use protos::pb::repo::message_service_server::MessageService;
use protos::pb::types;
use tonic::{Request, Response, Status};

use super::{MessageWriter, convert, query, recall, sync};
use crate::store::Store;

/// Answers for messages.
#[derive(Clone)]
pub(crate) struct Messages {
    store: Store,
    writer: MessageWriter,
    clock: SharedClock,
}

impl Messages {
    pub(crate) fn new(store: Store, writer: MessageWriter, clock: SharedClock) -> Self {
        Self { store, writer, clock }
    }

    async fn save(&self, request: pb::SaveMessageRequest) -> Result<pb::SaveMessageResponse> {
        self.writer.save(convert::new_message(request)?).await.map(convert::saved)
    }

    async fn save_all(&self, request: pb::SaveMessagesRequest) -> Result<pb::SaveMessagesResponse> {
        let batch = request.requests.into_iter().map(convert::new_message).collect();
        let outcomes = unless_all_failed_for_now(self.writer.save_all(batch).await)?;
        Ok(pb::SaveMessagesResponse { outcomes: outcomes.into_iter().map(Into::into).collect() })
    }

    async fn get(&self, request: pb::GetMessageRequest) -> Result<pb::GetMessageResponse> {
        let place = convert::place(request.message_id)?;
        let message = self.store.read(move |connection| query::get(connection, &place)).await?;
        Ok(pb::GetMessageResponse { message: Some(message.into()) })
    }

    async fn page(
        &self,
        request: pb::GetConversationMessagesRequest,
    ) -> Result<pb::GetConversationMessagesResponse> {
        let stretch = convert::stretch(request)?;
        self.store.read(move |connection| query::page(connection, &stretch)).await.map(convert::page)
    }

    async fn check_key(
        &self,
        request: pb::CheckMessageIdempotencyRequest,
    ) -> Result<pb::CheckMessageIdempotencyResponse> {
        let (conversation, sender, key) = convert::key(request)?;
        let find = move |connection: &mut _| query::by_key(connection, &conversation, &sender, &key);
        self.store.read(find).await.map(convert::existing)
    }

    async fn latest(&self, request: pb::GetLatestMessagesRequest) -> Result<pb::GetLatestMessagesResponse> {
        let (conversations, each) = convert::latest(request)?;
        let latest =
            self.store.read(move |connection| query::latest(connection, &conversations, each)).await?;
        Ok(pb::GetLatestMessagesResponse { messages: convert::messages(latest) })
    }

    async fn recall(&self, request: pb::DeleteMessageRequest) -> Result<pb::DeleteMessageResponse> {
        let (recall, now) = (convert::recall(request)?, self.clock.now());
        let recalled = self.store.write(move |connection| recall::recall(connection, &recall, now)).await;
        recalled.map(convert::recalled)
    }

    async fn sync(&self, request: types::SyncRequest) -> Result<types::SyncResponse> {
        let request = request.try_into()?;
        self.store.read(move |connection| sync::sync(connection, &request)).await.map(Into::into)
    }
}

#[tonic::async_trait]
impl MessageService for Messages {
    async fn save_message(
        &self,
        request: Request<pb::SaveMessageRequest>,
    ) -> Result<Response<pb::SaveMessageResponse>, Status> {
        reply(self.save(request.into_inner()).await)
    }

    async fn get_message(
        &self,
        request: Request<pb::GetMessageRequest>,
    ) -> Result<Response<pb::GetMessageResponse>, Status> {
        reply(self.get(request.into_inner()).await)
    }

    async fn get_conversation_messages(
        &self,
        request: Request<pb::GetConversationMessagesRequest>,
    ) -> Result<Response<pb::GetConversationMessagesResponse>, Status> {
        reply(self.page(request.into_inner()).await)
    }

    async fn check_message_idempotency(
        &self,
        request: Request<pb::CheckMessageIdempotencyRequest>,
    ) -> Result<Response<pb::CheckMessageIdempotencyResponse>, Status> {
        reply(self.check_key(request.into_inner()).await)
    }

    async fn get_latest_messages(
        &self,
        request: Request<pb::GetLatestMessagesRequest>,
    ) -> Result<Response<pb::GetLatestMessagesResponse>, Status> {
        reply(self.latest(request.into_inner()).await)
    }

    async fn delete_message(
        &self,
        request: Request<pb::DeleteMessageRequest>,
    ) -> Result<Response<pb::DeleteMessageResponse>, Status> {
        reply(self.recall(request.into_inner()).await)
    }

    async fn save_messages(
        &self,
        request: Request<pb::SaveMessagesRequest>,
    ) -> Result<Response<pb::SaveMessagesResponse>, Status> {
        reply(self.save_all(request.into_inner()).await)
    }

    async fn sync(
        &self,
        request: Request<types::SyncRequest>,
    ) -> Result<Response<types::SyncResponse>, Status> {
        reply(self.sync(request.into_inner()).await)
    }
}
