//! Saves a batch of messages in one transaction.
//!
//! The conversations' rows are locked first, in the order of their ids; then one look-up tells for each message whether its sender
//! is a member and whether its key was stored before; then seqs are taken. So a repetition burns no seq, and who was removed
//! before can store nothing.

use std::collections::{BTreeSet, HashMap};

use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::{Message, MessageType, SavedMessage, UserInfo};
use protos::{Error, Reason, Result};

use super::reply::no_such_message;
use super::{MessageRow, Writes, message_columns};
use crate::conversation::{Locked, lock};
use crate::planted;
use crate::store::{DbConnection, StoreResult, list, sql};

/// A message to be saved.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) conversation_id: ConversationId,
    pub(crate) sender_id: UserId,
    pub(crate) kind: MessageType,
    pub(crate) content: String,
    pub(crate) extra: String,
    pub(crate) client_msg_id: ClientMsgId,
    /// The place of the message that it answers.
    pub(crate) reply_to: Option<Seq>,
}

/// Saves a batch: an outcome for each message, in their order.
pub(super) fn save(
    connection: &mut DbConnection,
    batch: &[NewMessage],
    now: i64,
) -> StoreResult<Vec<Result<SavedMessage>>> {
    connection.transaction(|connection| {
        let conversations: BTreeSet<&ConversationId> = batch.iter().map(|new| &new.conversation_id).collect();
        let mut locked = lock(connection, conversations)?;
        let facts = look_up(connection, batch)?;
        let mut writes = Writes::at(now);
        let mut keys = HashMap::new();
        let outcomes: Vec<_> = batch
            .iter()
            .zip(facts)
            .map(|(new, facts)| {
                let conversation =
                    locked.get_mut(&new.conversation_id).ok_or_else(Error::conversation_not_found)?;
                let (message, duplicate) = place(new, facts, conversation, &mut keys, now)?;
                if !duplicate {
                    writes.add(message.clone());
                }
                Ok(SavedMessage {
                    message,
                    duplicate,
                    member_version: conversation.member_version,
                    conversation_type: conversation.kind,
                })
            })
            .collect();
        writes.apply(connection)?;
        // A planted bug: the answer goes out before the commit.
        planted::answer(&outcomes);
        Ok(outcomes)
    })
}

type Key<'a> = (&'a ConversationId, &'a UserId, &'a ClientMsgId);

/// The message as it is or will be stored, and whether it was there before.
fn place<'a>(
    new: &'a NewMessage,
    facts: Facts,
    conversation: &mut Locked,
    keys: &mut HashMap<Key<'a>, Message>,
    now: i64,
) -> Result<(Message, bool)> {
    if !facts.is_member {
        return Err(Error::conversation_not_found());
    }
    let key = (&new.conversation_id, &new.sender_id, &new.client_msg_id);
    if let Some(first) = facts.stored.or_else(|| keys.get(&key).cloned()) {
        return Ok((first, true));
    }
    // After the duplicates: a repetition of what was stored before is still answered.
    if facts.muted {
        return Err(Error::new(Reason::MemberMuted, "you are muted in this conversation"));
    }
    if facts.blocked {
        return Err(Error::new(Reason::Forbidden, "this user does not want to hear from you"));
    }
    if new.reply_to.is_some_and(|seq| seq > conversation.last_seq) {
        return Err(no_such_message());
    }
    conversation.last_seq = conversation.last_seq.next();
    let message = new.stored_at(conversation.last_seq, facts.sender, now);
    keys.insert(key, message.clone());
    Ok((message, false))
}

impl NewMessage {
    fn stored_at(&self, seq: Seq, sender: UserInfo, now: i64) -> Message {
        Message {
            id: MessageId::new(&self.conversation_id, seq),
            conversation_id: self.conversation_id.clone(),
            sender,
            kind: self.kind,
            content: self.content.clone(),
            seq,
            client_msg_id: self.client_msg_id.clone(),
            deleted: false,
            extra: self.extra.clone(),
            created_at: now,
            updated_at: now,
        }
    }
}

/// What the database knows about a message that is to be saved.
struct Facts {
    is_member: bool,
    muted: bool,
    /// The other member of the SINGLE has blocked the sender.
    blocked: bool,
    sender: UserInfo,
    stored: Option<Message>,
}

