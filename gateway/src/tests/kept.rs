//! Pushes that wait for users who are away, and pushes that are made again.

use futures::StreamExt;
use protos::pb::gateway::{PushStatus, PushToUsersRequest};
use serde_json::json;

use super::push::two;
use super::*;
use crate::kept::fake::PAGE;

/// A push that is kept for a minute.
fn kept(users: &[&str], push_id: &str) -> PushToUsersRequest {
    PushToUsersRequest { push_id: push_id.into(), ttl_seconds: 60, ..notification(users, r#"{"n":1}"#) }
}

/// The statuses and sessions of a push, in the order of its users.
async fn pushed(gateway: &Running, request: PushToUsersRequest) -> Vec<(PushStatus, i32)> {
    let answer = gateway.push_request(request).await.unwrap();
    answer.results.iter().map(|result| (result.status(), result.sessions)).collect()
}

fn ids(site: &Site, user: &str) -> Vec<String> {
    let state = site.presence.pushes.state();
    let queue = state.queues.get(user).into_iter().flatten();
    queue.map(|push| push.push_id.clone()).collect()
}

impl Client {
    /// A socket whose client answers no ping, for it reads no further than it is asked to: the next frames, by their push ids.
    async fn push_ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.frame().await["pushId"].as_str().unwrap().to_owned());
        }
        ids
    }
}

#[actix_rt::test]
async fn what_is_kept_is_told_in_order_and_taken_out_once_a_pong_proves_it() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let count = 2 * PAGE + 1;
    for number in 0..count {
        let push_id = format!("p{number}");
        assert_eq!(pushed(&gateway, kept(&["ann"], &push_id)).await, [(PushStatus::Queued, 0)]);
    }
    let expected: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
    assert_eq!(ids(&site, "ann"), expected);

    // A client that ends before it answers gets the page again.
    let (mut dying, _) = gateway.connect("ann.s1").await;
    assert_eq!(dying.push_ids(PAGE).await, expected[..PAGE]);
    drop(dying);
    assert_eq!(ids(&site, "ann"), expected);

    let (mut ann, _) = gateway.connect("ann.s1").await;
    assert_eq!(ann.push_ids(count).await, expected);
    // Its pong goes out when it next reads.
    ann.expect_pong().await;
    site.presence.pushes.until(|state| state.queues["ann"].is_empty()).await;
    let had = site.presence.pushes.state().had.len();
    assert_eq!(had, count, "and it is noted that she had them");
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_page_is_all_that_is_sent_before_the_pong() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    for number in 0..=PAGE {
        site.presence.pushes.state().queue("ann", &format!("p{number}"), "x", "{}");
    }
    let (mut ann, _) = gateway.connect("ann.s1").await;
    ann.push_ids(PAGE).await;
    let before = site.presence.pushes.state().pages;
    // A pong of another payload proves nothing.
    ann.send(WsMessage::Pong("other".into())).await;
    ann.say(json!({"type": "ping", "id": "p"})).await;
    // Reads the ping of the page, answers it as it reads on, and finds the pong of its own ping before the next page.
    assert_eq!(ann.frame().await["type"], "pong");
    assert_eq!(site.presence.pushes.state().pages, before);
    assert_eq!(ids(&site, "ann").len(), PAGE + 1);
    assert_eq!(ann.push_ids(1).await, [format!("p{PAGE}")]);
}

#[actix_rt::test]
async fn without_a_time_to_live_nothing_is_kept_and_an_unknown_or_excluded_user_never() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    site.presence.pushes.state().unknown.insert("nobody".into());
    assert_eq!(pushed(&first, notification(&["ann"], "{}")).await, [(PushStatus::Offline, 0)]);
    assert_eq!(site.presence.pushes.state().keeps, 0);
    let (_bob, hello) = second.connect("bob.s1").await;
    let request = PushToUsersRequest {
        exclude_session_ids: vec![hello["sessionId"].as_str().unwrap().into()],
        ..kept(&["nobody", "ann", "bob"], "")
    };
    for gateway in [&first, &second] {
        let answer = gateway.push_request(request.clone()).await.unwrap();
        let found: Vec<_> = answer.results.iter().map(|result| result.status()).collect();
        assert_eq!(found, [PushStatus::Offline, PushStatus::Queued, PushStatus::Offline]);
        assert_eq!((answer.delivered_users, answer.offline_users), (0, 2));
        assert_eq!(ids(&site, "ann").last(), Some(&answer.push_id), "an id was made");
    }
    assert!(ids(&site, "bob").is_empty() && ids(&site, "nobody").is_empty());
    assert_eq!(ids(&site, "ann").len(), 2);
}

