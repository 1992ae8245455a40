//! Sending messages: the batches of all sessions travel in common calls, each to the logic process of its conversations.

use std::collections::BTreeMap;

use futures::future::join_all;
use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::{BATCH_BYTES, Pool};
use protos::ids::{ClientMsgId, ConversationId, SessionId, UserId};
use protos::model::{Message, MessageType};
use protos::pb::logic as pb;
use protos::pb::logic::message_service_client::MessageServiceClient;
use protos::{Error, Result};
use tokio::time::Instant;

use super::{LogicClient, call, convert};

/// What a message weighs besides its texts, in bytes.
const OVERHEAD: usize = 256;

/// A call carries about as much as repo stores in one transaction. Each thread of the server has one under way: fewer and larger
/// calls cost every process less, as each message of a call is a small part of its cost.
const BOUNDS: Bounds = Bounds { batch_items: 256, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 4_096 };

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SendMessage {
    /// Who sends it.
    pub(crate) user_id: UserId,
    /// Where to.
    pub(crate) conversation_id: ConversationId,
    /// Its text, or the URL of what it shows.
    pub(crate) content: String,
    /// What kind.
    pub(crate) kind: MessageType,
    /// The sender's own key, never empty: it makes a repetition harmless.
    pub(crate) client_msg_id: ClientMsgId,
    /// JSON text, or empty.
    pub(crate) extra: String,
    /// The session that gets only the answer; `None`: all of the sender's sessions get the message.
    pub(crate) origin_session: Option<SessionId>,
    /// When it came from the client.
    pub(crate) came_at: Instant,
}

impl SendMessage {
    fn weight(&self) -> usize {
        OVERHEAD + self.content.len() + self.extra.len()
    }
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentMessage {
    /// The stored row; the first one when this was a repetition.
    pub(crate) message: Message,
    /// True when an earlier send with the same key had stored it.
    pub(crate) duplicate: bool,
}

impl LogicClient {
    /// Sends one session's messages, in order, and answers each in that order once it is durable and handed over. The messages of
    /// one conversation keep their order as long as the caller has one batch under way. A batch of more than [`BATCH_BYTES`] is
    /// the caller's to split.
    pub(crate) async fn send_messages(&self, batch: Vec<SendMessage>) -> Vec<Result<SentMessage>> {
        let came_at: Vec<Instant> = batch.iter().map(|message| message.came_at).collect();
        let outcomes = match self.sends.submit(batch).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(error); came_at.len()],
        };
        for (outcome, came_at) in outcomes.iter().zip(came_at) {
            match outcome {
                Ok(_) => self.metrics.send.add(came_at),
                Err(_) => self.metrics.messages_failed.add(1),
            }
        }
        outcomes
    }

    /// Sends one message.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`, `MEMBER_MUTED`, `MESSAGE_EMPTY`, `MESSAGE_TOO_LARGE`, `UNSUPPORTED_MESSAGE_TYPE`, transient ones.
    pub(crate) async fn send_message(&self, message: SendMessage) -> Result<SentMessage> {
        self.send_messages(vec![message]).await.pop().unwrap_or_else(|| Err(no_answer()))
    }
}

/// Starts the batcher on the present actor system.
pub(super) fn start(pool: Pool) -> Batches<Sends> {
    Batches::start("logic", BOUNDS, Sends(pool))
}

/// Sends gathered batches.
#[derive(Clone, Debug)]
pub(super) struct Sends(Pool);

impl Flush for Sends {
    /// One session's messages.
    type Item = Vec<SendMessage>;
    type Reply = Vec<Result<SentMessage>>;

    fn weight(batch: &Self::Item) -> usize {
        batch.iter().map(SendMessage::weight).sum()
    }

    async fn flush(self, batches: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        let mut groups: BTreeMap<Option<usize>, Vec<(usize, SendMessage)>> = BTreeMap::new();
        for (index, message) in batches.into_iter().flatten().enumerate() {
            let place = self.0.place(message.conversation_id.as_str());
            groups.entry(place).or_default().push((index, message));
        }
        let mut outcomes = BTreeMap::new();
        for group in join_all(groups.into_values().map(|group| self.send(group))).await {
            outcomes.extend(group);
        }
        // The indices are in the order of the flattened batches.
        let mut outcomes = outcomes.into_values();
        sizes.into_iter().map(|size| Ok(outcomes.by_ref().take(size).collect())).collect()
    }
}

