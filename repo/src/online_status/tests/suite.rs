//! How presence behaves, whatever keeps it.

use futures::future::join_all;
use protos::ids::UserId;

use super::super::store::Heartbeat;
use super::world::World;

pub(super) async fn users_are_online_while_their_gateways_lease_lives(world: &World) {
    assert_eq!(world.status("ann").await.last_seen, 0, "nobody saw her yet");
    let first = world.renew("g1", "i1").await;
    assert!(first.held && !first.continued);
    world.announce("g1", "i1", &["ann"], &[]).await;
    let status = world.status("ann").await;
    assert!(status.is_online() && status.last_seen > 0);
    assert_eq!(status.client_info, "ann on g1");
    assert_eq!(world.place("ann").await, ["g1"]);

    world.let_time_pass();
    world.gone("ann").await;
    let seen = world.status("ann").await.last_seen;
    assert!(seen >= status.last_seen, "the last sign of life is kept");
    assert!(world.call().gateways().await.unwrap().is_empty());

    let late = world.renew("g1", "i1").await;
    assert!(late.held && !late.continued, "the lease had run out");
    assert!(world.place("ann").await.is_empty(), "what was announced before is void");
    world.announce("g1", "i1", &["ann"], &[]).await;
    assert_eq!(world.place("ann").await, ["g1"]);
    world.announce("g1", "i1", &[], &["ann"]).await;
    assert!(world.place("ann").await.is_empty());
    assert!(world.status("ann").await.last_seen >= seen);
}

pub(super) async fn a_lease_that_is_renewed_in_time_continues(world: &World) {
    world.renew("g2", "i1").await;
    let other = world.renew("g1", "i1").await;
    let ids: Vec<&str> = other.gateways.iter().map(|lease| lease.gateway_id.as_str()).collect();
    assert_eq!(ids, ["g1", "g2"], "a renewal tells every live lease");
    assert_eq!(other.gateways[1].url, "http://g2:9000");
    for _ in 0..3 {
        let renewal = world.renew("g2", "i1").await;
        assert!(renewal.held && renewal.continued);
    }
    let listed = world.call().gateways().await.unwrap();
    for live in &listed {
        let age = live.age.unwrap();
        assert!(age.renewed_ms >= 0 && age.held_ms >= age.renewed_ms && age.left_ms > 0, "{live:?}");
    }
    assert_eq!(listed.into_iter().map(|live| live.lease).collect::<Vec<_>>(), other.gateways);
}

pub(super) async fn a_new_incarnation_voids_the_old_one_at_once(world: &World) {
    world.renew("g1", "old").await;
    world.announce("g1", "old", &["ann", "bob"], &[]).await;
    let new = world.renew("g1", "new").await;
    assert!(new.held && !new.continued);
    assert!(world.place("ann").await.is_empty(), "she was on the old one");
    world.announce("g1", "new", &["ann"], &[]).await;

    assert!(!world.renew("g1", "old").await.held);
    world.announce("g1", "old", &["bob"], &["ann"]).await;
    world.call().release("g1".into(), "old".into()).await.unwrap();
    let old = world.renew("g1", "old").await;
    assert!(!old.held && !old.continued);
    assert_eq!(world.place("ann").await, ["g1"], "no late word of the old one touches the new one's users");
    assert!(world.place("bob").await.is_empty(), "nor adds to them");
    assert_eq!(old.gateways.len(), 1);
    assert_eq!(old.gateways[0].incarnation.as_str(), "new");
    assert!(world.renew("g1", "new").await.continued);
}

pub(super) async fn of_two_incarnations_that_race_one_holds_the_lease(world: &World) {
    let racers = (0..40).map(|turn| world.renew("g1", if turn % 2 == 0 { "i1" } else { "i2" }));
    let renewals = join_all(racers).await;
    let (one, two) = (world.renew("g1", "i1").await, world.renew("g1", "i2").await);
    assert!(one.held != two.held, "one of them has it, the other never gets it again");
    let winner = if one.held { "i1" } else { "i2" };
    for renewal in renewals.iter().chain([&one, &two]) {
        assert_eq!(renewal.gateways.len(), 1);
    }
    assert_eq!(two.gateways[0].incarnation.as_str(), winner);
}

