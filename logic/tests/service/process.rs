//! Start, readiness and stop.

use std::sync::Arc;

use kit::grpc::channel_to;
use kit::{Shutdown, SystemClock};
use logic::Logic;
use protos::pb::logic as pb;
use tokio::time::timeout;
use tonic::Code;
use tonic::transport::Channel;

use crate::fake::Fake;
use crate::rig::{DEADLINE, Rig, config, ready, token};

#[actix_rt::test]
async fn it_is_ready_once_repo_answers_and_stops_when_told() {
    let repo = Fake::default().serve(&token()).await;
    repo.health.set_ready(false).await;
    let logic = Logic::bind(config(&token(), &repo.url), Arc::new(SystemClock)).await.unwrap();
    let url = format!("http://{}", logic.address().unwrap()).parse().unwrap();
    let stop = Shutdown::new();
    let running = actix_rt::spawn(logic.run(stop.clone()));

    let mut health = tonic_health::pb::health_client::HealthClient::new(channel_to(&url, &token()).unwrap());
    let answer = health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
    assert_eq!(answer.into_inner().status, 2, "NOT_SERVING");
    repo.health.set_ready(true).await;
    ready(&url, &token()).await;

    stop.cancel();
    timeout(DEADLINE, running).await.expect("it stops in time").unwrap().unwrap();
}

#[actix_rt::test]
async fn a_setting_of_no_use_is_told_before_anything_is_served() {
    let url = "http://127.0.0.1:1".parse().unwrap();
    let mut weak = config(&token(), &url);
    weak.bcrypt_cost_floor = 10;
    let refused = Logic::bind(weak, Arc::new(SystemClock)).await.unwrap_err();
    assert!(refused.to_string().contains("BCRYPT_COST"), "{refused}");

    let first = Logic::bind(config(&token(), &url), Arc::new(SystemClock)).await.unwrap();
    let mut taken = config(&token(), &url);
    taken.logic_listen = first.address().unwrap();
    let refused = Logic::bind(taken, Arc::new(SystemClock)).await.unwrap_err();
    assert!(refused.to_string().contains(&first.address().unwrap().to_string()), "{refused}");
}

#[actix_rt::test]
async fn without_the_internal_token_nothing_is_answered() {
    let rig = Rig::start().await;
    let url = rig.url.to_string();
    let open = Channel::from_shared(url).unwrap().connect().await.unwrap();
    let mut auth = pb::auth_service_client::AuthServiceClient::new(open);
    let refused = auth.guest_login(pb::GuestLoginRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
