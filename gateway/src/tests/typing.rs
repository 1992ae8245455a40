//! What logic hears of a client that writes.

use protos::pb::logic as pb;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::*;

/// What logic was told, in order.
struct Heard(mpsc::UnboundedReceiver<pb::TypingSignal>);

impl Heard {
    fn of(site: &Site) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        site.logic.on(move |request: pb::SendSignalsRequest| {
            assert!(request.deliveries.is_empty());
            request.signals.into_iter().for_each(|signal| sender.send(signal).unwrap());
            Ok(pb::SendSignalsResponse {})
        });
        Self(receiver)
    }

    async fn next(&mut self) -> (String, bool) {
        let signal = timeout(DEADLINE, self.0.recv()).await.expect("nothing is told").unwrap();
        assert_eq!(signal.user_id, "ann");
        (signal.conversation_id, signal.typing)
    }
}

fn frame(kind: &str, conversation: &str) -> Value {
    json!({"type": kind, "id": "t", "data": {"conversationId": conversation}})
}

#[actix_rt::test]
async fn a_client_that_writes_is_told_of_once_and_again_when_it_stops_or_goes() {
    let site = Site::start().await;
    let mut heard = Heard::of(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    for kind in ["stop-typing", "typing", "typing", "typing", "stop-typing", "stop-typing"] {
        ann.say(frame(kind, "c1")).await;
    }
    ann.say(frame("typing", "world")).await;
    ann.say(frame("typing", "c2")).await;
    // Nothing is answered.
    ann.expect_pong().await;
    for expected in [("c1", true), ("c1", false), ("c2", true)] {
        let (conversation, typing) = heard.next().await;
        assert_eq!((conversation.as_str(), typing), expected);
    }
    ann.close().await;
    assert_eq!(heard.next().await, ("c2".to_owned(), false), "its session has ended");
    assert!(heard.0.try_recv().is_err());
}

#[actix_rt::test]
async fn a_client_that_says_nothing_more_has_stopped() {
    let site = Site::start().await;
    let mut heard = Heard::of(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    let began = Instant::now();
    ann.say(frame("typing", "c1")).await;
    assert_eq!(heard.next().await, ("c1".to_owned(), true));
    assert_eq!(heard.next().await, ("c1".to_owned(), false));
    let lasted = began.elapsed();
    assert!((Duration::from_secs(6)..Duration::from_secs(8)).contains(&lasted), "{lasted:?}");
    ann.expect_pong().await;
}

#[actix_rt::test]
async fn a_logic_that_knows_no_signals_hurts_nobody() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    ann.say(frame("typing", "c1")).await;
    ann.expect_pong().await;
}