#[actix_rt::test]
async fn a_push_that_cannot_be_kept_is_not_said_to_be() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut bob, _) = gateway.connect("bob.s1").await;
    site.presence.pushes.state().down = true;
    let outcome = pushed(&gateway, kept(&["ann", "bob"], "p1")).await;
    assert_eq!(outcome, [(PushStatus::Offline, 0), (PushStatus::Delivered, 1)]);
    assert_eq!(bob.frame().await["pushId"], "p1");
}

#[actix_rt::test]
async fn what_fails_between_the_queue_and_the_session_is_tried_again() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    site.presence.pushes.change(|state| {
        state.queue("ann", "p1", "x", "{}");
        state.broken = true;
    });
    let (mut ann, _) = gateway.connect("ann.s1").await;
    ann.expect_pong().await;
    let pushes = &site.presence.pushes;
    pushes.until(|state| state.refused == 1).await;
    pushes.state().broken = false;
    assert_eq!(ann.push_ids(1).await, ["p1"]);
    pushes.state().broken = true;
    // Her answer to the ping goes out as she reads on; what it proves cannot be noted at once.
    ann.expect_pong().await;
    pushes.until(|state| state.refused == 2).await;
    pushes.state().broken = false;
    pushes.until(|state| state.queues["ann"].is_empty()).await;
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_queue_is_read_again_once_pushes_can_find_the_session() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    // She cannot be announced, and is greeted all the same.
    site.presence.state().down = true;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    ann.expect_pong().await;
    site.presence.pushes.until(|state| state.pages == 1).await;
    site.presence.pushes.state().queue("ann", "p1", "x", "{}");
    ann.expect_pong().await;
    site.presence.state().down = false;
    // Her gateway has its sessions sync when it has its lease again, before or after that.
    let mut frames = [ann.frame().await, ann.frame().await];
    frames.sort_by_key(|frame| frame["type"] == "resync");
    assert_eq!((&frames[0]["pushId"], &frames[1]["type"]), (&json!("p1"), &json!("resync")));
}

#[actix_rt::test]
async fn what_was_too_much_for_a_slow_client_waits_for_its_next_connect() {
    let site = Site::start().await;
    let slow = Tuning { send_buffer: 32 * 1024, queued_frames: 8, ..tuning() };
    let gateway = site.gateway("g1", slow).await;
    let (stalled, _) = gateway.connect("ann.s1").await;
    let data = format!(r#"{{"x":"{}"}}"#, "x".repeat(60 * 1024));
    let overflowed = async {
        for number in 0.. {
            let mut request = kept(&["ann"], &format!("p{number}"));
            request.event.as_mut().unwrap().data = data.clone();
            let outcome = pushed(&gateway, request).await;
            if outcome != [(PushStatus::Delivered, 1)] {
                return (number, outcome);
            }
        }
        unreachable!()
    };
    let (number, outcome) = timeout(DEADLINE, overflowed).await.expect("the mailbox has no bound");
    assert_eq!(outcome, [(PushStatus::Queued, 0)]);
    let last = format!("p{number}");
    assert_eq!(ids(&site, "ann"), std::slice::from_ref(&last));
    let (mut ann, _) = gateway.connect("ann.s1").await;
    assert_eq!(ann.push_ids(1).await, [last]);
    drop(stalled);
}

#[actix_rt::test]
async fn a_user_who_came_while_the_push_was_kept_gets_it_at_once() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let (mut ann, _) = second.connect("ann.s1").await;
    ann.expect_pong().await;
    // Nobody knows yet that she is there.
    site.presence.until(|state| state.users["g2"].contains("ann")).await;
    site.presence.state().users.get_mut("g2").unwrap().remove("ann");
    let pushes = &site.presence.pushes;
    pushes.state().slow_keep = true;
    let comes = async {
        pushes.until(|state| state.queues.contains_key("ann")).await;
        site.presence.state().users.get_mut("g2").unwrap().insert("ann".into());
        pushes.change(|state| state.slow_keep = false);
    };
    let (outcome, ()) = futures::join!(pushed(&first, kept(&["ann"], "p1")), comes);
    assert_eq!(outcome, [(PushStatus::Delivered, 1)]);
    assert_eq!(ann.frame().await["pushId"], "p1");
    assert!(ids(&site, "ann").is_empty());
    assert!(pushes.state().had.contains(&("p1".into(), "ann".into())));
}

