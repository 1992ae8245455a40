//! Presence through a whole repo process: what a gateway and a job do in their day.

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use kit::grpc::{AuthorizedChannel, Pool, PoolConfig, channel_to};
use kit::{Shutdown, SystemClock};
use protos::pb::repo::online_status_service_client::OnlineStatusServiceClient;
use protos::pb::repo::{
    AnnounceUsersRequest, AnnouncedUser, GatewayLease, GetUserOnlineStatusRequest, LocateUsersRequest,
    ReleaseLeaseRequest, RenewLeaseRequest, SetUserOnlineRequest,
};
use protos::{Reason, Result};
use repo::{Config, Repo};

type Client = OnlineStatusServiceClient<AuthorizedChannel>;

async fn is_online(client: &mut Client, user: &str) -> Result<bool> {
    let asked = GetUserOnlineStatusRequest { user_id: user.to_owned() };
    let answer = client.get_user_online_status(asked).await?.into_inner();
    Ok(answer.status.is_some_and(|status| status.is_online))
}

#[actix::test]
async fn a_repo_process_knows_who_is_online() {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config::parse_from(["repo"]);
    config.common.data_dir = data.path().to_owned();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.database_url = None;
    config.redis_url = Vec::new();
    let token = config.common.internal_token().unwrap();
    let process = Repo::bind(config, Arc::new(SystemClock)).await.unwrap();
    let url = format!("http://{}", process.address().unwrap()).parse().unwrap();
    let stop = Shutdown::new();
    let running = tokio::task::spawn_local(process.run(stop.clone()));
    let mut client = Client::new(channel_to(&url, &token).unwrap());
    let repo = Pool::start("repo", &[url], &token, PoolConfig::default()).unwrap();
    tokio::time::timeout(Duration::from_secs(60), repo.ready()).await.expect("the repo becomes ready");

    let (gateway_id, incarnation) = ("g1".to_owned(), "i1".to_owned());
    let url = "http://127.0.0.1:9000".to_owned();
    let lease = GatewayLease { gateway_id: gateway_id.clone(), incarnation: incarnation.clone(), url };
    let asked = RenewLeaseRequest { lease: Some(lease.clone()) };
    let renewed = client.renew_lease(asked).await.unwrap().into_inner();
    assert!(renewed.held && !renewed.continued);
    assert_eq!((renewed.gateways, renewed.ttl_seconds), (vec![lease], 10));

    let online = vec![AnnouncedUser { user_id: "ann".into(), client_info: "test".into() }];
    let asked = AnnounceUsersRequest {
        gateway_id: gateway_id.clone(),
        incarnation: incarnation.clone(),
        online,
        offline_user_ids: Vec::new(),
    };
    client.announce_users(asked).await.unwrap().into_inner();
    let asked =
        SetUserOnlineRequest { user_id: "bob".into(), gateway_id: "job".into(), ..Default::default() };
    client.set_user_online(asked).await.unwrap().into_inner();
    assert!(is_online(&mut client, "ann").await.unwrap() && is_online(&mut client, "bob").await.unwrap());
    assert!(!is_online(&mut client, "nobody").await.unwrap());
    assert_eq!(is_online(&mut client, "").await.unwrap_err().reason(), Reason::InvalidParameter);

    let asked = ReleaseLeaseRequest { gateway_id, incarnation };
    client.release_lease(asked).await.unwrap().into_inner();
    let asked = LocateUsersRequest { user_ids: vec!["ann".into(), "bob".into()] };
    let located = client.locate_users(asked).await.unwrap().into_inner();
    let found: Vec<&str> = located.locations.iter().map(|location| location.user_id.as_str()).collect();
    assert_eq!(found, ["bob"]);

    stop.cancel();
    running.await.unwrap().unwrap();
}
