//! Conversations as one member sees them: membership, last message, peer and unread count, in one statement.
//!
//! Its cost grows with the user's conversations and never with their messages: a last message is found by its place, which the
//! conversation knows, and unread is a difference of two seqs.

use diesel::sql_types::{BigInt, Bool, Integer, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::Error;
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::limits::READ_POINTERS_MAX_MEMBERS;
use protos::model::{Conversation, ConversationDetails, ConversationType, Member, UserInfo};

use super::list::{ListPage, Listed, PAGE_OF_USER};
use super::row::{ConversationRow, conversation_columns, role};
use crate::message::{MessageRow, message_columns};
use crate::store::{DbConnection, StoreResult, list, sql};

/// Which parts are read beside the conversations themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Include {
    pub(super) last_message: bool,
    pub(super) sender_info: bool,
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = BigInt)]
    total: i64,
    /// Absent on a page beyond the end.
    #[diesel(embed)]
    details: Option<DetailsRow>,
}

#[derive(QueryableByName)]
struct DetailsRow {
    #[diesel(embed)]
    conversation: ConversationRow,
    #[diesel(sql_type = Integer)]
    role: i32,
    #[diesel(sql_type = Bool)]
    muted: bool,
    #[diesel(sql_type = BigInt)]
    last_read_seq: i64,
    #[diesel(sql_type = BigInt)]
    joined_at: i64,
    #[diesel(sql_type = Text)]
    my_id: String,
    #[diesel(sql_type = Text)]
    my_username: String,
    #[diesel(sql_type = Text)]
    my_avatar_url: String,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
    #[diesel(sql_type = BigInt)]
    last_activity_at: i64,
    #[diesel(embed)]
    last_message: Option<MessageRow>,
    #[diesel(embed)]
    peer: Option<PeerRow>,
}

#[derive(QueryableByName)]
struct PeerRow {
    #[diesel(sql_type = Text)]
    peer_id: String,
    #[diesel(sql_type = Text)]
    peer_username: String,
    #[diesel(sql_type = Text)]
    peer_avatar_url: String,
}

/// Completes the rows of `page`, a CTE. `$1` is the member. A CASE that gives NULL makes a join find nothing by its index: so a
/// group's members are never walked in search of a peer, and what is not asked for is not read.
fn complete(page: &str, with_message: &str, with_sender: &str) -> String {
    format!(
        "{page}
         SELECT totals.total, {}, page.role, page.muted, page.last_read_seq, page.joined_at,
             me.id AS my_id, me.username AS my_username, me.avatar_url AS my_avatar_url,
             c.last_seq, c.last_activity_at, {},
             peer.id AS peer_id, peer.username AS peer_username, peer.avatar_url AS peer_avatar_url
         FROM (SELECT COUNT(*) AS total FROM mine) totals
         LEFT JOIN page ON TRUE
         LEFT JOIN conversations c ON c.id = page.conversation_id
         LEFT JOIN users me ON me.id = $1
         LEFT JOIN messages ON messages.conversation_id = c.id
             AND messages.seq_id = CASE WHEN {with_message} THEN c.last_seq END
         LEFT JOIN users sender ON sender.id = CASE WHEN {with_sender} THEN messages.sender_id END
         LEFT JOIN conversation_members other
             ON other.conversation_id = CASE WHEN c.type = 1 THEN c.id END AND other.user_id <> $1
         LEFT JOIN users peer ON peer.id = other.user_id
         ORDER BY page.last_activity_at DESC, page.conversation_id DESC",
        conversation_columns!(),
        message_columns!()
    )
}

