//! What logic hears of what a client's device has got.

use protos::pb::logic as pb;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;

/// What logic was told, in order.
fn heard(site: &Site) -> mpsc::UnboundedReceiver<pb::DeliverySignal> {
    let (sender, receiver) = mpsc::unbounded_channel();
    site.logic.on(move |request: pb::SendSignalsRequest| {
        assert!(request.signals.is_empty());
        request.deliveries.into_iter().for_each(|signal| sender.send(signal).unwrap());
        Ok(pb::SendSignalsResponse {})
    });
    receiver
}

fn got(conversation: &str, seq: i64) -> Value {
    json!({"type": "mark-delivered", "id": "d", "data": {"conversationId": conversation, "seqId": seq}})
}

#[actix_rt::test]
async fn what_a_device_has_got_is_passed_on_without_an_answer() {
    let site = Site::start().await;
    let mut heard = heard(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    for frame in [got("c1", 3), got("world", 9), got("c2", 1)] {
        ann.say(frame).await;
    }
    // Nothing is answered.
    ann.expect_pong().await;
    for (conversation_id, seq_id) in [("c1", 3), ("c2", 1)] {
        let signal = timeout(DEADLINE, heard.recv()).await.expect("nothing is told").unwrap();
        let expected =
            pb::DeliverySignal { user_id: "ann".into(), conversation_id: conversation_id.into(), seq_id };
        assert_eq!(signal, expected);
    }
}

#[actix_rt::test]
async fn one_client_cannot_fill_the_way_to_logic() {
    let site = Site::start().await;
    let mut heard = heard(&site);
    let gateway = site.gateway("g1", tuning()).await;
    let (mut ann, _) = gateway.connect("ann.s1").await;
    for seq in 1..=500 {
        ann.say(got("c1", seq)).await;
    }
    ann.expect_pong().await;
    let last = |signal: &pb::DeliverySignal| signal.seq_id >= 100;
    let mut told = Vec::new();
    while !told.last().is_some_and(last) {
        told.push(timeout(DEADLINE, heard.recv()).await.expect("nothing is told").unwrap());
    }
    assert_eq!(told.len(), 100, "at first as many as may come at once");
}
