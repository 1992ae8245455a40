//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): a message's way into the mailboxes of its receivers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytestring::ByteString;
use kit::grpc::{Pool, PoolConfig};
use kit::{ManualClock, Secret};
use protos::ids::UserId;
use protos::model::ChatEvent;

use super::delivery::{Delivery, Event};
use super::outcome::Report;
use super::peers::Peers;
use super::router::Router;
use crate::metrics::SharedMetrics;
use crate::presence::{Changes, Locator, PresenceClient};
use crate::registry::{Mail, Membership, Registry};
use crate::session::counted::message;
use crate::session::fake::FakeSession;

/// Each receiver's frame, put into the mailboxes of their sessions.
#[inline(never)]
fn put_into_1_mailbox_counted(registry: &Registry, users: &[UserId], frame: &ByteString) -> i32 {
    put(registry, users, frame)
}

#[inline(never)]
fn put_into_1000_mailboxes_counted(registry: &Registry, users: &[UserId], frame: &ByteString) -> i32 {
    put(registry, users, frame)
}

fn put(registry: &Registry, users: &[UserId], frame: &ByteString) -> i32 {
    let mail = Mail { frame, exclude: &HashSet::new(), is_signal: false };
    users.iter().map(|user| registry.deliver(user, mail).delivered).sum()
}

/// A delivery, encoded and put into mailboxes: what grows with the receivers is the difference between the two.
#[inline(never)]
fn deliver_to_1_user_counted(router: &Router, delivery: &[Delivery]) -> Vec<Report> {
    router.deliver_here(delivery)
}

#[inline(never)]
fn deliver_to_1000_users_counted(router: &Router, delivery: &[Delivery]) -> Vec<Report> {
    router.deliver_here(delivery)
}

/// A router that nobody else hears of.
fn router(registry: &Registry) -> Router {
    let token = Secret::random().unwrap();
    let nobody = "http://127.0.0.1:9".parse().unwrap();
    let pool = Pool::start("repo", &[nobody], &token, PoolConfig::default()).unwrap();
    let locator = Locator::start(PresenceClient::new(pool));
    let peers = Peers::new("g1".into(), token, Duration::from_secs(1));
    let clock = Arc::new(ManualClock::at_ms(0));
    Router::new("g1".into(), registry.clone(), locator, peers, clock, SharedMetrics::default())
}

#[actix_rt::test]
async fn a_message_gets_into_every_mailbox() {
    let registry = Registry::new(Changes::default(), SharedMetrics::default());
    let router = router(&registry);
    let users: Vec<UserId> = (0..1_000).map(|number| format!("user-{number:032}").into()).collect();
    let sessions: Vec<_> = users.iter().map(|user| FakeSession::start(user.as_str(), "in1")).collect();
    let memberships: Vec<Membership> =
        sessions.iter().map(|session| registry.join(session.handle(), false).unwrap()).collect();
    let to = |users: &[UserId]| {
        let event = Arc::new(Event::Chat(ChatEvent::NewMessage(message())));
        [Delivery { event, users: users.into(), world: false, exclude: HashSet::new(), push_id: None }]
    };
    let frame = crate::session::chat(&ChatEvent::NewMessage(message()), 0);
    // Nobody whose hash is like theirs, which would cost a comparison more in some runs.
    let only_one = Registry::new(Changes::default(), SharedMetrics::default());
    let the_one = FakeSession::start("u1", "in1");
    let _membership = only_one.join(the_one.handle(), false).unwrap();
    for _ in 0..2 {
        assert_eq!(put_into_1_mailbox_counted(&only_one, &["u1".into()], &frame), 1);
        assert_eq!(put_into_1000_mailboxes_counted(&registry, &users, &frame), 1_000);
        assert_eq!(deliver_to_1_user_counted(&router, &to(&users[..1]))[0].users.len(), 1);
        assert_eq!(deliver_to_1000_users_counted(&router, &to(&users))[0].users.len(), 1_000);
        for (place, session) in sessions.iter().enumerate() {
            for _ in 0..if place == 0 { 3 } else { 2 } {
                session.next_frame().await;
            }
        }
    }
    drop(memberships);
}
