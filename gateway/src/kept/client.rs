//! The calls to `im.repo.v1.PushService`.

use std::collections::HashMap;

use kit::grpc::{MAX_RESPONSE_BYTES, Pool};
use protos::Result;
use protos::ids::UserId;
use protos::pb::repo::push_service_client::PushServiceClient;

use super::{Found, Kept, KeptPush, PushToKeep, PushUsers, Received, convert};

/// Every repo process. Cloning it shares it.
#[derive(Clone, Debug)]
pub(super) struct Client(Pool);

/// Calls one method; doing any of them twice does no harm.
macro_rules! call {
    ($pool:expr, $method:ident, $request:expr) => {{
        let request = $request;
        $pool
            .idempotent(None, |channel| {
                let request = request.clone();
                async move {
                    PushServiceClient::new(channel)
                        .max_decoding_message_size(MAX_RESPONSE_BYTES)
                        .$method(request)
                        .await
                }
            })
            .await
    }};
}

impl Client {
    pub(super) fn new(pool: Pool) -> Self {
        Self(pool)
    }

    /// The first page of each user's queue; who has none is left out.
    pub(super) async fn pages(&self, users: Vec<UserId>) -> Result<HashMap<UserId, Vec<KeptPush>>> {
        call!(self.0, get_kept_pushes, convert::pages_of(users)).map(convert::pages)
    }

    /// An outcome for each push, in their order.
    pub(super) async fn keep(&self, pushes: Vec<PushToKeep>) -> Result<Vec<Kept>> {
        call!(self.0, keep_pushes, convert::to_keep(pushes)).map(convert::kept)
    }

    pub(super) async fn take_out(&self, received: Vec<Received>) -> Result<()> {
        call!(self.0, drop_kept_pushes, convert::received(received)).map(drop)
    }

    /// An answer for each push, in their order.
    pub(super) async fn find(&self, pushes: Vec<PushUsers>) -> Result<Vec<Found>> {
        call!(self.0, find_pushes, convert::to_find(pushes)).map(convert::found)
    }

    pub(super) async fn note(&self, pushes: Vec<PushUsers>) -> Result<()> {
        call!(self.0, note_pushes, convert::to_note(pushes)).map(drop)
    }
}
