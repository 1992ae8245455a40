//! What is asked of the table of messages.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::Error;
use protos::Reason;
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::{Message, MessageType};

use super::{MessageRow, message_columns};
use crate::conversation::require_conversation;
use crate::store::{DbConnection, StoreResult, list, sql};

/// A stretch of a conversation's messages.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) conversation_id: ConversationId,
    /// Inclusive.
    pub(super) from: i64,
    /// Inclusive.
    pub(super) to: i64,
    pub(super) ascending: bool,
    pub(super) kind: Option<MessageType>,
    pub(super) limit: u32,
}

/// The first messages of a stretch.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    /// Where the next page begins; `None` at the end.
    pub(super) next: Option<Seq>,
}

pub(super) fn not_found() -> Error {
    Error::new(Reason::MessageNotFound, "no such message")
}

/// The message at a place.
pub(super) fn get(connection: &mut DbConnection, place: &(ConversationId, Seq)) -> StoreResult<Message> {
    let (conversation, seq) = place;
    let found = sql(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages JOIN conversations c ON c.id = messages.conversation_id AND c.deleted_at IS NULL
         LEFT JOIN users sender ON sender.id = messages.sender_id
         WHERE messages.conversation_id = $1 AND messages.seq_id = $2"
    ))
    .bind::<Text, _>(conversation.as_str())
    .bind::<BigInt, _>(seq.0)
    .get_result::<MessageRow>(connection)
    .optional()?;
    Ok(found.ok_or_else(not_found)?.into())
}

/// The messages of a stretch, recalled ones included.
pub(super) fn page(connection: &mut DbConnection, stretch: &Stretch) -> StoreResult<Page> {
    require_conversation(connection, &stretch.conversation_id)?;
    let order = if stretch.ascending { "ASC" } else { "DESC" };
    let rows = sql(format!(
        "SELECT {} FROM messages LEFT JOIN users sender ON sender.id = messages.sender_id
         WHERE messages.conversation_id = $1 AND messages.seq_id >= $2 AND messages.seq_id <= $3
             AND ($4 = 0 OR messages.message_type = $4)
         ORDER BY messages.seq_id {order} LIMIT $5",
        message_columns!()
    ))
    .bind::<Text, _>(stretch.conversation_id.as_str())
    .bind::<BigInt, _>(stretch.from)
    .bind::<BigInt, _>(stretch.to)
    .bind::<Integer, _>(stretch.kind.map_or(0, |kind| kind as i32))
    // One more tells where the next page begins.
    .bind::<BigInt, _>(i64::from(stretch.limit) + 1)
    .load::<MessageRow>(connection)?;
    let mut messages: Vec<Message> = rows.into_iter().map(Message::from).collect();
    let next = messages.get(stretch.limit as usize).map(|message| message.seq);
    messages.truncate(stretch.limit as usize);
    Ok(Page { messages, next })
}

/// The last messages of each conversation, newest first within one. A seq has no gap, so a range of seqs is a number of messages.
pub(super) fn latest(
    connection: &mut DbConnection,
    conversations: &[ConversationId],
    each: i64,
) -> StoreResult<Vec<Message>> {
    let source = connection.dialect().texts("$1");
    let rows = sql(format!(
        "SELECT {} FROM {source}
         JOIN conversations c ON c.id = k.value AND c.deleted_at IS NULL
         JOIN messages ON messages.conversation_id = c.id AND messages.seq_id > c.last_seq - $2
         LEFT JOIN users sender ON sender.id = messages.sender_id
         ORDER BY k.key, messages.seq_id DESC",
        message_columns!()
    ))
    .bind::<Text, _>(list(conversations))
    .bind::<BigInt, _>(each)
    .load::<MessageRow>(connection)?;
    Ok(rows.into_iter().map(Message::from).collect())
}

#[derive(QueryableByName)]
struct SeqRow {
    #[diesel(sql_type = BigInt)]
    seq_id: i64,
}

/// The message that was stored under a sender's own key.
pub(super) fn by_key(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    sender: &UserId,
    key: &ClientMsgId,
) -> StoreResult<Option<MessageId>> {
    let found = sql(
        "SELECT seq_id FROM messages WHERE conversation_id = $1 AND sender_id = $2 AND client_msg_id = $3",
    )
    .bind::<Text, _>(conversation.as_str())
    .bind::<Text, _>(sender.as_str())
    .bind::<Text, _>(key.as_str())
    .get_result::<SeqRow>(connection)
    .optional()?;
    Ok(found.map(|row| MessageId::new(conversation, Seq(row.seq_id))))
}
