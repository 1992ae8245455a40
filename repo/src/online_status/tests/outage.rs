//! What presence says while its Redis is down, slow or forgetful, and after.

use std::sync::Arc;

use deadpool_redis::redis::cmd;
use futures::FutureExt;
use kit::SystemClock;
use protos::Reason;
use protos::ids::UserId;

use super::super::Presence;
use super::server::{RedisCluster, RedisServer};
use super::world::{LASTING, Store, World, announcement, until, within};

/// Users enough for every node of a cluster to hold some.
fn crowd() -> Vec<String> {
    (0..200).map(|number| format!("user-{number}")).collect()
}

/// Waits until a call says that the store is down, and shows that none before said anything wrong.
async fn until_unavailable(world: &World, users: &[UserId]) {
    until(|| async {
        match world.call().locate(users.to_vec()).await {
            Err(error) => {
                assert_eq!(error.reason(), Reason::ServiceUnavailable);
                true
            }
            Ok(located) => {
                assert_eq!(located.len(), users.len(), "never a wrong offline");
                false
            }
        }
    })
    .await;
}

async fn assert_unavailable(world: &World, users: &[UserId]) {
    let call = || world.call();
    let user = || users[0].clone();
    let refusals = [
        call().statuses(users.to_vec()).await.map(drop),
        call().locate(users.to_vec()).await.map(drop),
        world.try_renew("g1", "i1").await.map(drop),
        call().announce(announcement("g1", "i1", &["user-0"], &[])).await,
        call().release("g9".into(), "i1".into()).await,
        call().set_online(user(), "job".into(), String::new()).await.map(drop),
        call().set_offline(user(), "job".into()).await,
        call().heartbeat(user(), "job".into()).await.map(drop),
        call().cleanup(1, 1).await.map(drop),
    ];
    for refusal in refusals {
        assert_eq!(refusal.unwrap_err().reason(), Reason::ServiceUnavailable);
    }
    let known = call().gateways().await.unwrap();
    assert_eq!(known.len(), 1, "the leases known last are still told, for routing");
    assert_eq!(known[0].age, None, "how old they are nobody knows");
}

/// A gateway with a crowd on it.
async fn crowded(world: &World) -> Vec<UserId> {
    let users = crowd();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    world.renew("g1", "i1").await;
    world.announce("g1", "i1", &names, &[]).await;
    users.into_iter().map(UserId::from).collect()
}

/// The store answers again and knows nothing: the gateway is told so, and all are online once they are announced.
async fn assert_healed(world: &World, users: &[UserId]) {
    within(world.presence.ready()).await;
    until(|| async { world.try_renew("g1", "i1").await.is_ok_and(|renewal| renewal.held) }).await;
    let names: Vec<&str> = users.iter().map(UserId::as_str).collect();
    until(|| async {
        let continued = world.try_renew("g1", "i1").await.is_ok_and(|renewal| renewal.continued);
        let told = world.call().announce(announcement("g1", "i1", &names, &[])).await.is_ok();
        let located = world.call().locate(users.to_vec()).await;
        continued && told && located.is_ok_and(|located| located.len() == users.len())
    })
    .await;
}

#[actix::test]
async fn a_killed_redis_makes_presence_unavailable_and_its_return_heals_it() {
    let mut world = World::redis(LASTING).await;
    let users = crowded(&world).await;
    let Store::Redis(server) = &mut world.store else { unreachable!() };
    server.kill();
    until_unavailable(&world, &users).await;
    assert_unavailable(&world, &users).await;
    assert!(world.presence.ready().now_or_never().is_none());

    let Store::Redis(server) = &mut world.store else { unreachable!() };
    server.run().await;
    within(world.presence.ready()).await;
    assert!(!world.renew("g1", "i1").await.continued, "Redis forgot the lease");
    assert_healed(&world, &users).await;
}

#[actix::test]
async fn a_cluster_without_one_of_its_nodes_is_unavailable_and_heals() {
    let mut world = World::cluster(LASTING).await;
    let users = crowded(&world).await;
    let Store::Cluster(cluster) = &mut world.store else { unreachable!() };
    let bystander = (cluster.owner("{leases}").await + 1) % 3;
    cluster.nodes[bystander].kill();
    until_unavailable(&world, &users).await;

    let Store::Cluster(cluster) = &mut world.store else { unreachable!() };
    cluster.nodes[bystander].run().await;
    cluster.formed().await;
    within(world.presence.ready()).await;
    assert_healed(&world, &users).await;
}

#[actix::test]
async fn a_flushed_redis_asks_for_everybody_at_the_next_renewal() {
    for world in [World::redis(LASTING).await, World::cluster(LASTING).await] {
        let users = crowded(&world).await;
        assert!(world.renew("g1", "i1").await.continued);
        world.store.flush().await;
        let next = world.renew("g1", "i1").await;
        assert!(next.held && !next.continued);
        assert_healed(&world, &users).await;
    }
}

