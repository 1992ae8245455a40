//! How far members have read. Moves gather while a transaction runs, as messages do: many readers cost one commit.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use kit::batch::{Batches, Bounds, Flush};
use protos::ids::{ConversationId, Seq, UserId};
use protos::{Error, Result};

use super::lock::lock;
use crate::store::{DbConnection, Store, StoreResult, list, sql};

const BOUNDS: Bounds = Bounds { batch_items: 500, batch_bytes: usize::MAX, in_flight: 1, waiting: 8_192 };

/// A member's place in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) read: Seq,
    pub(super) last: Seq,
}

impl Pointer {
    /// Last seq − read pointer.
    pub(super) fn unread(self) -> i64 {
        self.last.0 - self.read.0
    }
}

/// What a wish to move a pointer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) pointer: Pointer,
    /// False: it stood there before.
    pub(super) moved: bool,
    /// The member list's version under the conversation's lock.
    pub(super) member_version: i64,
}

/// A wish to move a pointer.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) user_id: UserId,
    pub(super) conversation_id: ConversationId,
    pub(super) to: Seq,
}

/// The handle of the batches of moves.
#[derive(Clone, Debug)]
pub(crate) struct ReadPointers {
    batches: Batches<MoveBatch>,
}

impl ReadPointers {
    /// Starts on the present actor system.
    pub(crate) fn start(store: &Store) -> Self {
        Self { batches: Batches::start("the read pointers", BOUNDS, MoveBatch { store: store.clone() }) }
    }

    /// Moves a pointer, never back and never beyond the last message.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND` for who is no member; `SERVICE_UNAVAILABLE`.
    pub(super) async fn move_to(&self, wish: Move) -> Result<Moved> {
        self.batches.submit(wish).await
    }
}

#[derive(Clone)]
struct MoveBatch {
    store: Store,
}

impl Flush for MoveBatch {
    type Item = Move;
    type Reply = Moved;

    fn weight(_: &Move) -> usize {
        1
    }

    async fn flush(self, batch: Vec<Move>) -> Vec<Result<Moved>> {
        let batch = Arc::new(batch);
        let moves = Arc::clone(&batch);
        match self.store.write(move |connection| move_all(connection, &moves)).await {
            Ok(pointers) => pointers,
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

#[derive(QueryableByName)]
struct ReadRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    last_read_seq: Option<i64>,
}

/// Moves pointers under the conversations' locks, which saves take too and in the same order.
pub(super) fn move_all(connection: &mut DbConnection, batch: &[Move]) -> StoreResult<Vec<Result<Moved>>> {
    connection.transaction(|connection| {
        let conversations: BTreeSet<&ConversationId> =
            batch.iter().map(|wish| &wish.conversation_id).collect();
        let locked = lock(connection, conversations)?;
        let stored = stored_pointers(connection, batch)?;
        let mut moved = HashMap::new();
        let pointers = batch
            .iter()
            .zip(stored)
            .map(|(wish, stored)| {
                let conversation =
                    locked.get(&wish.conversation_id).ok_or_else(Error::conversation_not_found)?;
                let stored = stored.ok_or_else(Error::conversation_not_found)?;
                let key = (&wish.conversation_id, &wish.user_id);
                let read = *moved.get(&key).unwrap_or(&stored);
                let to = wish.to.min(conversation.last_seq);
                if to > read {
                    moved.insert(key, to);
                }
                Ok(Moved {
                    pointer: Pointer { read: read.max(to), last: conversation.last_seq },
                    moved: to > read,
                    member_version: conversation.member_version,
                })
            })
            .collect();
        write(connection, &moved)?;
        Ok(pointers)
    })
}

/// One for each wish, in their order; `None` for who is no member.
fn stored_pointers(connection: &mut DbConnection, batch: &[Move]) -> StoreResult<Vec<Option<Seq>>> {
    let source = connection.dialect().tuples("$1");
    let rows = sql(format!(
        "SELECT m.last_read_seq FROM {source} LEFT JOIN conversation_members m
             ON m.conversation_id = k.value ->> 0 AND m.user_id = k.value ->> 1 ORDER BY k.key"
    ))
    .bind::<Text, _>(list(batch.iter().map(|wish| (&wish.conversation_id, &wish.user_id))))
    .load::<ReadRow>(connection)?;
    Ok(rows.into_iter().map(|row| row.last_read_seq.map(Seq)).collect())
}

fn write(connection: &mut DbConnection, moved: &HashMap<(&ConversationId, &UserId), Seq>) -> StoreResult<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let source = connection.dialect().tuples("$1");
    sql(format!(
        "UPDATE conversation_members SET last_read_seq = CAST(k.value ->> 2 AS BIGINT) FROM {source}
         WHERE conversation_members.conversation_id = k.value ->> 0 AND conversation_members.user_id = k.value ->> 1"
    ))
    .bind::<Text, _>(list(moved.iter().map(|((conversation, user), seq)| (conversation, user, seq))))
    .execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct PointerRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = BigInt)]
    last_read_seq: i64,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
}

const POINTERS: &str = "SELECT m.conversation_id, m.last_read_seq, c.last_seq
     FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL";

/// A member's pointer.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND` for everyone else.
pub(super) fn get(
    connection: &mut DbConnection,
    user: &UserId,
    conversation: &ConversationId,
) -> StoreResult<Pointer> {
    let row = sql(format!("{POINTERS} WHERE m.user_id = $1 AND m.conversation_id = $2"))
        .bind::<Text, _>(user.as_str())
        .bind::<Text, _>(conversation.as_str())
        .get_result::<PointerRow>(connection)
        .optional()?;
    let row = row.ok_or_else(Error::conversation_not_found)?;
    Ok(Pointer { read: Seq(row.last_read_seq), last: Seq(row.last_seq) })
}

/// The user's pointers in these conversations, or in all that are listed where none is named; those of others are left out.
pub(super) fn of_user(
    connection: &mut DbConnection,
    user: &UserId,
    conversations: &[ConversationId],
) -> StoreResult<Vec<(ConversationId, Pointer)>> {
    let named = connection.dialect().among("m.conversation_id", "$2");
    let filter = if conversations.is_empty() {
        "$2 = '[]' AND c.last_seq > m.hidden_through_seq"
    } else {
        named.as_str()
    };
    let rows = sql(format!("{POINTERS} WHERE m.user_id = $1 AND {filter}"))
        .bind::<Text, _>(user.as_str())
        .bind::<Text, _>(list(conversations))
        .load::<PointerRow>(connection)?;
    let pointers = rows.into_iter().map(|row| {
        let pointer = Pointer { read: Seq(row.last_read_seq), last: Seq(row.last_seq) };
        (ConversationId::from(row.conversation_id), pointer)
    });
    Ok(pointers.collect())
}
