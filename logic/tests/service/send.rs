//! From `SendMessage` to the gateway's `Deliver`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use protos::model::limits::MESSAGE_MAX_BYTES;
use protos::pb::gateway::{DeliverRequest, DeliverResponse, Delivery, event::Chat};
use protos::pb::logic::{
    SendMessageRequest, SendMessagesRequest, SendMessagesResponse, send_message_outcome::Outcome,
};
use protos::pb::repo::save_message_outcome::Outcome as Saved;
use protos::pb::{repo, types};
use protos::{Error, Reason};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use crate::fake::{Fake, with_users};
use crate::rig::{DEADLINE, Rig, list_gateways, reason, token};

/// A repo that numbers messages per conversation, knows repetitions, and whose members are `ann` and `bob`.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    messages: HashMap<String, Vec<types::Message>>,
    member_version: i64,
    /// Texts in the order in which they came.
    order: Vec<String>,
}

impl Store {
    pub(crate) fn script(&self, repo: &Fake) {
        let (saving, listing) = (self.clone(), self.clone());
        repo.on(move |request: repo::SaveMessagesRequest| {
            let outcomes = request.requests.into_iter().map(|request| saving.save(request)).collect();
            async { Ok(repo::SaveMessagesResponse { outcomes }) }
        })
        .on(move |_: repo::GetMemberIdsRequest| {
            let member_version = listing.0.lock().unwrap().member_version;
            let user_ids = vec!["ann".into(), "bob".into()];
            async move { Ok(repo::GetMemberIdsResponse { user_ids, member_version, r#type: 2 }) }
        });
    }

    fn save(&self, request: repo::SaveMessageRequest) -> repo::SaveMessageOutcome {
        let mut stored = self.0.lock().unwrap();
        stored.order.push(request.content.clone());
        let member_version = stored.member_version;
        if request.conversation_id == "not mine" {
            let error = Error::conversation_not_found();
            let failure = repo::SaveMessageFailure {
                reason: error.reason().to_string(),
                message: error.message().into(),
            };
            return repo::SaveMessageOutcome { outcome: Some(Saved::Failed(failure)) };
        }
        let messages = stored.messages.entry(request.conversation_id.clone()).or_default();
        let first = messages.iter().find(|message| message.client_msg_id == request.client_msg_id).cloned();
        let duplicate = first.is_some();
        let message = first.unwrap_or_else(|| {
            let seq_id = messages.len() as i64 + 1;
            let message = types::Message {
                id: format!("{}.{seq_id}", request.conversation_id),
                conversation_id: request.conversation_id,
                sender: Some(types::UserInfo { id: request.sender_id, ..Default::default() }),
                r#type: request.message_type,
                content: request.content,
                seq_id,
                client_msg_id: request.client_msg_id,
                extra: request.extra,
                ..Default::default()
            };
            messages.push(message.clone());
            message
        });
        let conversation_type = types::ConversationType::Group.into();
        let saved =
            repo::SavedMessage { message: Some(message), duplicate, member_version, conversation_type };
        repo::SaveMessageOutcome { outcome: Some(Saved::Saved(saved)) }
    }
}

/// What a gateway was given.
pub(crate) type Deliveries = mpsc::UnboundedReceiver<Delivery>;

/// A gateway that passes on what it is given, one call for each permit.
pub(crate) fn delivers(gateway: &Fake, gate: &Arc<Semaphore>) -> Deliveries {
    let (sender, receiver) = mpsc::unbounded_channel();
    let gate = Arc::clone(gate);
    gateway.on(move |request: DeliverRequest| {
        let (sender, gate) = (sender.clone(), Arc::clone(&gate));
        async move {
            with_users(request).for_each(|delivery| sender.send(delivery).unwrap());
            gate.acquire().await.unwrap().forget();
            Ok(DeliverResponse::default())
        }
    });
    receiver
}

pub(crate) fn open() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(10_000))
}

async fn next(deliveries: &mut Deliveries) -> (types::Message, Delivery) {
    let mut delivery = timeout(DEADLINE, deliveries.recv()).await.expect("a delivery in time").unwrap();
    let Some(Chat::NewMessage(message)) = delivery.event.take().unwrap().chat else { panic!("no message") };
    (message, delivery)
}

pub(crate) fn request(conversation: &str, key: &str) -> SendMessageRequest {
    SendMessageRequest {
        user_id: "ann".into(),
        conversation_id: conversation.into(),
        content: key.into(),
        r#type: 1,
        client_msg_id: key.into(),
        ..Default::default()
    }
}

/// The seq of each outcome, or the reason.
fn verdicts(answer: SendMessagesResponse) -> Vec<Result<i64, String>> {
    let verdict = |outcome: Outcome| match outcome {
        Outcome::Sent(sent) => Ok(sent.message.unwrap().seq_id),
        Outcome::Failed(failed) => Err(failed.reason),
    };
    answer.outcomes.into_iter().map(|outcome| verdict(outcome.outcome.unwrap())).collect()
}

#[actix_rt::test]
async fn the_answer_waits_for_the_gateway_and_the_sending_session_is_left_out() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let gate = Arc::new(Semaphore::new(0));
    let mut deliveries = delivers(&rig.gateway, &gate);
    let sent = SendMessageRequest { origin_session_id: "s1".into(), ..request("c", "hello") };
    let mut messages = rig.messages();
    let mut answer = std::pin::pin!(messages.send_message(sent));
    let (message, delivery) = tokio::select! {
        delivered = next(&mut deliveries) => delivered,
        _ = &mut answer => panic!("answered before a gateway had it"),
    };
    assert_eq!((message.seq_id, message.content.as_str()), (1, "hello"));
    assert_eq!(delivery.user_ids, ["ann", "bob"]);
    assert_eq!(delivery.exclude_session_ids, ["s1"]);
    assert!((&mut answer).now_or_never().is_none());
    gate.add_permits(1);
    let answer = timeout(DEADLINE, answer).await.unwrap().unwrap().into_inner();
    assert_eq!((answer.client_msg_id.as_str(), answer.duplicate), ("hello", false));
}

