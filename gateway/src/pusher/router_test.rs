use kit::grpc::{Pool, PoolConfig};
use kit::{ManualClock, Secret};
use protos::ids::ConversationId;

use super::*;
use crate::presence::{Changes, PresenceClient};
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
