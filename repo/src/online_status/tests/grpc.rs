//! The service over gRPC: every RPC with right input, and wrong input refused.

use std::sync::Arc;

use kit::grpc::Server;
use kit::{Secret, Shutdown, SystemClock};
use protos::pb::repo::online_status_service_client::OnlineStatusServiceClient;
use protos::pb::repo::online_status_service_server::OnlineStatusServiceServer;
use protos::pb::repo::{
    AnnounceUsersRequest, AnnouncedUser, CleanupExpiredStatusRequest, GatewayLease,
    GetUserOnlineStatusRequest, GetUsersOnlineStatusRequest, ListGatewaysRequest, LocateUsersRequest,
    ReleaseLeaseRequest, RenewLeaseRequest, SetUserOfflineRequest, SetUserOnlineRequest,
    UpdateHeartbeatRequest,
};
use protos::{Error, Reason};
use tonic::metadata::AsciiMetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::super::{OnlineStatusService, Presence};

type Client = OnlineStatusServiceClient<InterceptedService<Channel, Token>>;

/// Puts the internal token on every call.
#[derive(Clone)]
struct Token(AsciiMetadataValue);

impl tonic::service::Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

async fn client() -> (Client, Shutdown) {
    let presence = Presence::start(&[], Arc::new(SystemClock)).await.unwrap();
    presence.ready().await;
    let token = Secret::random().unwrap();
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), token.clone()).await.unwrap();
    let (url, stop) = (format!("http://{}", server.address().unwrap()), Shutdown::new());
    let service = OnlineStatusServiceServer::new(OnlineStatusService::new(presence));
    let serving = server.serve(stop.clone(), |routes| routes.add_service(service));
    tokio::spawn(async move { serving.await.unwrap() });
    let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
    let token = Token(format!("Bearer {}", token.expose()).parse().unwrap());
    (OnlineStatusServiceClient::with_interceptor(channel, token), stop)
}

fn renewal(url: &str) -> RenewLeaseRequest {
    let lease = GatewayLease { gateway_id: "g1".into(), incarnation: "i1".into(), url: url.into() };
    RenewLeaseRequest { lease: Some(lease) }
}

fn announcement(online: &[&str], offline: &[&str]) -> AnnounceUsersRequest {
    let client_info = if online.len() < 10 { "ä".repeat(1_000) } else { String::new() };
    let announced = |user: &&str| AnnouncedUser { user_id: (*user).into(), client_info: client_info.clone() };
    AnnounceUsersRequest {
        gateway_id: "g1".into(),
        incarnation: "i1".into(),
        online: online.iter().map(announced).collect(),
        offline_user_ids: offline.iter().map(|user| (*user).into()).collect(),
    }
}

#[actix::test]
async fn a_gateways_day_over_grpc() {
    let (mut client, _stop) = client().await;
    let renewed = client.renew_lease(renewal("http://127.0.0.1:9000")).await.unwrap().into_inner();
    assert!(renewed.held && !renewed.continued);
    assert_eq!((renewed.ttl_seconds, renewed.gateways.len()), (10, 1));
    client.announce_users(announcement(&["ann", "bob"], &[])).await.unwrap();

    let asked = GetUserOnlineStatusRequest { user_id: "ann".into() };
    let status = client.get_user_online_status(asked).await.unwrap().into_inner().status.unwrap();
    assert!(status.is_online);
    assert_eq!((status.gateway_id.as_str(), &status.gateway_ids[..]), ("g1", &["g1".to_owned()][..]));
    assert_eq!(status.client_info, "ä".repeat(128), "cut to 256 bytes");

    client.announce_users(announcement(&[], &["bob"])).await.unwrap();
    let user_ids = vec!["bob".to_owned(), "ann".into(), "nobody".into(), "ann".into()];
    let asked = LocateUsersRequest { user_ids: user_ids.clone() };
    let located = client.locate_users(asked).await.unwrap().into_inner().locations;
    assert_eq!(located.iter().map(|found| found.user_id.as_str()).collect::<Vec<_>>(), ["ann"]);
    let asked = GetUsersOnlineStatusRequest { user_ids };
    let statuses = client.get_users_online_status(asked).await.unwrap().into_inner().statuses;
    assert_eq!(statuses.iter().map(|s| s.is_online).collect::<Vec<_>>(), [false, true, false, true]);

    let gateways = client.list_gateways(ListGatewaysRequest {}).await.unwrap().into_inner().gateways;
    assert_eq!(gateways, renewed.gateways);
    let released = ReleaseLeaseRequest { gateway_id: "g1".into(), incarnation: "i1".into() };
    client.release_lease(released).await.unwrap();
    let asked = GetUserOnlineStatusRequest { user_id: "ann".into() };
    let status = client.get_user_online_status(asked).await.unwrap().into_inner().status.unwrap();
    assert!(!status.is_online && status.last_seen > 0);
}