pub(super) async fn a_released_lease_puts_its_users_offline_at_once(world: &World) {
    world.renew("g1", "i1").await;
    world.announce("g1", "i1", &["ann"], &[]).await;
    let online = world.status("ann").await;
    assert!(online.is_online());
    world.call().release("g1".into(), "i1".into()).await.unwrap();
    assert!(world.place("ann").await.is_empty());
    assert!(world.status("ann").await.last_seen >= online.last_seen);
    assert!(world.call().gateways().await.unwrap().is_empty());
    assert!(!world.renew("g1", "i1").await.held, "a renewal that was under way does not bring it back");
    assert!(world.renew("g1", "i2").await.held);
    assert!(world.place("ann").await.is_empty());
}

pub(super) async fn a_user_set_online_without_a_lease_stays_for_a_while(world: &World) {
    let (ann, job) = (|| UserId::from("ann"), || "job".into());
    let status = world.call().set_online(ann(), job(), "cron".into()).await.unwrap();
    assert!(status.is_online());
    assert_eq!((status.gateways[0].as_str(), status.client_info.as_str()), ("job", "cron"));
    let beat = world.call().heartbeat(ann(), job()).await.unwrap();
    assert!(beat.success && beat.last_seen >= status.last_seen);
    let elsewhere = world.call().heartbeat(ann(), "other".into()).await.unwrap();
    assert!(!elsewhere.success);
    assert_eq!(world.place("ann").await, ["job"]);

    world.let_time_pass();
    world.gone("ann").await;
    let late = world.call().heartbeat(ann(), job()).await.unwrap();
    assert!(!late.success, "what ran out is not brought back");
    assert!(late.last_seen >= beat.last_seen);
    let nobody = world.call().heartbeat("nobody".into(), job()).await.unwrap();
    assert_eq!(nobody, Heartbeat { success: false, last_seen: 0 });
}

pub(super) async fn what_was_set_is_taken_back_and_what_was_announced_stays(world: &World) {
    world.renew("g1", "i1").await;
    world.announce("g1", "i1", &["ann"], &[]).await;
    world.call().set_online("bob".into(), "g1".into(), String::new()).await.unwrap();
    world.call().set_online("cid".into(), "job".into(), String::new()).await.unwrap();
    for (user, gateway) in [("ann", "g1"), ("bob", "g1"), ("cid", "g1"), ("nobody", "g1")] {
        world.call().set_offline(user.into(), gateway.into()).await.unwrap();
    }
    assert_eq!(world.place("ann").await, ["g1"], "the gateway still holds her session");
    assert!(world.place("bob").await.is_empty());
    assert_eq!(world.place("cid").await, ["job"], "he is set online elsewhere");
    assert_eq!(world.status("nobody").await.last_seen, 0);
    world.call().set_offline("cid".into(), "job".into()).await.unwrap();
    assert!(world.place("cid").await.is_empty());
    assert!(world.status("cid").await.last_seen > 0);
}

pub(super) async fn a_user_set_online_under_a_lease_goes_with_it(world: &World) {
    world.renew("g1", "i1").await;
    let status = world.call().set_online("ann".into(), "g1".into(), String::new()).await.unwrap();
    assert!(status.is_online());
    assert!(world.call().heartbeat("ann".into(), "g1".into()).await.unwrap().success);
    world.renew("g1", "i2").await;
    assert!(world.place("ann").await.is_empty());
    assert!(!world.call().heartbeat("ann".into(), "g1".into()).await.unwrap().success);
}

pub(super) async fn a_user_on_two_gateways_is_on_both(world: &World) {
    for gateway in ["g1", "g2"] {
        world.renew(gateway, "i1").await;
        world.announce(gateway, "i1", &["ann"], &[]).await;
    }
    let mut gateways = world.place("ann").await;
    gateways.sort();
    assert_eq!(gateways, ["g1", "g2"]);
    world.announce("g1", "i1", &[], &["ann"]).await;
    assert_eq!(world.place("ann").await, ["g2"]);
    assert_eq!(world.status("ann").await.client_info, "ann on g2");
    world.call().release("g2".into(), "i1".into()).await.unwrap();
    assert!(world.place("ann").await.is_empty());
}