#[actix_rt::test]
async fn the_same_push_again_comes_to_nobody_who_had_it_through_whichever_gateway() {
    let site = Site::start().await;
    let (first, second) = two(&site).await;
    let (mut ann, _) = first.connect("ann.s1").await;
    let request = kept(&["ann", "bob"], "p1");
    let once = [(PushStatus::Delivered, 1), (PushStatus::Queued, 0)];
    assert_eq!(pushed(&first, request.clone()).await, once);
    assert_eq!(ann.frame().await["pushId"], "p1");
    for gateway in [&second, &first] {
        let again = pushed(gateway, request.clone()).await;
        assert_eq!(again, [(PushStatus::Delivered, 0), (PushStatus::Queued, 0)]);
    }
    ann.expect_pong().await;
    // Who is new to it gets it.
    let (mut carl, _) = second.connect("carl.s1").await;
    let wider = PushToUsersRequest { user_ids: vec!["ann".into(), "carl".into()], ..request.clone() };
    assert_eq!(pushed(&first, wider).await, [(PushStatus::Delivered, 0), (PushStatus::Delivered, 1)]);
    assert_eq!(carl.frame().await["pushId"], "p1");
    // If nobody knows who had it, all get it: they can drop the double.
    site.presence.pushes.state().forgetful = true;
    assert_eq!(pushed(&second, request).await, once);
    assert_eq!(ann.frame().await["pushId"], "p1");
}

#[actix_rt::test]
async fn a_push_without_an_id_is_looked_up_by_nobody() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    for request in [kept(&["ann"], ""), notification(&["ann"], "{}")] {
        assert_eq!(pushed(&gateway, request).await, [(PushStatus::Delivered, 1)]);
        ann.frame().await;
    }
    let state = site.presence.pushes.state();
    assert_eq!((state.finds, state.keeps, state.had.len(), state.pages), (0, 0, 0, 1));
}

#[actix_rt::test]
async fn of_two_pushes_of_one_id_at_once_the_second_waits_for_the_first() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    site.presence.pushes.state().slow_find = true;
    let pushes = (0..8).map(|_| pushed(&gateway, kept(&["ann"], "p1")));
    let go = async {
        site.presence.pushes.until(|state| state.finds == 1).await;
        site.presence.pushes.change(|state| state.slow_find = false);
    };
    let (outcomes, ()) = futures::join!(futures::future::join_all(pushes), go);
    let sessions: i32 = outcomes.iter().map(|outcome| outcome[0].1).sum();
    assert_eq!(sessions, 1, "{outcomes:?}");
    assert_eq!(ann.frame().await["pushId"], "p1");
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_store_that_does_not_answer_holds_no_push_up() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    site.presence.pushes.state().slow_find = true;
    let request = PushToUsersRequest { push_id: "p1".into(), ..notification(&["ann"], "{}") };
    assert_eq!(pushed(&gateway, request).await, [(PushStatus::Delivered, 1)]);
    assert_eq!(ann.frame().await["pushId"], "p1");
}

#[actix_rt::test]
async fn a_stream_keeps_and_repeats_as_single_pushes_do() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let requests: Vec<_> = (0..100).map(|number| kept(&["ann"], &format!("p{}", number % 50))).collect();
    let stream = gateway.pusher().push_stream(futures::stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = timeout(DEADLINE, stream.collect()).await.unwrap();
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let expected: Vec<String> = (0..100).map(|number| format!("p{}", number % 50)).collect();
    let answered: Vec<String> = answers.iter().map(|answer| answer.push_id.clone()).collect();
    assert_eq!(answered, expected);
    assert!(answers.iter().all(|answer| answer.results[0].status() == PushStatus::Queued));
    assert_eq!(ids(&site, "ann"), expected[..50], "each once, in the order of the stream");
}
