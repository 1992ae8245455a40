//! What is left lying in Redis.

use std::collections::HashMap;

use deadpool_redis::redis::{Cmd, cmd};

use super::world::{LASTING, Store, World, until};

fn command(words: &[&str]) -> Cmd {
    let mut command = cmd(words[0]);
    command.arg(&words[1..]);
    command
}

#[actix::test]
async fn a_reading_drops_the_dead_entries_that_it_finds_and_keeps_when_they_ended() {
    let world = World::redis(LASTING).await;
    let Store::Redis(server) = &world.store else { unreachable!() };
    for start in 0..5 {
        world.renew("g1", &format!("start-{start}")).await;
        world.announce("g1", &format!("start-{start}"), &["ann"], &[]).await;
    }
    let keys: Vec<String> = server.ask(command(&["KEYS", "*:user:ann"])).await;
    let fields = || async { server.ask::<HashMap<String, String>>(command(&["HGETALL", &keys[0]])).await };
    assert_eq!(fields().await.len(), 6, "five starts of the gateway and when she was seen");

    assert_eq!(world.place("ann").await, ["g1"]);
    until(|| async { fields().await.len() == 2 }).await;
    assert_eq!(world.place("ann").await, ["g1"], "the live entry stays");

    world.call().release("g1".into(), "start-4".into()).await.unwrap();
    let seen = world.status("ann").await.last_seen;
    until(|| async { fields().await.len() == 1 }).await;
    assert_eq!(world.status("ann").await.last_seen, seen);
}

#[actix::test]
async fn everything_about_users_and_leases_expires() {
    const MONTH_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
    let world = World::redis(LASTING).await;
    let Store::Redis(server) = &world.store else { unreachable!() };
    world.renew("g1", "i1").await;
    world.renew("g1", "i2").await;
    world.announce("g1", "i2", &["ann", "bob"], &["cid"]).await;
    world.call().set_online("dan".into(), "job".into(), String::new()).await.unwrap();
    let keys: Vec<String> = server.ask(command(&["KEYS", "gochat:*"])).await;
    let kept: Vec<&String> = keys.iter().filter(|key| !key.ends_with(":mark")).collect();
    assert!(kept.len() >= 7, "four users, their lists, live leases and ended ones: {kept:?}");
    for key in kept {
        let life: i64 = server.ask(command(&["PTTL", key])).await;
        assert!(life > 0 && life <= MONTH_MS, "{key} lives {life} ms");
    }
}
