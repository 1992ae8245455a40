//! Recalls a message: the row stays, its content goes.

use diesel::sql_types::{BigInt, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, Seq, UserId};

use super::query;
use crate::conversation::{is_member, lock};
use crate::store::{DbConnection, StoreResult, sql};

/// A message that an operator wants to be gone.
#[derive(Debug)]
pub(super) struct Recall {
    pub(super) place: (ConversationId, Seq),
    pub(super) operator: UserId,
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = BigInt)]
    last_change: i64,
}

/// Recalls, under the conversation's lock; what was recalled before stays as it is. To an operator who is no member the message
/// does not exist.
pub(super) fn recall(connection: &mut DbConnection, recall: &Recall, now: i64) -> StoreResult<()> {
    let (conversation, seq) = &recall.place;
    connection.transaction(|connection| {
        if lock(connection, [conversation])?.is_empty()
            || !is_member(connection, conversation, &recall.operator)?
        {
            return Err(query::not_found().into());
        }
        if query::get(connection, &recall.place)?.deleted {
            return Ok(());
        }
        let changed =
            sql("UPDATE conversations SET last_change = last_change + 1 WHERE id = $1 RETURNING last_change")
                .bind::<Text, _>(conversation.as_str())
                .get_result::<Changed>(connection)
                .optional()?
                .ok_or_else(query::not_found)?;
        sql("UPDATE messages SET deleted = TRUE, content = '', extra = '', change = $1, updated_at = $2
             WHERE conversation_id = $3 AND seq_id = $4")
        .bind::<BigInt, _>(changed.last_change)
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(conversation.as_str())
        .bind::<BigInt, _>(seq.0)
        .execute(connection)?;
        Ok(())
    })
}