impl Sends {
    /// One call with the messages of conversations that live on the same process.
    async fn send(&self, group: Vec<(usize, SendMessage)>) -> Vec<(usize, Result<SentMessage>)> {
        let (indices, messages): (Vec<usize>, Vec<SendMessage>) = group.into_iter().unzip();
        let Some(key) = messages.first().map(|message| message.conversation_id.clone()) else {
            return Vec::new();
        };
        let request = pb::SendMessagesRequest { requests: messages.into_iter().map(Into::into).collect() };
        let sent =
            call!(self.0, idempotent(Some(key.as_str())), MessageServiceClient, send_messages, request);
        match sent {
            Ok(answer) => {
                let missing = std::iter::repeat_with(|| Err(no_answer()));
                indices
                    .into_iter()
                    .zip(answer.outcomes.into_iter().map(convert::outcome).chain(missing))
                    .collect()
            }
            Err(error) => indices.into_iter().map(|index| (index, Err(error.clone()))).collect(),
        }
    }
}

fn no_answer() -> Error {
    Error::internal("a message got no answer")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::sync::{Arc, Mutex};

    use protos::pb::logic::send_message_outcome::Outcome;
    use protos::pb::types;

    use super::*;
    use crate::logic::fake::{FakeLogic, client_of};

    /// The requests of each call that a logic process got.
    type Calls = Arc<Mutex<Vec<Vec<pb::SendMessageRequest>>>>;

    /// A logic that stores everything but what says "no".
    fn storing() -> (FakeLogic, Calls) {
        let (logic, calls) = (FakeLogic::default(), Calls::default());
        let record = Arc::clone(&calls);
        logic.on(move |request: pb::SendMessagesRequest| {
            record.lock().unwrap().push(request.requests.clone());
            Ok(pb::SendMessagesResponse { outcomes: request.requests.into_iter().map(outcome_of).collect() })
        });
        (logic, calls)
    }

    fn outcome_of(request: pb::SendMessageRequest) -> pb::SendMessageOutcome {
        let refusal = pb::SendMessageFailure {
            reason: "MEMBER_MUTED".into(),
            message: "muted".into(),
            retry_after_ms: 1_500,
        };
        let stored = pb::SendMessageResponse {
            message: Some(types::Message {
                conversation_id: request.conversation_id,
                sender: Some(types::UserInfo { id: request.user_id, ..Default::default() }),
                r#type: request.r#type,
                content: request.content.clone(),
                ..Default::default()
            }),
            client_msg_id: request.client_msg_id,
            duplicate: false,
        };
        let refused = request.content == "no";
        let outcome = if refused { Outcome::Failed(refusal) } else { Outcome::Sent(stored) };
        pb::SendMessageOutcome { outcome: Some(outcome) }
    }

    fn message(session: usize, conversation: usize, content: &str) -> SendMessage {
        SendMessage {
            user_id: session.to_string().into(),
            conversation_id: conversation.to_string().into(),
            content: content.to_owned(),
            kind: MessageType::Text,
            client_msg_id: ClientMsgId::generate(),
            extra: String::new(),
            origin_session: None,
            came_at: Instant::now(),
        }
    }

    #[actix_rt::test]
    async fn batches_of_many_sessions_travel_together_and_each_conversation_to_one_process() {
        let (processes, calls): (Vec<FakeLogic>, Vec<Calls>) = [storing(), storing()].into_iter().unzip();
        let client = client_of(&processes).await;
        let sessions = (0..100_usize).map(|session| {
            let contents = ["first", "no", "third"];
            let batch = contents.map(|content| message(session, session % 64, content)).to_vec();
            client.send_messages(batch)
        });
        for (session, outcomes) in join_all(sessions).await.into_iter().enumerate() {
            let outcomes: Vec<Result<String, protos::Reason>> = outcomes
                .into_iter()
                .map(|outcome| {
                    let message = outcome.map_err(|error| error.reason())?.message;
                    assert_eq!(message.sender.id.as_str(), session.to_string());
                    Ok(message.content)
                })
                .collect();
            let muted = Err(protos::Reason::MemberMuted);
            assert_eq!(outcomes, [Ok("first".to_owned()), muted, Ok("third".to_owned())]);
        }
        let mut places: BTreeMap<String, HashSet<usize>> = BTreeMap::new();
        for (place, calls) in calls.iter().enumerate() {
            let calls = calls.lock().unwrap();
            assert!((1..20).contains(&calls.len()), "{} calls for 100 batches", calls.len());
            for request in calls.iter().flatten() {
                places.entry(request.conversation_id.clone()).or_default().insert(place);
            }
        }
        assert!(places.values().all(|of_one| of_one.len() == 1), "{places:?}");
    }

    #[actix_rt::test]
    async fn messages_that_logic_leaves_unanswered_fail() {
        let logic = FakeLogic::default();
        logic.on(|_: pb::SendMessagesRequest| Ok(pb::SendMessagesResponse { outcomes: Vec::new() }));
        let client = logic.serve().await;
        let outcomes = client.send_messages(vec![message(1, 1, "a"), message(1, 2, "b")]).await;
        assert_eq!(outcomes, [Err(no_answer()), Err(no_answer())]);
    }
}