/// A page of a user's conversations, newest activity first. One statement.
pub(super) fn of_user(
    connection: &mut DbConnection,
    page: &ListPage,
    include: Include,
) -> StoreResult<Listed<ConversationDetails>> {
    let rows = sql(complete(PAGE_OF_USER, "$5", "$6"))
        .bind::<Text, _>(page.user_id.as_str())
        .bind::<Integer, _>(page.kind.map_or(0, |kind| kind as i32))
        .bind::<BigInt, _>(i64::from(page.limit))
        .bind::<BigInt, _>(page.offset)
        .bind::<Bool, _>(include.last_message)
        .bind::<Bool, _>(include.sender_info)
        .load::<ListedRow>(connection)?;
    let total = rows.first().map_or(0, |row| row.total);
    let items = rows.into_iter().filter_map(|row| row.details).map(ConversationDetails::from).collect();
    Ok(Listed::new(items, total, page.offset))
}

/// One conversation as one of its members sees it.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND` for everyone else.
pub(super) fn for_user(
    connection: &mut DbConnection,
    user: &UserId,
    conversation: &ConversationId,
) -> StoreResult<ConversationDetails> {
    let page = "WITH mine AS (
             SELECT m.conversation_id, m.role, m.muted, m.last_read_seq, m.joined_at, c.last_activity_at
             FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
             WHERE m.user_id = $1 AND m.conversation_id = $2 AND c.deleted_at IS NULL
         ), page AS (SELECT * FROM mine)";
    let row = sql(complete(page, "TRUE", "TRUE"))
        .bind::<Text, _>(user.as_str())
        .bind::<Text, _>(conversation.as_str())
        .get_result::<ListedRow>(connection)
        .optional()?;
    Ok(row.and_then(|row| row.details).ok_or_else(Error::conversation_not_found)?.into())
}

/// Those of these conversations that the user is a member of, newest activity first.
pub(super) fn of_ids(
    connection: &mut DbConnection,
    user: &UserId,
    conversations: &[ConversationId],
) -> StoreResult<Vec<ConversationDetails>> {
    let named = connection.dialect().among("m.conversation_id", "$2");
    let page = format!(
        "WITH mine AS (
             SELECT m.conversation_id, m.role, m.muted, m.last_read_seq, m.joined_at, c.last_activity_at
             FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
             WHERE m.user_id = $1 AND {named} AND c.deleted_at IS NULL
         ), page AS (SELECT * FROM mine)"
    );
    let rows = sql(complete(&page, "TRUE", "TRUE"))
        .bind::<Text, _>(user.as_str())
        .bind::<Text, _>(list(conversations))
        .load::<ListedRow>(connection)?;
    Ok(rows.into_iter().filter_map(|row| row.details).map(ConversationDetails::from).collect())
}

/// A read pointer where others may see it, else 0.
pub(super) fn shown_pointer(kind: ConversationType, member_count: i32, last_read: Seq) -> Seq {
    let shown = match kind {
        ConversationType::Single => true,
        ConversationType::Group => member_count <= READ_POINTERS_MAX_MEMBERS,
        ConversationType::World => false,
    };
    if shown { last_read } else { Seq::default() }
}

impl From<DetailsRow> for ConversationDetails {
    fn from(row: DetailsRow) -> Self {
        let mut conversation = Conversation::from(row.conversation);
        let peer = row.peer.map(|peer| UserInfo {
            id: peer.peer_id.into(),
            username: peer.peer_username,
            avatar_url: peer.peer_avatar_url,
        });
        if let Some(peer) = &peer {
            conversation.name.clone_from(&peer.username);
            conversation.avatar_url.clone_from(&peer.avatar_url);
        }
        let last_read = shown_pointer(conversation.kind, conversation.member_count, Seq(row.last_read_seq));
        Self {
            membership: Member {
                user: UserInfo {
                    id: row.my_id.into(),
                    username: row.my_username,
                    avatar_url: row.my_avatar_url,
                },
                role: role(row.role),
                muted: row.muted,
                joined_at: row.joined_at,
                last_read,
            },
            conversation,
            last_message: row.last_message.map(Into::into),
            unread_count: row.last_seq - row.last_read_seq,
            last_activity_at: row.last_activity_at,
            peer,
            last_seq: Seq(row.last_seq),
        }
    }
}

#[cfg(test)]
mod plan;
