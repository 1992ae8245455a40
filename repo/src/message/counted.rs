//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): repo's side of a call with 100 messages, and their transaction.

use protos::Result;
use protos::model::SavedMessage;
use protos::pb::repo as pb;

use super::convert::new_message;
use super::save::{NewMessage, save};
use crate::store::{DatabaseUrl, DbConnection, StoreResult, connect_for_test, prepare};
use crate::test_database::TestDatabase;

#[inline(never)]
fn read_logics_100_messages_counted(requests: Vec<pb::SaveMessageRequest>) -> Vec<Result<NewMessage>> {
    requests.into_iter().map(new_message).collect()
}

#[inline(never)]
fn answer_logics_100_messages_counted(outcomes: Vec<Result<SavedMessage>>) -> Vec<pb::SaveMessageOutcome> {
    outcomes.into_iter().map(Into::into).collect()
}

/// SQLite's own instructions are counted too.
#[inline(never)]
fn save_100_messages_counted(
    connection: &mut DbConnection,
    batch: &[NewMessage],
) -> StoreResult<Vec<Result<SavedMessage>>> {
    save(connection, batch, 1_800_000_000)
}

/// 100 messages of 20 users in 10 conversations.
fn requests(round: usize) -> Vec<pb::SaveMessageRequest> {
    let request = |number: usize| pb::SaveMessageRequest {
        conversation_id: format!("conversation-{:023}", number % 10),
        sender_id: format!("user-{:031}", number % 20),
        message_type: 1,
        content: "x".repeat(100),
        client_msg_id: format!("key-{round}-{number:030}"),
        extra: String::new(),
    };
    (0..100).map(request).collect()
}

#[tokio::test]
async fn a_batch_comes_from_logic_is_saved_and_answered() {
    let database = TestDatabase::sqlite();
    let url = DatabaseUrl::parse(&database.url).unwrap();
    prepare(&url).await.unwrap();
    database.execute(
        "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 19)
         INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at, updated_at)
         SELECT format('user-%031d', n), 'user' || n, 'user' || n, '', '', FALSE, 1, 0, 0 FROM n;
         WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 9)
         INSERT INTO conversations (id, type, name, avatar_url, description, member_count, member_version, last_seq,
             last_change, last_activity_at, created_at, updated_at)
         SELECT format('conversation-%023d', n), 2, 'group', '', '', 20, 1, 0, 0, 0, 0, 0 FROM n;
         INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
         SELECT c.id, u.id, 1, FALSE, 0, 0 FROM conversations c, users u WHERE c.type = 2",
    );
    let mut connection = connect_for_test(&url);
    for round in 0..2 {
        let batch: Result<Vec<_>> = read_logics_100_messages_counted(requests(round)).into_iter().collect();
        let saved = save_100_messages_counted(&mut connection, &batch.unwrap()).unwrap();
        assert!(saved.len() == 100 && saved.iter().all(Result::is_ok));
        assert_eq!(answer_logics_100_messages_counted(saved).len(), 100);
    }
}