#[actix::test]
async fn a_jobs_day_over_grpc() {
    let (mut client, _stop) = client().await;
    let (user_id, gateway_id) = ("ann".to_owned(), "job".to_owned());
    let set = SetUserOnlineRequest {
        user_id: user_id.clone(),
        gateway_id: gateway_id.clone(),
        client_info: "cron".into(),
    };
    let set = client.set_user_online(set).await.unwrap().into_inner();
    assert!(set.success && set.status.unwrap().is_online);
    let beat = UpdateHeartbeatRequest { user_id: user_id.clone(), gateway_id: gateway_id.clone() };
    let beat = client.update_heartbeat(beat).await.unwrap().into_inner();
    assert!(beat.success && beat.last_seen > 0);
    let off = SetUserOfflineRequest { user_id: user_id.clone(), gateway_id };
    assert!(client.set_user_offline(off).await.unwrap().into_inner().success);
    let asked = GetUserOnlineStatusRequest { user_id };
    let status = client.get_user_online_status(asked).await.unwrap().into_inner().status.unwrap();
    assert!(!status.is_online && status.last_seen >= beat.last_seen);
    let old = CleanupExpiredStatusRequest { expired_before: beat.last_seen + 1_000, batch_size: 0 };
    assert_eq!(client.cleanup_expired_status(old).await.unwrap().into_inner().cleaned_count, 1);
}

#[actix::test]
async fn wrong_input_is_refused() {
    let (client, _stop) = client().await;
    let refused = |status: Status| assert_eq!(Error::from(status).reason(), Reason::InvalidParameter);
    let call = || client.clone();
    let many = || vec!["ann".to_owned(); 10_001];
    for url in ["", "g1:9000", "ftp://g1", "http://g1\n"] {
        refused(call().renew_lease(renewal(url)).await.unwrap_err());
    }
    refused(call().renew_lease(RenewLeaseRequest::default()).await.unwrap_err());
    refused(call().release_lease(ReleaseLeaseRequest::default()).await.unwrap_err());
    refused(call().announce_users(AnnounceUsersRequest::default()).await.unwrap_err());
    refused(call().announce_users(announcement(&[""], &[])).await.unwrap_err());
    refused(call().announce_users(announcement(&[], &["a\nb"])).await.unwrap_err());
    refused(call().announce_users(announcement(&["ann"; 10_001], &[])).await.unwrap_err());
    refused(call().announce_users(announcement(&[], &["ann"; 10_001])).await.unwrap_err());
    refused(call().locate_users(LocateUsersRequest { user_ids: many() }).await.unwrap_err());
    refused(call().locate_users(LocateUsersRequest { user_ids: vec![String::new()] }).await.unwrap_err());
    let asked = GetUsersOnlineStatusRequest { user_ids: many() };
    refused(call().get_users_online_status(asked).await.unwrap_err());
    refused(call().get_user_online_status(GetUserOnlineStatusRequest::default()).await.unwrap_err());
    refused(call().set_user_online(SetUserOnlineRequest::default()).await.unwrap_err());
    let off = SetUserOfflineRequest { user_id: "ann".into(), gateway_id: String::new() };
    refused(call().set_user_offline(off).await.unwrap_err());
    refused(call().update_heartbeat(UpdateHeartbeatRequest::default()).await.unwrap_err());
    for (expired_before, batch_size) in [(-1, 0), (0, -1)] {
        let wrong = CleanupExpiredStatusRequest { expired_before, batch_size };
        refused(call().cleanup_expired_status(wrong).await.unwrap_err());
    }
}
