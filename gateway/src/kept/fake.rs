//! Repo's queues for tests: a service over maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use protos::pb::repo as pb;
use protos::pb::repo::push_service_server::PushService;
use tokio::sync::watch;
use tonic::{Request, Response, Status, async_trait};

/// Pushes on one page; a real page has more.
pub(crate) const PAGE: usize = 3;

/// What is kept, and how it is wanted to fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakePushes {
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Who is nobody.
    pub(crate) unknown: BTreeSet<String>,
    /// The queue of each user.
    pub(crate) queues: BTreeMap<String, Vec<pb::KeptPush>>,
    /// Push id and user.
    pub(crate) had: BTreeSet<(String, String)>,
    /// Every call fails.
    pub(crate) down: bool,
    /// Every call fails, and no caller tries again by itself.
    pub(crate) broken: bool,
    /// Calls that failed because it is broken.
    pub(crate) refused: usize,
    /// Nothing is noted or found.
    pub(crate) forgetful: bool,
    /// Finding waits while this is true.
    pub(crate) slow_find: bool,
    /// The answer to a keeping waits while this is true.
    pub(crate) slow_keep: bool,
    /// So many calls of each kind so far.
    pub(crate) pages: usize,
    pub(crate) finds: usize,
    pub(crate) keeps: usize,
    last: i64,
}

impl FakePushes {
    /// Looks at what is kept, or changes it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes it, and wakes who waits.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.send_replace(());
    }

    /// Waits until what is kept is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&State) -> bool) {
        let mut changes = self.changed.subscribe();
        let come = async {
            while !wanted(&self.state()) {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), come).await.expect("pushes do not become as wanted");
    }

    fn up(&self) -> Result<MutexGuard<'_, State>, Status> {
        let mut state = self.state();
        if state.broken {
            state.refused += 1;
            drop(state);
            self.changed.send_replace(());
            return Err(Status::internal("as the test wants"));
        }
        if state.down { Err(protos::Error::unavailable("the store is down").into()) } else { Ok(state) }
    }

    fn answer<T>(&self, answer: T) -> Result<Response<T>, Status> {
        self.changed.send_replace(());
        Ok(Response::new(answer))
    }
}

impl State {
    /// Puts a push into a user's queue.
    pub(crate) fn queue(&mut self, user: &str, push_id: &str, kind: &str, data: &str) -> i64 {
        self.last += 1;
        let (r#type, data) = (kind.to_owned(), data.to_owned());
        let push = pb::KeptPush { number: self.last, push_id: push_id.to_owned(), r#type, data };
        self.queues.entry(user.to_owned()).or_default().push(push);
        self.last
    }

    fn has_queued(&self, user: &str, push_id: &str) -> bool {
        self.queues.get(user).is_some_and(|queue| queue.iter().any(|push| push.push_id == push_id))
    }
}

#[async_trait]
impl PushService for FakePushes {
    async fn keep_pushes(
        &self,
        request: Request<pb::KeepPushesRequest>,
    ) -> Result<Response<pb::KeepPushesResponse>, Status> {
        let outcomes = {
            let mut state = self.up()?;
            state.keeps += 1;
            let keep = |push: pb::PushToKeep| {
                let users: Vec<String> =
                    push.user_ids.into_iter().filter(|user| !state.unknown.contains(user)).collect();
                state.last += 1;
                let number = state.last;
                for user in &users {
                    if !state.has_queued(user, &push.push_id) {
                        let (push_id, r#type, data) =
                            (push.push_id.clone(), push.r#type.clone(), push.data.clone());
                        let kept = pb::KeptPush { number, push_id, r#type, data };
                        state.queues.entry(user.clone()).or_default().push(kept);
                    }
                }
                pb::KeptFor { number, user_ids: users }
            };
            request.into_inner().pushes.into_iter().map(keep).collect()
        };
        let answer = self.answer(pb::KeepPushesResponse { outcomes });
        self.until(|state| !state.slow_keep).await;
        answer
    }

    async fn get_kept_pushes(
        &self,
        request: Request<pb::GetKeptPushesRequest>,
    ) -> Result<Response<pb::GetKeptPushesResponse>, Status> {
        let users = {
            let mut state = self.up()?;
            state.pages += 1;
            let page = |user_id: String| {
                let queue = state.queues.get(&user_id).filter(|queue| !queue.is_empty())?;
                let pushes = queue.iter().take(PAGE).cloned().collect();
                Some(pb::KeptPushes { user_id, pushes })
            };
            request.into_inner().user_ids.into_iter().filter_map(page).collect()
        };
        self.answer(pb::GetKeptPushesResponse { users })
    }

    async fn drop_kept_pushes(
        &self,
        request: Request<pb::DropKeptPushesRequest>,
    ) -> Result<Response<pb::DropKeptPushesResponse>, Status> {
        {
            let mut state = self.up()?;
            for pb::ReceivedPushes { user_id, pushes } in request.into_inner().users {
                let queue = std::mem::take(state.queues.entry(user_id.clone()).or_default());
                let (gone, stay) = queue
                    .into_iter()
                    .partition::<Vec<_>, _>(|push| pushes.iter().any(|got| got.number == push.number));
                state.had.extend(gone.into_iter().map(|push| (push.push_id, user_id.clone())));
                state.queues.insert(user_id, stay);
            }
        }
        self.answer(pb::DropKeptPushesResponse::default())
    }

    async fn find_pushes(
        &self,
        request: Request<pb::FindPushesRequest>,
    ) -> Result<Response<pb::FindPushesResponse>, Status> {
        self.state().finds += 1;
        self.changed.send_replace(());
        self.until(|state| !state.slow_find).await;
        let pushes = {
            let state = self.up()?;
            let find = |push: pb::PushUsers| {
                let had = |user: &String| state.had.contains(&(push.push_id.clone(), user.clone()));
                let of = |wanted: &dyn Fn(&String) -> bool| {
                    let users = push.user_ids.iter().filter(|user| wanted(user) && !state.forgetful);
                    users.cloned().collect()
                };
                pb::FoundPush {
                    had_user_ids: of(&had),
                    queued_user_ids: of(&|user| state.has_queued(user, &push.push_id)),
                }
            };
            request.into_inner().pushes.into_iter().map(find).collect()
        };
        self.answer(pb::FindPushesResponse { pushes })
    }

    async fn note_pushes(
        &self,
        request: Request<pb::NotePushesRequest>,
    ) -> Result<Response<pb::NotePushesResponse>, Status> {
        {
            let mut state = self.up()?;
            for pb::PushUsers { push_id, user_ids } in request.into_inner().pushes {
                state.had.extend(user_ids.into_iter().map(|user| (push_id.clone(), user)));
            }
        }
        self.answer(pb::NotePushesResponse {})
    }
}
