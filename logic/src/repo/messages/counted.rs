//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): logic's side of a call to repo with 100 messages.

use protos::Result;
use protos::model::SavedMessage;
use protos::pb::repo::{SaveMessageOutcome, SaveMessageRequest};

use super::{NewMessage, save_request};

#[inline(never)]
fn ask_repo_to_save_100_counted(messages: Vec<NewMessage>) -> Vec<SaveMessageRequest> {
    messages.into_iter().map(save_request).collect()
}

#[inline(never)]
fn read_repos_100_outcomes_counted(outcomes: Vec<SaveMessageOutcome>) -> Vec<Result<SavedMessage>> {
    outcomes.into_iter().map(Into::into).collect()
}

#[test]
fn a_batch_goes_to_repo_and_its_answer_comes_back() {
    let new = |saved: SavedMessage| NewMessage {
        conversation_id: saved.message.conversation_id,
        sender_id: saved.message.sender.id,
        kind: saved.message.kind,
        content: saved.message.content,
        extra: saved.message.extra,
        client_msg_id: saved.message.client_msg_id,
    };
    for _ in 0..2 {
        let saved = crate::counted::saved();
        assert_eq!(ask_repo_to_save_100_counted(saved.iter().cloned().map(new).collect()).len(), 100);
        let outcomes = saved.into_iter().map(|saved| Ok(saved).into()).collect();
        let outcomes = read_repos_100_outcomes_counted(outcomes);
        assert!(outcomes.len() == 100 && outcomes.iter().all(Result::is_ok));
    }
}
