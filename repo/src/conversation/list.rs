//! Conversations without what differs from member to member.

use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::Error;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationType};

use super::row::{ConversationRow, conversation_columns};
use crate::store::{DbConnection, StoreResult, list, sql};

/// A page of a user's conversations, newest activity first.
#[derive(Debug)]
pub(super) struct ListPage {
    pub(super) user_id: UserId,
    pub(super) kind: Option<ConversationType>,
    pub(super) offset: i64,
    pub(super) limit: u32,
}

/// A page, and how many there are in all.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) total: i64,
    pub(super) has_more: bool,
}

impl<T> Listed<T> {
    pub(super) fn new(items: Vec<T>, total: i64, offset: i64) -> Self {
        let has_more = !items.is_empty() && offset + (items.len() as i64) < total;
        Self { items, total, has_more }
    }
}

/// The user's conversations that are not hidden as `mine`, and those of the page as `page`; it takes the parameters $1 to $4 of [`ListPage`].
/// A CROSS JOIN keeps SQLite to this order: memberships first, never all conversations.
pub(super) const PAGE_OF_USER: &str = "WITH mine AS MATERIALIZED (
         SELECT m.conversation_id, m.role, m.muted, m.last_read_seq, m.joined_at, c.last_activity_at
         FROM conversation_members m CROSS JOIN conversations c
         WHERE m.user_id = $1 AND c.id = m.conversation_id AND c.deleted_at IS NULL AND ($2 = 0 OR c.type = $2)
             AND c.last_seq > m.hidden_through_seq
     ), page AS (
         SELECT * FROM mine ORDER BY last_activity_at DESC, conversation_id DESC LIMIT $3 OFFSET $4
     )";

#[derive(QueryableByName)]
struct ListedId {
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = Nullable<Text>)]
    conversation_id: Option<String>,
}

/// The ids of a user's conversations.
pub(super) fn ids_of_user(
    connection: &mut DbConnection,
    page: &ListPage,
) -> StoreResult<Listed<ConversationId>> {
    // Joined to the total, so that a page beyond the end still tells it.
    let rows = sql(format!(
        "{PAGE_OF_USER}
         SELECT totals.total, page.conversation_id
         FROM (SELECT COUNT(*) AS total FROM mine) totals LEFT JOIN page ON TRUE
         ORDER BY page.last_activity_at DESC, page.conversation_id DESC"
    ))
    .bind::<Text, _>(page.user_id.as_str())
    .bind::<Integer, _>(page.kind.map_or(0, |kind| kind as i32))
    .bind::<BigInt, _>(i64::from(page.limit))
    .bind::<BigInt, _>(page.offset)
    .load::<ListedId>(connection)?;
    let total = rows.first().map_or(0, |row| row.total);
    let ids = rows.into_iter().filter_map(|row| row.conversation_id).map(ConversationId::from).collect();
    Ok(Listed::new(ids, total, page.offset))
}

/// The conversations of these ids, in their order; those that are not there, or not any more, are left out.
pub(super) fn conversations(
    connection: &mut DbConnection,
    ids: &[ConversationId],
) -> StoreResult<Vec<Conversation>> {
    let source = connection.dialect().texts("$1");
    let rows = sql(format!(
        "SELECT {} FROM {source} JOIN conversations c ON c.id = k.value AND c.deleted_at IS NULL ORDER BY k.key",
        conversation_columns!()
    ))
    .bind::<Text, _>(list(ids))
    .load::<ConversationRow>(connection)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// One conversation.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND`.
pub(super) fn conversation(connection: &mut DbConnection, id: &ConversationId) -> StoreResult<Conversation> {
    let found = conversations(connection, std::slice::from_ref(id))?.pop();
    Ok(found.ok_or_else(Error::conversation_not_found)?)
}
