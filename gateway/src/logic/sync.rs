//! What a client that was away lacks.

use protos::Result;
use protos::model::{SyncRequest, Synced};
use protos::pb::logic::message_service_client::MessageServiceClient;
use protos::pb::types;

use super::{LogicClient, call};

impl LogicClient {
    /// What a client lacks, from durable storage.
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn sync(&self, request: SyncRequest) -> Result<Synced> {
        let request = types::SyncRequest::from(request);
        call!(self.pool, idempotent(None), MessageServiceClient, sync, request)?.try_into()
    }
}
