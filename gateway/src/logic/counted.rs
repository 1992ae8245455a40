//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): the gateway's side of a call with 100 messages.

use protos::Result;
use protos::model::{Message, MessageType};
use protos::pb::logic as pb;
use protos::pb::logic::send_message_outcome::Outcome;
use tokio::time::Instant;

use super::convert;
use super::send::{SendMessage, SentMessage};
use crate::session::counted::message;

#[inline(never)]
fn ask_logic_to_send_100_counted(messages: Vec<SendMessage>) -> pb::SendMessagesRequest {
    pb::SendMessagesRequest { requests: messages.into_iter().map(Into::into).collect() }
}

#[inline(never)]
fn read_logics_100_outcomes_counted(answer: pb::SendMessagesResponse) -> Vec<Result<SentMessage>> {
    answer.outcomes.into_iter().map(convert::outcome).collect()
}

#[test]
fn a_batch_goes_to_logic_and_its_answer_comes_back() {
    let send = |message: Message| SendMessage {
        user_id: message.sender.id,
        conversation_id: message.conversation_id,
        content: message.content,
        kind: MessageType::Text,
        client_msg_id: message.client_msg_id,
        extra: message.extra,
        origin_session: Some("0199c0de-0000-4000-8000-00000000000b".into()),
        came_at: Instant::now(),
    };
    let sent = |message: Message| pb::SendMessageOutcome {
        outcome: Some(Outcome::Sent(pb::SendMessageResponse {
            client_msg_id: message.client_msg_id.to_string(),
            message: Some(message.into()),
            duplicate: false,
        })),
    };
    for _ in 0..2 {
        let batch = vec![message(); 100];
        let request = ask_logic_to_send_100_counted(batch.iter().cloned().map(send).collect());
        assert_eq!(request.requests.len(), 100);
        let answer = pb::SendMessagesResponse { outcomes: batch.into_iter().map(sent).collect() };
        let outcomes = read_logics_100_outcomes_counted(answer);
        assert!(outcomes.len() == 100 && outcomes.iter().all(Result::is_ok));
    }
}
