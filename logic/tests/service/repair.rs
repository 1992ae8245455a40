//! What could not be handed to a gateway is made good, and gateways know whether this process lives.

use std::sync::Arc;

use protos::Error;
use protos::pb::gateway::{
    Debt, DeliverRequest, DeliverResponse, KeepLinkRequest, KeepLinkResponse, LinkPosition,
};
use protos::pb::repo;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::fake::Fake;
use crate::rig::{DEADLINE, Rig, list_gateways, token};
use crate::send::{Store, delivers, open, request};

type Heard = mpsc::UnboundedReceiver<KeepLinkRequest>;

/// From now on the gateway passes on what it hears of links.
fn hears(gateway: &Fake) -> Heard {
    let (sender, heard) = mpsc::unbounded_channel();
    gateway.on(move |request: KeepLinkRequest| {
        sender.send(request).ok();
        async { Ok(KeepLinkResponse {}) }
    });
    heard
}

fn refuses(gateway: &Fake) {
    gateway.on(|_: DeliverRequest| async { Err::<DeliverResponse, _>(Error::unavailable("not now")) });
    gateway.on(|_: KeepLinkRequest| async { Err::<KeepLinkResponse, _>(Error::unavailable("not now")) });
}

async fn next(heard: &mut Heard) -> KeepLinkRequest {
    timeout(DEADLINE, heard.recv()).await.expect("the gateway hears nothing").unwrap()
}

async fn next_debt(heard: &mut Heard) -> Debt {
    loop {
        let mut debt = next(heard).await.debt.unwrap_or_default();
        if debt != Debt::default() {
            debt.user_ids.sort();
            return debt;
        }
    }
}

fn ann_and_bob() -> Debt {
    Debt { user_ids: vec!["ann".into(), "bob".into()], ..Default::default() }
}

#[actix_rt::test]
async fn what_no_gateway_took_is_told_to_the_first_that_answers() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    refuses(&rig.gateway);
    for key in ["k1", "k2"] {
        rig.messages().send_message(request("c", key)).await.unwrap();
    }
    let mut heard = hears(&rig.gateway);
    assert_eq!(next_debt(&mut heard).await, ann_and_bob());
    // It is told once; what comes then is pushed again.
    let mut deliveries = delivers(&rig.gateway, &open());
    rig.messages().send_message(request("c", "k3")).await.unwrap();
    timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    for _ in 0..2 {
        assert_eq!(next(&mut heard).await.debt, Some(Debt::default()));
    }
    refuses(&rig.gateway);
    rig.messages().send_message(request("world", "k")).await.unwrap();
    let mut heard = hears(&rig.gateway);
    assert_eq!(next_debt(&mut heard).await, Debt { world: true, ..Default::default() });
}

#[actix_rt::test]
async fn members_who_could_not_be_looked_up_are_told_later() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let mut heard = hears(&rig.gateway);
    rig.repo.on(|_: repo::GetMemberIdsRequest| async {
        Err::<repo::GetMemberIdsResponse, _>(Error::internal("not now"))
    });
    rig.messages().send_message(request("c", "k")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(next(&mut heard).await.debt, Some(Debt::default()), "nobody knows who");
    }
    Store::default().script(&rig.repo);
    assert_eq!(next_debt(&mut heard).await, ann_and_bob());
    assert!(deliveries.try_recv().is_err(), "it is pulled, not pushed");
}

#[actix_rt::test]
async fn where_no_gateway_has_a_lease_nothing_is_owed() {
    let (repo, gateway) = (Fake::default(), Fake::default());
    Store::default().script(&repo);
    let running = gateway.serve(&token()).await;
    let url = running.url.clone();
    list_gateways(&repo, &[]);
    let rig = Rig::start_with(repo, gateway, vec![running]).await;
    rig.messages().send_message(request("c", "k")).await.unwrap();
    // The list is read again, and again nobody is there.
    let lists = rig.repo.calls::<repo::ListGatewaysRequest>();
    let read = async {
        while rig.repo.calls::<repo::ListGatewaysRequest>() < lists + 3 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, read).await.unwrap();
    let mut heard = hears(&rig.gateway);
    list_gateways(&rig.repo, &[&url]);
    for _ in 0..2 {
        assert_eq!(next(&mut heard).await.debt, Some(Debt::default()));
    }
}

#[actix_rt::test]
async fn every_gateway_hears_of_this_process_and_of_its_end() {
    let (repo, first, second) = (Fake::default(), Fake::default(), Fake::default());
    Store::default().script(&repo);
    let running = [first.serve(&token()).await, second.serve(&token()).await];
    list_gateways(&repo, &[&running[0].url, &running[1].url]);
    let mut heard = [hears(&first), hears(&second)];
    let (sender, mut delivered) = mpsc::unbounded_channel();
    for gateway in [&first, &second] {
        let sender = sender.clone();
        gateway.on(move |request: DeliverRequest| {
            sender.send(request.link.unwrap()).unwrap();
            async { Ok(DeliverResponse::default()) }
        });
    }
    let rig = Rig::start_with(repo, first.clone(), running.into()).await;
    let link = next(&mut heard[0]).await.link.unwrap();
    assert_eq!(next(&mut heard[1]).await.link.unwrap().link_id, link.link_id);
    assert_eq!((link.number, link.answered, link.forwarded), (1, 0, false));
    rig.messages().send_message(request("c", "k")).await.unwrap();
    let delivery: LinkPosition = timeout(DEADLINE, delivered.recv()).await.unwrap().unwrap();
    assert_eq!(delivery.link_id, link.link_id);
    assert!(delivery.number > delivery.answered && delivery.answered >= 1, "{delivery:?}");
    let _running = rig.end();
    for heard in &mut heard {
        while !next(heard).await.goodbye {}
    }
}

#[actix_rt::test]
async fn gateways_that_do_not_answer_hold_the_answer_back_once() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let mut deliveries = delivers(&rig.gateway, &gate);
    rig.messages().send_message(request("c", "k0")).await.unwrap();
    // It is told of all the same: it may only be slow.
    for number in 1..40 {
        rig.messages().send_message(request("c", &format!("k{number}"))).await.unwrap();
    }
    let mut told = 0;
    while deliveries.try_recv().is_ok() {
        told += 1;
    }
    assert!((2..40).contains(&told), "{told}: too many calls wait for an answer");
    assert_eq!(next_debt(&mut hears(&rig.gateway)).await, ann_and_bob());
}