#[actix_rt::test]
async fn a_list_keeps_its_order_and_its_refusals_their_places() {
    let rig = Rig::start().await;
    let store = Store::default();
    store.script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let keys: Vec<String> = (0..300).map(|number| format!("k{number}")).collect();
    let mut requests: Vec<SendMessageRequest> = keys.iter().map(|key| request("c", key)).collect();
    requests.insert(1, SendMessageRequest { content: "  ".into(), ..request("c", "empty") });
    requests.insert(2, request("not mine", "stranger"));
    let answer = rig.messages().send_messages(SendMessagesRequest { requests }).await.unwrap().into_inner();
    let mut verdicts = verdicts(answer);
    assert_eq!(verdicts.remove(1), Err("MESSAGE_EMPTY".into()));
    assert_eq!(verdicts.remove(1), Err("CONVERSATION_NOT_FOUND".into()));
    let seqs: Vec<i64> = verdicts.into_iter().map(Result::unwrap).collect();
    assert_eq!(seqs, (1..=300).collect::<Vec<_>>());
    for seq in 1..=300 {
        assert_eq!(next(&mut deliveries).await.0.seq_id, seq);
    }
    let stored: Vec<String> =
        store.0.lock().unwrap().order.iter().filter(|text| *text != "stranger").cloned().collect();
    assert_eq!(stored, keys, "in the order of the call");
}

#[actix_rt::test]
async fn concurrent_senders_share_calls_and_nobody_is_lost() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    let sends = (0..400).map(|number| {
        let mut messages = rig.messages();
        let request = request(&format!("c{}", number % 5), &format!("k{number}"));
        async move { messages.send_message(request).await.map(drop) }
    });
    for outcome in futures::future::join_all(sends).await {
        outcome.unwrap();
    }
    let mut seen: HashMap<String, i64> = HashMap::new();
    for _ in 0..400 {
        let (message, _) = next(&mut deliveries).await;
        let last = seen.entry(message.conversation_id).or_default();
        assert_eq!(message.seq_id, *last + 1, "in order");
        *last = message.seq_id;
    }
    assert_eq!(seen.len(), 5);
    let saves = rig.repo.calls::<repo::SaveMessagesRequest>();
    assert!(saves < 200, "gathered: {saves} calls for 400 messages");
}

#[actix_rt::test]
async fn a_repetition_is_answered_with_the_first_and_pushed_again() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    for expected in [false, true] {
        let again = SendMessageRequest { content: format!("again {expected}"), ..request("c", "k") };
        let answer = rig.messages().send_message(again).await.unwrap().into_inner();
        assert_eq!(answer.duplicate, expected);
        assert_eq!(answer.message.unwrap().content, "again false");
        assert_eq!(next(&mut deliveries).await.0.seq_id, 1);
    }
}

