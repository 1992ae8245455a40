//! `im.repo.v1.PushService`.

use kit::SharedClock;
use kit::grpc::reply;
use protos::Result;
use protos::ids::{PushId, UserId};
use protos::pb::repo as pb;
use protos::pb::repo::push_service_server::PushService;
use tonic::{Request, Response, Status};

use super::keep::keep;
use super::{QUEUE_MAX, convert, queue};
use crate::online_status::Presence;
use crate::store::Store;

/// Answers for pushes.
#[derive(Clone)]
pub(crate) struct Pushes {
    store: Store,
    presence: Presence,
    clock: SharedClock,
}

impl Pushes {
    /// Queues in `store`; who had what lately, in `presence`.
    pub(crate) fn new(store: Store, presence: Presence, clock: SharedClock) -> Self {
        Self { store, presence, clock }
    }

    async fn keep(&self, request: pb::KeepPushesRequest) -> Result<pb::KeepPushesResponse> {
        let now = self.clock.now();
        let pushes = convert::new_pushes(request, now)?;
        let kept = self.store.write(move |connection| keep(connection, &pushes, now, QUEUE_MAX));
        kept.await.map(convert::kept)
    }

    async fn pages(&self, request: pb::GetKeptPushesRequest) -> Result<pb::GetKeptPushesResponse> {
        let (users, now) = (convert::page_users(request)?, self.clock.now());
        let pages = self.store.read(move |connection| queue::pages(connection, &users, now));
        pages.await.map(convert::pages)
    }

    async fn drop_kept(&self, request: pb::DropKeptPushesRequest) -> Result<pb::DropKeptPushesResponse> {
        let received = convert::received(request)?;
        // First: at any moment it is known of one that had it or waits for it.
        if let Err(error) = self.presence.note_pushes(convert::by_push(&received)).await {
            tracing::debug!(%error, "it is not remembered who had a push");
        }
        let dropped = self.store.write(move |connection| queue::drop_kept(connection, &received)).await?;
        Ok(pb::DropKeptPushesResponse { dropped: i32::try_from(dropped).unwrap_or(i32::MAX) })
    }

    async fn find(&self, request: pb::FindPushesRequest) -> Result<pb::FindPushesResponse> {
        let pushes = convert::pushes(request.pushes)?;
        // In this order: who waits no more was noted before.
        let waiting = self.waiting(&pushes).await?;
        Ok(convert::found(self.had(&pushes).await, waiting))
    }

    /// Nobody, while that cannot be read: a double is harmless, a push that does not come is not.
    async fn had(&self, pushes: &[(PushId, Vec<UserId>)]) -> Vec<Vec<UserId>> {
        match self.presence.had_pushes(pushes.to_vec()).await {
            Ok(had) => had,
            Err(error) => {
                tracing::debug!(%error, "it cannot be told who had a push");
                vec![Vec::new(); pushes.len()]
            }
        }
    }

    async fn waiting(&self, pushes: &[(PushId, Vec<UserId>)]) -> Result<Vec<Vec<UserId>>> {
        let (pushes, now) = (pushes.to_vec(), self.clock.now());
        self.store.read(move |connection| queue::waiting(connection, &pushes, now)).await
    }

    async fn note(&self, request: pb::NotePushesRequest) -> Result<pb::NotePushesResponse> {
        self.presence.note_pushes(convert::pushes(request.pushes)?).await?;
        Ok(pb::NotePushesResponse {})
    }
}

#[tonic::async_trait]
impl PushService for Pushes {
    async fn keep_pushes(
        &self,
        request: Request<pb::KeepPushesRequest>,
    ) -> Result<Response<pb::KeepPushesResponse>, Status> {
        reply(self.keep(request.into_inner()).await)
    }

    async fn get_kept_pushes(
        &self,
        request: Request<pb::GetKeptPushesRequest>,
    ) -> Result<Response<pb::GetKeptPushesResponse>, Status> {
        reply(self.pages(request.into_inner()).await)
    }

    async fn drop_kept_pushes(
        &self,
        request: Request<pb::DropKeptPushesRequest>,
    ) -> Result<Response<pb::DropKeptPushesResponse>, Status> {
        reply(self.drop_kept(request.into_inner()).await)
    }

    async fn find_pushes(
        &self,
        request: Request<pb::FindPushesRequest>,
    ) -> Result<Response<pb::FindPushesResponse>, Status> {
        reply(self.find(request.into_inner()).await)
    }

    async fn note_pushes(
        &self,
        request: Request<pb::NotePushesRequest>,
    ) -> Result<Response<pb::NotePushesResponse>, Status> {
        reply(self.note(request.into_inner()).await)
    }
}
