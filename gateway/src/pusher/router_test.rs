use kit::grpc::{Pool, PoolConfig};
use kit::{ManualClock, Secret};
use protos::ids::ConversationId;

use super::*;
use crate::presence::{Changes, PresenceClient};
use crate::registry::Reached;
use crate::session::fake::FakeSession;

/// A router that nobody else hears of.
fn router(registry: &Registry) -> Router {
    let token = Secret::random().unwrap();
    let nobody = "http://127.0.0.1:9".parse().unwrap();
    let pool = Pool::start("repo", &[nobody], &token, PoolConfig::default()).unwrap();
    let locator = Locator::start(PresenceClient::new(pool));
    let clock = Arc::new(ManualClock::at_ms(0));
    Router::new(
        "g1".into(),
        registry.clone(),
        locator,
        Peers::new("g1".into(), token, std::time::Duration::from_secs(1)),
        clock,
        SharedMetrics::default(),
    )
}

fn deletion(users: &[&str], world: bool) -> Delivery {
    let event = ChatEvent::ConversationDeleted(ConversationId::from("c1"));
    Delivery {
        event: Arc::new(Event::Chat(event)),
        users: users.iter().map(|user| UserId::from(*user)).collect(),
        world,
        exclude: HashSet::new(),
        push_id: None,
    }
}

#[actix_rt::test]
async fn a_delivery_is_encoded_once_and_all_its_sessions_share_the_bytes() {
    let registry = Registry::new(Changes::default(), SharedMetrics::default());
    let router = router(&registry);
    let sessions = ["u1", "u2", "u2"].map(|user| FakeSession::start(user, "in1"));
    let _memberships = sessions.each_ref().map(|session| registry.join(session.handle(), true).unwrap());
    for delivery in [deletion(&["u1", "u2"], false), deletion(&[], true)] {
        router.deliver_here(&[delivery]);
        let [first, second, third] = &sessions;
        let frame = first.next_frame().await;
        for session in [second, third] {
            assert_eq!(session.next_frame().await.as_ptr(), frame.as_ptr());
        }
    }
}

/// Deliveries of messages with these texts to these users, who share one list.
fn together(users: &[&str], texts: &[&str]) -> Vec<Delivery> {
    let first = deletion(users, false);
    let custom = |text: &&str| Delivery {
        event: Arc::new(Event::Custom { kind: (*text).to_owned(), data: Box::default() }),
        ..first.clone()
    };
    texts.iter().map(custom).collect()
}

async fn kind_of_next(session: &FakeSession) -> String {
    let frame: serde_json::Value = serde_json::from_str(&session.next_frame().await).unwrap();
    frame["type"].as_str().unwrap().to_owned()
}

#[actix_rt::test]
async fn what_goes_to_the_same_users_goes_together_and_in_order_and_past_who_is_excluded() {
    let registry = Registry::new(Changes::default(), SharedMetrics::default());
    let router = router(&registry);
    let sessions = ["u1", "u1", "u2"].map(|user| FakeSession::start(user, "in1"));
    let _memberships = sessions.each_ref().map(|session| registry.join(session.handle(), true).unwrap());
    let mut deliveries = together(&["u1", "u2", "away"], &["one", "two", "three"]);
    deliveries[1].exclude = HashSet::from([sessions[0].handle().id().clone()]);
    let reached = |delivered, excluded| Reached { delivered, excluded, overloaded: 0 };
    let users = |first, second| vec![first, second, Reached::default()];
    let reports: Vec<Vec<Reached>> =
        router.deliver_here(&deliveries).into_iter().map(|report| report.users).collect();
    let all = users(reached(2, 0), reached(1, 0));
    assert_eq!(reports, [all.clone(), users(reached(1, 1), reached(1, 0)), all]);
    for (session, expected) in
        sessions.iter().zip([vec!["one", "three"], vec!["one", "two", "three"], vec!["one", "two", "three"]])
    {
        for kind in expected {
            assert_eq!(kind_of_next(session).await, kind);
        }
    }
}

#[actix_rt::test]
async fn who_has_no_room_for_all_that_goes_together_gets_what_fits_and_is_evicted() {
    let registry = Registry::new(Changes::default(), SharedMetrics::default());
    let router = router(&registry);
    let slow = FakeSession::start("u1", "in1");
    slow.stop_reading();
    let _membership = registry.join(slow.handle(), false).unwrap();
    let fits = FakeSession::BOUNDS.frames;
    let kinds: Vec<String> = (0..=fits).map(|number| format!("k{number}")).collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let reports = router.deliver_here(&together(&["u1"], &kinds));
    assert!(reports.iter().all(|report| report.users[0].overloaded == 1));
    assert!(registry.sessions().is_empty());
    slow.resume_reading();
    for kind in &kinds[..fits] {
        assert_eq!(kind_of_next(&slow).await, *kind);
    }
    assert_eq!(slow.closed().await, protos::error::CloseCode::TooSlow);
}