#[actix::test]
async fn a_redis_that_comes_back_with_an_old_snapshot_asks_for_everybody() {
    let mut world = World::redis(LASTING).await;
    let users = crowded(&world).await;
    let Store::Redis(server) = &mut world.store else { unreachable!() };
    let _: String = server.ask(cmd("SAVE")).await;
    world.announce("g1", "i1", &["late"], &[]).await;
    let Store::Redis(server) = &mut world.store else { unreachable!() };
    server.kill();
    server.run().await;
    until(|| async { world.try_renew("g1", "i1").await.is_ok_and(|renewal| !renewal.continued) }).await;
    assert!(world.place("late").await.is_empty(), "the snapshot does not know them");
    assert_eq!(world.call().locate(users.clone()).await.unwrap().len(), users.len(), "but the others");
    assert_healed(&world, &users).await;
}

#[actix::test]
async fn one_node_of_a_cluster_that_lost_its_data_is_noticed() {
    let world = World::cluster(LASTING).await;
    let Store::Cluster(cluster) = &world.store else { unreachable!() };
    let bystander = (cluster.owner("{leases}").await + 1) % 3;
    let users = crowded(&world).await;
    until(|| async { world.renew("g1", "i1").await.continued }).await;
    cluster.nodes[bystander].flush().await;
    until(|| async {
        let renewal = world.renew("g1", "i1").await;
        assert!(renewal.held);
        !renewal.continued
    })
    .await;
    assert_healed(&world, &users).await;
}

#[actix::test]
async fn a_redis_that_hangs_makes_presence_unavailable_in_time() {
    let world = World::redis(LASTING).await;
    let users = crowded(&world).await;
    let Store::Redis(server) = &world.store else { unreachable!() };
    server.signal("STOP");
    let started = tokio::time::Instant::now();
    let refused = within(world.call().statuses(users.clone())).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::ServiceUnavailable);
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?}", started.elapsed());
    let again = tokio::time::Instant::now();
    assert!(world.call().statuses(users.clone()).await.is_err());
    assert!(again.elapsed() < std::time::Duration::from_millis(500), "the second call does not wait");
    server.signal("CONT");
    assert_healed(&world, &users).await;
}

#[actix::test]
async fn a_redis_that_is_down_at_the_start_is_waited_for() {
    let mut server = RedisServer::on_free_ports(false);
    let presence = Presence::start(&[server.url()], Arc::new(SystemClock)).await.unwrap();
    let refused = presence.enter().unwrap().locate(vec!["ann".into()]).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::ServiceUnavailable);
    assert!(presence.enter().unwrap().gateways().await.is_err(), "nothing was ever known");
    server.run().await;
    within(presence.ready()).await;
    assert!(presence.enter().unwrap().locate(vec!["ann".into()]).await.unwrap().is_empty());
}

#[actix::test]
async fn a_cluster_that_is_down_at_the_start_is_waited_for() {
    let mut cluster = RedisCluster::start().await;
    for node in &mut cluster.nodes {
        node.kill();
    }
    let presence = Presence::start(&cluster.urls(), Arc::new(SystemClock)).await.unwrap();
    for node in &mut cluster.nodes {
        node.run().await;
    }
    within(presence.ready()).await;
    assert!(presence.enter().unwrap().locate(vec!["ann".into()]).await.unwrap().is_empty());
}

#[actix::test]
async fn urls_that_are_not_of_redis_are_refused_without_showing_them() {
    for urls in [
        vec!["http://:secret@127.0.0.1:6379"],
        vec!["127.0.0.1:6379"],
        vec![""],
        vec!["redis://127.0.0.1:1", "postgres://:secret@127.0.0.1:6379"],
        vec!["redis://:secret@127.0.0.1:1", "redis://:other-secret@127.0.0.1:2"],
    ] {
        let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
        let refused = Presence::start(&urls, Arc::new(SystemClock)).await.err().unwrap().to_string();
        assert!(refused.contains("REDIS_URL") && !refused.contains("secret"), "{refused}");
    }
}

#[actix::test]
async fn two_repo_processes_over_one_redis_tell_the_same() {
    let world = World::redis(LASTING).await;
    let other = Presence::start(&world.store.urls(), Arc::new(SystemClock)).await.unwrap();
    within(other.ready()).await;
    let users = crowded(&world).await;
    assert_eq!(other.enter().unwrap().locate(users.clone()).await.unwrap().len(), users.len());
    let lease = super::world::lease("g1", "i1");
    assert!(other.enter().unwrap().renew(lease).await.unwrap().continued, "both see the same epoch");
}