#[actix_rt::test]
async fn members_are_looked_up_when_their_version_moves_on_and_not_before() {
    let rig = Rig::start().await;
    let store = Store::default();
    store.script(&rig.repo);
    let _deliveries = delivers(&rig.gateway, &open());
    for (key, version, lookups) in [("a", 1, 1), ("b", 1, 1), ("c", 2, 2), ("d", 2, 2)] {
        store.0.lock().unwrap().member_version = version;
        rig.messages().send_message(request("c", key)).await.unwrap();
        assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), lookups, "{key}");
    }
}

#[actix_rt::test]
async fn a_gateway_that_does_not_answer_is_passed_over() {
    let (repo, hangs, works) = (Fake::default(), Fake::default(), Fake::default());
    Store::default().script(&repo);
    let running = [hangs.serve(&token()).await, works.serve(&token()).await];
    list_gateways(&repo, &[&running[0].url, &running[1].url]);
    let _never = delivers(&hangs, &Arc::new(Semaphore::new(0)));
    let mut deliveries = delivers(&works, &open());
    let rig = Rig::start_with(repo, works.clone(), running.into()).await;
    for (key, seq) in [("a", 1), ("b", 2), ("c", 3)] {
        rig.messages().send_message(request("c", key)).await.unwrap();
        assert_eq!(next(&mut deliveries).await.0.seq_id, seq);
    }
    assert!(hangs.calls::<DeliverRequest>() <= 1, "once is enough");
}

#[actix_rt::test]
async fn where_there_is_no_gateway_a_message_is_stored_all_the_same() {
    let repo = Fake::default();
    Store::default().script(&repo);
    list_gateways(&repo, &[]);
    let rig = Rig::start_with(repo, Fake::default(), Vec::new()).await;
    let answer = rig.messages().send_message(request("c", "k")).await.unwrap().into_inner();
    assert_eq!(answer.message.unwrap().seq_id, 1);
    assert_eq!(rig.repo.calls::<repo::GetMemberIdsRequest>(), 0, "nobody is there to get it");
}

#[actix_rt::test]
async fn what_is_not_stored_is_not_pushed() {
    let rig = Rig::start().await;
    Store::default().script(&rig.repo);
    let mut deliveries = delivers(&rig.gateway, &open());
    rig.repo.on(|_: repo::SaveMessagesRequest| async {
        Err::<repo::SaveMessagesResponse, _>(Error::internal("broken"))
    });
    let refused = rig.messages().send_message(request("c", "k")).await.unwrap_err();
    assert_eq!(reason(refused), Reason::InternalError);
    Store::default().script(&rig.repo);
    rig.messages().send_message(request("c", "after")).await.unwrap();
    assert_eq!(next(&mut deliveries).await.0.content, "after", "the one before was not pushed");
}

#[actix_rt::test]
async fn bad_messages_reach_nobody() {
    let rig = Rig::start().await;
    let large = SendMessageRequest { content: "x".repeat(MESSAGE_MAX_BYTES + 1), ..request("c", "k") };
    for (bad, expected) in [
        (large, Reason::MessageTooLarge),
        (SendMessageRequest { content: "\n".into(), ..request("c", "k") }, Reason::MessageEmpty),
        (SendMessageRequest { r#type: 4, ..request("c", "k") }, Reason::UnsupportedMessageType),
        (SendMessageRequest { content: "\0".into(), ..request("c", "k") }, Reason::InvalidParameter),
        (SendMessageRequest { extra: "[]".into(), ..request("c", "k") }, Reason::InvalidParameter),
    ] {
        assert_eq!(reason(rig.messages().send_message(bad).await.unwrap_err()), expected);
    }
    let many = SendMessagesRequest { requests: vec![request("c", "k"); 1_001] };
    assert_eq!(reason(rig.messages().send_messages(many).await.unwrap_err()), Reason::InvalidParameter);
    assert_eq!(rig.repo.calls::<repo::SaveMessagesRequest>(), 0);
}

#[actix_rt::test]
async fn a_batch_of_which_nothing_could_be_stored_for_now_fails_as_a_whole() {
    let rig = Rig::start().await;
    let failed = || {
        let error = Error::unavailable("not now");
        let failure =
            repo::SaveMessageFailure { reason: error.reason().to_string(), message: error.message().into() };
        repo::SaveMessageOutcome { outcome: Some(Saved::Failed(failure)) }
    };
    rig.repo.on(move |request: repo::SaveMessagesRequest| {
        let outcomes = request.requests.iter().map(|_| failed()).collect();
        async { Ok(repo::SaveMessagesResponse { outcomes }) }
    });
    let requests = vec![request("c", "k1"), request("c", "k2")];
    let sent = rig.messages().send_messages(SendMessagesRequest { requests }).await;
    assert_eq!(reason(sent.unwrap_err()), Reason::ServiceUnavailable);
}
