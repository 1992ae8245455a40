//! A repo for tests: a real gRPC server in this process that keeps leases and who is where in maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kit::grpc::Server;
use kit::{Secret, Shutdown};
use protos::pb::repo as pb;
use protos::pb::repo::online_status_service_server::{OnlineStatusService, OnlineStatusServiceServer};
use protos::pb::repo::push_service_server::PushServiceServer;
use tokio::sync::watch;
use tonic::{Request, Response, Status, async_trait};
use url::Url;

use crate::kept::fake::FakePushes;

/// What is kept, and how it is wanted to fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakePresence {
    /// Repo's other service for gateways.
    pub(crate) pushes: FakePushes,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) leases: BTreeMap<String, pb::GatewayLease>,
    /// Incarnations that gave their lease back: none of them holds it again.
    released: BTreeSet<String>,
    /// The users of each gateway.
    pub(crate) users: BTreeMap<String, BTreeSet<String>>,
    /// The store is down: every call fails.
    pub(crate) down: bool,
    /// The next renewal is done, and its answer lost.
    pub(crate) loses_answer: bool,
    /// Announcements fail, the rest does not.
    pub(crate) deaf: bool,
    /// Look-ups fail, the rest does not.
    pub(crate) blind: bool,
    /// Look-ups so far.
    pub(crate) lookups: usize,
    /// The next renewal finds that the store had lost everything.
    pub(crate) lost: bool,
}

impl FakePresence {
    /// Looks at what is kept, or changes it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until what is kept is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&State) -> bool) {
        let mut changes = self.changed.subscribe();
        let come = async {
            while !wanted(&self.state()) {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), come)
            .await
            .expect("presence does not become as wanted");
    }

    /// Serves on a free port until the test's runtime ends.
    pub(crate) async fn listen(&self, token: Secret) -> Url {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), token).await.unwrap();
        let url = format!("http://{}", server.address().unwrap()).parse().unwrap();
        server.health().set_ready(true).await;
        let service = OnlineStatusServiceServer::new(self.clone());
        let pushes = PushServiceServer::new(self.pushes.clone());
        let serving =
            server.serve(Shutdown::new(), move |routes| routes.add_service(service).add_service(pushes));
        tokio::spawn(serving);
        url
    }

    fn up(&self) -> Result<MutexGuard<'_, State>, Status> {
        let state = self.state();
        if state.down { Err(protos::Error::unavailable("the store is down").into()) } else { Ok(state) }
    }

    fn answer<T>(&self, answer: T) -> Result<Response<T>, Status> {
        self.changed.send_replace(());
        Ok(Response::new(answer))
    }
}

#[async_trait]
impl OnlineStatusService for FakePresence {
    async fn renew_lease(
        &self,
        request: Request<pb::RenewLeaseRequest>,
    ) -> Result<Response<pb::RenewLeaseResponse>, Status> {
        let answer = {
            let mut state = self.up()?;
            let lease = request.into_inner().lease.unwrap();
            let id = lease.gateway_id.clone();
            let holder = state.leases.get(&id).map(|held| held.incarnation.clone());
            let held = holder.as_ref().is_none_or(|holder| *holder <= lease.incarnation)
                && !state.released.contains(&lease.incarnation);
            let continued = holder.as_ref() == Some(&lease.incarnation) && !std::mem::take(&mut state.lost);
            if held {
                if !continued {
                    state.users.remove(&id);
                }
                state.leases.insert(id, lease);
            }
            if std::mem::take(&mut state.loses_answer) {
                return Err(protos::Error::unavailable("the answer is lost").into());
            }
            let gateways = state.leases.values().cloned().collect();
            pb::RenewLeaseResponse { held, continued, gateways, ttl_seconds: 10 }
        };
        self.answer(answer)
    }

    async fn release_lease(
        &self,
        request: Request<pb::ReleaseLeaseRequest>,
    ) -> Result<Response<pb::ReleaseLeaseResponse>, Status> {
        let pb::ReleaseLeaseRequest { gateway_id: id, incarnation } = request.into_inner();
        {
            let mut state = self.up()?;
            state.leases.remove(&id);
            state.users.remove(&id);
            state.released.insert(incarnation);
        }
        self.answer(pb::ReleaseLeaseResponse {})
    }

    async fn announce_users(
        &self,
        request: Request<pb::AnnounceUsersRequest>,
    ) -> Result<Response<pb::AnnounceUsersResponse>, Status> {
        let request = request.into_inner();
        {
            let mut state = self.up()?;
            if state.deaf {
                return Err(protos::Error::unavailable("nothing is heard").into());
            }
            if !state.released.contains(&request.incarnation) {
                let users = state.users.entry(request.gateway_id).or_default();
                users.retain(|user| !request.offline_user_ids.contains(user));
                users.extend(request.online.into_iter().map(|user| user.user_id));
            }
        }
        self.answer(pb::AnnounceUsersResponse {})
    }

    async fn locate_users(
        &self,
        request: Request<pb::LocateUsersRequest>,
    ) -> Result<Response<pb::LocateUsersResponse>, Status> {
        let locations = {
            let mut state = self.up()?;
            state.lookups += 1;
            if state.blind {
                return Err(Status::internal("as the test wants"));
            }
            let at = |user: String| pb::UserLocation {
                gateway_ids: state
                    .users
                    .iter()
                    .filter(|(_, users)| users.contains(&user))
                    .map(|(id, _)| id.clone())
                    .collect(),
                user_id: user,
            };
            let found = request.into_inner().user_ids.into_iter().map(at);
            found.filter(|location| !location.gateway_ids.is_empty()).collect()
        };
        self.answer(pb::LocateUsersResponse { locations })
    }

    async fn set_user_online(
        &self,
        _: Request<pb::SetUserOnlineRequest>,
    ) -> Result<Response<pb::SetUserOnlineResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn set_user_offline(
        &self,
        _: Request<pb::SetUserOfflineRequest>,
    ) -> Result<Response<pb::SetUserOfflineResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn get_user_online_status(
        &self,
        _: Request<pb::GetUserOnlineStatusRequest>,
    ) -> Result<Response<pb::GetUserOnlineStatusResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn get_users_online_status(
        &self,
        _: Request<pb::GetUsersOnlineStatusRequest>,
    ) -> Result<Response<pb::GetUsersOnlineStatusResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn update_heartbeat(
        &self,
        _: Request<pb::UpdateHeartbeatRequest>,
    ) -> Result<Response<pb::UpdateHeartbeatResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn cleanup_expired_status(
        &self,
        _: Request<pb::CleanupExpiredStatusRequest>,
    ) -> Result<Response<pb::CleanupExpiredStatusResponse>, Status> {
        Err(Status::unimplemented("no gateway calls this"))
    }

    async fn list_gateways(
        &self,
        _: Request<pb::ListGatewaysRequest>,
    ) -> Result<Response<pb::ListGatewaysResponse>, Status> {
        let answer = {
            let state = self.up()?;
            let age = |_| pb::LeaseAge { held_ms: 5_000, renewed_ms: 1_000, left_ms: 9_000 };
            pb::ListGatewaysResponse {
                gateways: state.leases.values().cloned().collect(),
                ages: state.leases.values().map(age).collect(),
            }
        };
        self.answer(answer)
    }
}
