//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): logic's side of a gateway's call with 100 messages.

use protos::Result;
use protos::model::SavedMessage;
use protos::pb::logic::{SendMessageRequest, SendMessagesRequest, SendMessagesResponse};

use super::convert;
use super::send::Draft;

#[inline(never)]
fn read_a_gateways_100_messages_counted(request: SendMessagesRequest) -> Result<Vec<Result<Draft>>> {
    convert::drafts(request)
}

#[inline(never)]
fn answer_a_gateways_100_messages_counted(outcomes: Vec<Result<SavedMessage>>) -> SendMessagesResponse {
    convert::responses(outcomes)
}

#[test]
fn a_batch_comes_from_a_gateway_and_is_answered() {
    let request = |saved: SavedMessage| SendMessageRequest {
        user_id: saved.message.sender.id.into(),
        conversation_id: saved.message.conversation_id.into(),
        content: saved.message.content,
        r#type: 1,
        client_msg_id: saved.message.client_msg_id.into(),
        extra: saved.message.extra,
        origin_session_id: "0199c0de-0000-4000-8000-00000000000b".into(),
    };
    for _ in 0..2 {
        let saved = crate::counted::saved();
        let requests = saved.iter().cloned().map(request).collect();
        let drafts = read_a_gateways_100_messages_counted(SendMessagesRequest { requests }).unwrap();
        assert!(drafts.len() == 100 && drafts.iter().all(Result::is_ok));
        let answer = answer_a_gateways_100_messages_counted(saved.into_iter().map(Ok).collect());
        assert_eq!(answer.outcomes.len(), 100);
    }
}