#[derive(QueryableByName)]
struct FactsRow {
    #[diesel(sql_type = Bool)]
    is_member: bool,
    #[diesel(sql_type = Bool)]
    muted: bool,
    #[diesel(sql_type = Bool)]
    blocked: bool,
    #[diesel(sql_type = Text)]
    asked_username: String,
    #[diesel(sql_type = Text)]
    asked_avatar_url: String,
    #[diesel(embed)]
    stored: Option<MessageRow>,
}

/// One row for each message of the batch, in their order.
fn look_up(connection: &mut DbConnection, batch: &[NewMessage]) -> StoreResult<Vec<Facts>> {
    let source = connection.dialect().tuples("$1");
    // A planted bug: no key was ever stored before.
    let same_key = if planted::forgets_keys() { "FALSE" } else { "messages.client_msg_id = k.value ->> 2" };
    let keys = list(batch.iter().map(|new| (&new.conversation_id, &new.sender_id, &new.client_msg_id)));
    let rows = sql(format!(
        "SELECT m.user_id IS NOT NULL AS is_member, COALESCE(m.muted, FALSE) AS muted,
             COALESCE(m.blocked, FALSE) AS blocked, COALESCE(sender.username, '') AS asked_username, COALESCE(sender.avatar_url, '') AS asked_avatar_url, {}
         FROM {source}
         LEFT JOIN conversation_members m ON m.conversation_id = k.value ->> 0 AND m.user_id = k.value ->> 1
         LEFT JOIN users sender ON sender.id = k.value ->> 1
         LEFT JOIN messages ON messages.conversation_id = k.value ->> 0 AND messages.sender_id = k.value ->> 1
             AND {same_key}
         ORDER BY k.key",
        message_columns!()
    ))
    .bind::<Text, _>(keys)
    .load::<FactsRow>(connection)?;
    Ok(rows.into_iter().zip(batch).map(|(row, new)| row.about(new)).collect())
}

impl FactsRow {
    fn about(self, new: &NewMessage) -> Facts {
        Facts {
            is_member: self.is_member,
            muted: self.muted,
            blocked: self.blocked,
            sender: UserInfo {
                id: new.sender_id.clone(),
                username: self.asked_username,
                avatar_url: self.asked_avatar_url,
            },
            stored: self.stored.map(Message::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseUrl, connect_for_test, prepare};
    use crate::test_database::TestDatabase;

    /// Found before the database would refuse it, which would cost the whole batch a second try.
    async fn check_repetition_within_a_batch(database: TestDatabase) {
        let url = DatabaseUrl::parse(&database.url).unwrap();
        prepare(&url).await.unwrap();
        database.execute(
            "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at,
                 updated_at) VALUES ('ann', 'ann', 'ann', '', '', FALSE, 1, 0, 0);
             INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
                 VALUES ('world', 'ann', 1, FALSE, 0, 0)",
        );
        let new = |key: &str| NewMessage {
            conversation_id: ConversationId::world(),
            sender_id: "ann".into(),
            kind: MessageType::Text,
            content: "hello".into(),
            extra: String::new(),
            client_msg_id: key.into(),
            reply_to: None,
        };
        let mut connection = connect_for_test(&url);
        for duplicates in [[false, false, true], [true, true, true]] {
            let saved = save(&mut connection, &[new("a"), new("b"), new("a")], 7).unwrap();
            let saved: Vec<SavedMessage> = saved.into_iter().collect::<Result<_>>().unwrap();
            assert_eq!(saved.iter().map(|saved| saved.duplicate).collect::<Vec<_>>(), duplicates);
            let seqs: Vec<i64> = saved.iter().map(|saved| saved.message.seq.0).collect();
            assert_eq!(seqs, [1, 2, 1]);
            assert_eq!(saved[0].message.sender.username, "ann");
        }
    }

    #[tokio::test]
    async fn sqlite_finds_a_repetition_within_a_batch() {
        check_repetition_within_a_batch(TestDatabase::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres_finds_a_repetition_within_a_batch() {
        check_repetition_within_a_batch(TestDatabase::postgres()).await;
    }
}