pub(super) async fn an_announcement_that_names_a_user_twice_says_they_came(world: &World) {
    world.renew("g1", "i1").await;
    world.announce("g1", "i1", &["ann"], &["ann", "bob"]).await;
    assert_eq!(world.place("ann").await, ["g1"]);
    world.announce("g1", "i1", &[], &[]).await;
    assert!(world.call().statuses(Vec::new()).await.unwrap().is_empty());
    assert!(world.call().locate(Vec::new()).await.unwrap().is_empty());
}

pub(super) async fn ten_thousand_users_are_announced_and_found_in_one_call(world: &World) {
    let users: Vec<String> = (0..10_000).map(|number| format!("user-{number}")).collect();
    let ids: Vec<UserId> = users.iter().map(|user| UserId::from(user.as_str())).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let (even, odd): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| name.ends_with(['0', '2', '4', '6', '8']));
    world.renew("g1", "i1").await;
    world.announce("g1", "i1", &names, &[]).await;
    assert_eq!(world.call().locate(ids.clone()).await.unwrap().len(), users.len());
    world.announce("g1", "i1", &[], &odd).await;
    let located = world.call().locate(ids.clone()).await.unwrap();
    let found: Vec<&str> = located.iter().map(|(user, _)| user.as_str()).collect();
    assert_eq!(found, even);

    let mut asked = ids.clone();
    asked.extend(["nobody".into(), ids[0].clone()]);
    let statuses = world.call().statuses(asked.clone()).await.unwrap();
    let answered: Vec<&UserId> = statuses.iter().map(|status| &status.user_id).collect();
    assert_eq!(answered, asked.iter().collect::<Vec<_>>(), "a status for every id, in their order");
    assert_eq!(statuses.iter().filter(|status| status.is_online()).count(), even.len() + 1);
}

pub(super) async fn cleanup_forgets_who_is_offline_and_nobody_else(world: &World) {
    world.renew("g1", "i1").await;
    let users: Vec<String> = (0..500).map(|number| format!("user-{number}")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    world.announce("g1", "i1", &names, &[]).await;
    world.announce("g1", "i1", &[], &names[100..]).await;
    let now = world.status("user-0").await.last_seen;
    assert_eq!(world.call().cleanup(now - 1_000, 1_000).await.unwrap(), 0, "all were seen since");
    assert_eq!(world.call().cleanup(now + 1_000, 150).await.unwrap(), 150);
    assert_eq!(world.call().cleanup(now + 1_000, 1_000).await.unwrap(), 250);
    assert_eq!(world.call().cleanup(now + 1_000, 1_000).await.unwrap(), 0);
    assert_eq!(world.status("user-100").await.last_seen, 0, "forgotten");
    let ids = names.iter().map(|name| UserId::from(*name)).collect();
    assert_eq!(world.call().locate(ids).await.unwrap().len(), 100);
}

pub(super) async fn who_had_a_push_is_remembered_for_a_while(world: &World) {
    let users: Vec<UserId> = (0..500).map(|number| format!("user-{number}").into()).collect();
    let asked = || vec![("p1".into(), users.clone()), ("p2".into(), users.clone())];
    assert_eq!(world.call().had_pushes(asked()).await.unwrap(), [vec![], vec![]]);
    let had = vec![("p1".into(), users[..300].to_vec()), ("p2".into(), users[400..].to_vec())];
    world.call().note_pushes(had).await.unwrap();
    let mut found = world.call().had_pushes(asked()).await.unwrap();
    found.iter_mut().for_each(|users| users.sort());
    let mut expected = [users[..300].to_vec(), users[400..].to_vec()];
    expected.iter_mut().for_each(|users| users.sort());
    assert_eq!(found, expected);
    world.let_time_pass();
    let forgotten = || async { world.call().had_pushes(asked()).await.unwrap() == [vec![], vec![]] };
    super::world::until(forgotten).await;
}
