use std::future::Future;
use std::sync::Arc;

use protos::ids::{ConversationId, MessageId, Seq};
use protos::model::{ChatEvent, ConversationType, Message as ChatMessage, MessageType, SavedMessage};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::*;
use crate::fanout::{Fanout, Receivers, WAITING_KIB};

const DEADLINE: Duration = Duration::from_secs(10);

/// Tells of each batch and lets it go when a permit is given; seq 13 panics.
#[derive(Clone)]
struct Recorder {
    batches: mpsc::UnboundedSender<Vec<i64>>,
    gate: Arc<Semaphore>,
}

impl Courier for Recorder {
    fn carry(self, parcels: Vec<Parcel>) -> impl Future<Output = ()> + 'static {
        let seq = |parcel: &Parcel| match &parcel.event {
            ChatEvent::NewMessage(message) => message.seq.0,
            _ => 0,
        };
        let seqs: Vec<i64> = parcels.iter().map(seq).collect();
        async move {
            assert!(!seqs.contains(&13), "as the test wants");
            self.batches.send(seqs).unwrap();
            self.gate.acquire().await.unwrap().forget();
        }
    }
}

struct Rig {
    fanout: Fanout,
    batches: mpsc::UnboundedReceiver<Vec<i64>>,
    gate: Arc<Semaphore>,
}

impl Rig {
    fn start(open: usize) -> Self {
        let (sender, batches) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(open));
        let fanout = Fanout::start(Recorder { batches: sender, gate: Arc::clone(&gate) });
        Self { fanout, batches, gate }
    }

    fn hand_over(&self, seq: i64, duplicate: bool) -> impl Future<Output = ()> + Send + 'static {
        let conversation: ConversationId = "c".into();
        let slot = self.fanout.reserve(&conversation, 1).unwrap();
        let message = ChatMessage {
            id: MessageId::new(&conversation, Seq(seq)),
            conversation_id: conversation,
            sender: Default::default(),
            kind: MessageType::Text,
            content: "hello".into(),
            seq: Seq(seq),
            client_msg_id: "k".into(),
            deleted: false,
            extra: String::new(),
            created_at: 0,
            updated_at: 0,
        };
        let conversation_type = ConversationType::Group;
        slot.hand_over(SavedMessage { message, duplicate, member_version: 1, conversation_type }, None)
    }

    async fn batch(&mut self) -> Vec<i64> {
        timeout(DEADLINE, self.batches.recv()).await.expect("a batch in time").unwrap()
    }
}

#[actix_rt::test]
async fn a_hand_over_ends_when_its_batch_has_been_carried() {
    let mut rig = Rig::start(0);
    let mut handed_over = std::pin::pin!(rig.hand_over(1, false));
    assert_eq!(rig.batch().await, [1]);
    assert!(futures::poll!(handed_over.as_mut()).is_pending(), "its batch is under way");
    rig.gate.add_permits(1);
    timeout(DEADLINE, handed_over).await.unwrap();
}

#[actix_rt::test]
async fn what_is_handed_over_in_one_instant_goes_in_one_batch() {
    let mut rig = Rig::start(1);
    let _all: Vec<_> = [1, 2, 3].map(|seq| rig.hand_over(seq, false)).into();
    assert_eq!(rig.batch().await, [1, 2, 3]);
}

#[actix_rt::test]
async fn messages_gather_in_order_while_a_batch_is_under_way() {
    let mut rig = Rig::start(0);
    let _first = rig.hand_over(1, false);
    assert_eq!(rig.batch().await, [1]);
    let _rest: Vec<_> = [3, 5, 2, 4, 6].map(|seq| rig.hand_over(seq, false)).into();
    let again = rig.hand_over(1, true);
    rig.gate.add_permits(2);
    assert_eq!(rig.batch().await, [2, 3, 4, 5, 6, 1]);
    timeout(DEADLINE, again).await.unwrap();
}

#[actix_rt::test]
async fn a_gap_that_stays_holds_back_for_a_while_only() {
    let mut rig = Rig::start(100);
    rig.hand_over(1, false).await;
    assert_eq!(rig.batch().await, [1]);
    let began = tokio::time::Instant::now();
    let late = rig.hand_over(3, false);
    assert_eq!(rig.batch().await, [3]);
    assert!(began.elapsed() >= HOLD_BACK);
    timeout(DEADLINE, late).await.unwrap();
    rig.hand_over(2, false).await;
    assert_eq!(rig.batch().await, [2], "late, but not lost");
    rig.hand_over(4, false).await;
    assert_eq!(rig.batch().await, [4]);
}

#[actix_rt::test]
async fn a_batch_that_panics_ends_its_own_hand_overs_only() {
    let mut rig = Rig::start(100);
    timeout(DEADLINE, rig.hand_over(13, false)).await.unwrap();
    timeout(DEADLINE, rig.hand_over(14, false)).await.unwrap();
    assert_eq!(rig.batch().await, [14]);
}

#[actix_rt::test]
async fn a_saturated_shard_refuses_before_anything_is_stored() {
    let rig = Rig::start(0);
    let conversation: ConversationId = "c".into();
    let mut slots = Vec::new();
    for _ in 0..WAITING_KIB / 32 {
        slots.push(rig.fanout.reserve(&conversation, 32 * 1024).unwrap());
    }
    let refused = rig.fanout.reserve(&conversation, 1).unwrap_err();
    assert_eq!(refused.reason(), protos::Reason::ServiceUnavailable);
    slots.pop();
    assert!(rig.fanout.reserve(&conversation, 32 * 1024).is_ok(), "room comes back");
}

#[actix_rt::test]
async fn a_burst_at_the_very_start_is_taken_whole() {
    let mut rig = Rig::start(1_000);
    let handed_over: Vec<_> = (101..=600).map(|seq| rig.hand_over(seq, false)).collect();
    timeout(DEADLINE, futures::future::join_all(handed_over)).await.unwrap();
    let mut gone = Vec::new();
    while gone.len() < 500 {
        gone.extend(rig.batch().await);
    }
    assert_eq!(gone, (101..=600).collect::<Vec<_>>());
}

#[actix_rt::test]
async fn signals_go_while_a_shard_is_quiet_and_are_dropped_when_it_is_more_than_half_full() {
    let mut rig = Rig::start(1_000);
    let conversation: ConversationId = "c".into();
    let typing =
        || ChatEvent::Typing { conversation_id: conversation.clone(), user_id: "ann".into(), typing: true };
    let signal = |rig: &Rig| rig.fanout.signal(&conversation, typing(), Arc::from(["bob".into()]), None);
    signal(&rig);
    assert_eq!(rig.batch().await, [0], "a signal has no seq");
    let half = WAITING_KIB / 2 * 1_024;
    let slots = [half, 1_024].map(|bytes| rig.fanout.reserve(&conversation, bytes).unwrap());
    signal(&rig);
    timeout(DEADLINE, rig.hand_over(1, false)).await.unwrap();
    assert_eq!(rig.batch().await, [1], "a message goes, and before it no signal");
    drop(slots);
    signal(&rig);
    assert_eq!(rig.batch().await, [0]);
}

#[actix_rt::test]
async fn world_has_no_list() {
    let without = |id: &str| Receivers::Members(id.into(), 1).without_list_of_world();
    assert!(matches!(without("world"), Receivers::World));
    assert!(matches!(without("c"), Receivers::Members(..)));
}
