//! The statements of a sync: the order of their joins is fixed (CROSS JOIN keeps SQLite to it), from the few to the many.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{Message, Recall};

use super::Head;
use crate::message::{MessageRow, message_columns};
use crate::store::{DbConnection, Dialect, StoreResult, list, sql};

/// A stretch of one conversation's messages.
#[derive(Debug)]
pub(super) struct MessageRange<'a> {
    pub(super) conversation_id: &'a ConversationId,
    /// Exclusive.
    pub(super) after: Seq,
    /// Inclusive.
    pub(super) up_to: Seq,
}

/// A stretch of one conversation's recalls.
#[derive(Debug)]
pub(super) struct RecallRange<'a> {
    pub(super) conversation_id: &'a ConversationId,
    /// Of messages up to this one.
    pub(super) seqs_up_to: Seq,
    /// Exclusive.
    pub(super) after: i64,
    /// Inclusive.
    pub(super) up_to: i64,
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
    #[diesel(sql_type = BigInt)]
    last_change: i64,
    #[diesel(sql_type = BigInt)]
    last_read_seq: i64,
}

impl From<HeadRow> for Head {
    fn from(row: HeadRow) -> Self {
        Self {
            conversation_id: row.conversation_id.into(),
            last_seq: Seq(row.last_seq),
            last_change: row.last_change,
            read: Seq(row.last_read_seq),
        }
    }
}

/// Those of the named conversations that the user is a member of.
pub(super) fn named(
    connection: &mut DbConnection,
    user: &UserId,
    ids: &[&ConversationId],
) -> StoreResult<Vec<Head>> {
    let source = connection.dialect().texts("$1");
    let rows = sql(format!(
        "SELECT m.conversation_id, c.last_seq, c.last_change, m.last_read_seq
         FROM {source} CROSS JOIN conversation_members m CROSS JOIN conversations c
         WHERE m.conversation_id = k.value AND m.user_id = $2 AND c.id = m.conversation_id AND c.deleted_at IS NULL"
    ))
    .bind::<Text, _>(list(ids))
    .bind::<Text, _>(user.as_str())
    .load::<HeadRow>(connection)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The conversations of the user's list but for the named ones, newest activity first.
pub(super) fn others(
    connection: &mut DbConnection,
    user: &UserId,
    named: &[&ConversationId],
    limit: i64,
) -> StoreResult<Vec<Head>> {
    let source = connection.dialect().texts("$2");
    let rows = sql(format!(
        "SELECT m.conversation_id, c.last_seq, c.last_change, m.last_read_seq
         FROM conversation_members m CROSS JOIN conversations c
         WHERE m.user_id = $1 AND c.id = m.conversation_id AND c.deleted_at IS NULL
             AND c.last_seq > m.hidden_through_seq AND m.conversation_id NOT IN (SELECT k.value FROM {source})
         ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $3"
    ))
    .bind::<Text, _>(user.as_str())
    .bind::<Text, _>(list(named))
    .bind::<BigInt, _>(limit)
    .load::<HeadRow>(connection)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The messages of these ranges, each range's in order. Once those before a message have so many bytes of content, it is left
/// out; they count in rounds, the first of each range, then the second of each, so that each range keeps its beginning.
fn messages_statement(dialect: Dialect) -> String {
    let source = dialect.tuples("$1");
    format!(
        "WITH sized AS (
             SELECT messages.conversation_id, messages.seq_id, k.key AS place,
                 SUM(OCTET_LENGTH(messages.content) + OCTET_LENGTH(messages.extra)) OVER (
                     ORDER BY messages.seq_id - CAST(k.value ->> 1 AS BIGINT), k.key
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                 ) AS bytes_before
             FROM {source} CROSS JOIN messages
             WHERE messages.conversation_id = k.value ->> 0
                 AND messages.seq_id > CAST(k.value ->> 1 AS BIGINT) AND messages.seq_id <= CAST(k.value ->> 2 AS BIGINT)
         )
         SELECT {} FROM sized CROSS JOIN messages LEFT JOIN users sender ON sender.id = messages.sender_id
         WHERE COALESCE(sized.bytes_before, 0) < $2
             AND messages.conversation_id = sized.conversation_id AND messages.seq_id = sized.seq_id
         ORDER BY sized.place, sized.seq_id",
        message_columns!()
    )
}

/// See [`messages_statement`].
pub(super) fn messages(
    connection: &mut DbConnection,
    ranges: &[MessageRange<'_>],
    max_bytes: i64,
) -> StoreResult<Vec<Message>> {
    let rows = sql(messages_statement(connection.dialect()))
        .bind::<Text, _>(list(ranges.iter().map(|range| (range.conversation_id, range.after, range.up_to))))
        .bind::<BigInt, _>(max_bytes)
        .load::<MessageRow>(connection)?;
    Ok(rows.into_iter().map(Message::from).collect())
}

#[derive(QueryableByName)]
struct RecallRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = BigInt)]
    seq_id: i64,
    #[diesel(sql_type = Text)]
    recalled_by: String,
    #[diesel(sql_type = BigInt)]
    change: i64,
}

fn recalls_statement(dialect: Dialect) -> String {
    let source = dialect.tuples("$1");
    // "change > 0" is what the index of recalls is over.
    format!(
        "SELECT messages.conversation_id, messages.seq_id, messages.recalled_by, messages.change
         FROM {source} CROSS JOIN messages
         WHERE messages.conversation_id = k.value ->> 0 AND messages.change > 0
             AND messages.change > CAST(k.value ->> 2 AS BIGINT) AND messages.change <= CAST(k.value ->> 3 AS BIGINT)
             AND messages.seq_id <= CAST(k.value ->> 1 AS BIGINT)
         ORDER BY k.key, messages.change"
    )
}

/// The recalls of these ranges, each range's in their order.
pub(super) fn recalls(
    connection: &mut DbConnection,
    ranges: &[RecallRange<'_>],
) -> StoreResult<Vec<(ConversationId, Recall)>> {
    let ranges =
        ranges.iter().map(|range| (range.conversation_id, range.seqs_up_to, range.after, range.up_to));
    let rows = sql(recalls_statement(connection.dialect()))
        .bind::<Text, _>(list(ranges))
        .load::<RecallRow>(connection)?;
    let recalls = rows.into_iter().map(|row| {
        let recall = Recall { seq: Seq(row.seq_id), operator_id: row.recalled_by.into(), change: row.change };
        (row.conversation_id.into(), recall)
    });
    Ok(recalls.collect())
}
