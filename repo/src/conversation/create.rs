//! New conversations.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName};
use protos::Error;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationType, Role};

use super::list::conversation;
use crate::friend::{apply_to_new_single, lock_pair};
use crate::store::{DbConnection, StoreResult, list, sql};
use crate::user::user_infos;

/// A conversation to be stored.
#[derive(Debug)]
pub(super) struct NewConversation {
    pub(super) kind: NewKind,
    pub(super) name: String,
    pub(super) avatar_url: String,
    pub(super) description: String,
    /// Distinct; who creates it is the first.
    pub(super) members: Vec<UserId>,
}

/// What differs between the two kinds that can be made.
#[derive(Debug)]
pub(super) enum NewKind {
    /// Of exactly two users.
    Single,
    /// Of this owner.
    Group(UserId),
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Stores a conversation and its members, and no message. The second half is true for a SINGLE that was there before.
///
/// # Errors
/// `USER_NOT_FOUND`; `FORBIDDEN` for a new SINGLE with somebody who has blocked its creator.
pub(super) fn create(
    connection: &mut DbConnection,
    new: &NewConversation,
    now: i64,
) -> StoreResult<(Conversation, bool)> {
    connection.transaction(|connection| {
        match (&new.kind, new.members.as_slice()) {
            (NewKind::Single, [one, other]) => drop(lock_pair(connection, one, other)?),
            _ if user_infos(connection, &new.members)?.len() < new.members.len() => {
                return Err(Error::user_not_found().into());
            }
            _ => {}
        }
        let stored = insert(connection, new, now)?;
        let existing = stored.is_none();
        let id = match stored {
            Some(id) => {
                insert_members(connection, &id, new, now)?;
                if let (NewKind::Single, [creator, other]) = (&new.kind, new.members.as_slice()) {
                    apply_to_new_single(connection, &id, creator, other)?;
                }
                id
            }
            None => single_of(connection, &new.single_key())?.ok_or_else(Error::conversation_not_found)?,
        };
        Ok((conversation(connection, &id)?, existing))
    })
}

/// The SINGLE of two users, whose lock is held and of whom neither has blocked the other; it is made when there is none.
pub(crate) fn open_single(
    connection: &mut DbConnection,
    one: &UserId,
    other: &UserId,
    now: i64,
) -> StoreResult<ConversationId> {
    if let Some(single) = single_between(connection, one, other)? {
        return Ok(single);
    }
    let new = NewConversation {
        kind: NewKind::Single,
        name: String::new(),
        avatar_url: String::new(),
        description: String::new(),
        members: vec![one.clone(), other.clone()],
    };
    let id = insert(connection, &new, now)?.ok_or_else(|| Error::unavailable("try again"))?;
    insert_members(connection, &id, &new, now)?;
    Ok(id)
}

/// The SINGLE of two users, if there is one.
pub(crate) fn single_between(
    connection: &mut DbConnection,
    one: &UserId,
    other: &UserId,
) -> StoreResult<Option<ConversationId>> {
    single_of(connection, &Some(single_key(one, other)))
}

/// What makes the SINGLE of two users the only one: the same for both, whoever begins.
pub(crate) fn single_key(one: &UserId, other: &UserId) -> String {
    format!("{}:{}", one.min(other), one.max(other))
}

impl NewConversation {
    fn owner(&self) -> Option<&UserId> {
        match &self.kind {
            NewKind::Single => None,
            NewKind::Group(owner) => Some(owner),
        }
    }

    /// `None` for a group.
    fn single_key(&self) -> Option<String> {
        match (&self.kind, self.members.as_slice()) {
            (NewKind::Single, [one, other]) => Some(single_key(one, other)),
            _ => None,
        }
    }
}

/// `None` when the two users have a SINGLE. Of two that are made at once, the later waits here for the earlier to be committed.
fn insert(
    connection: &mut DbConnection,
    new: &NewConversation,
    now: i64,
) -> StoreResult<Option<ConversationId>> {
    let kind = match new.kind {
        NewKind::Single => ConversationType::Single,
        NewKind::Group(_) => ConversationType::Group,
    };
    let inserted = sql("INSERT INTO conversations (id, type, name, avatar_url, description, owner_id, single_key, member_count,
             member_version, last_seq, last_change, last_activity_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, 0, $9, $9, $9) ON CONFLICT (single_key) DO NOTHING RETURNING id")
    .bind::<Text, _>(ConversationId::generate().as_str())
    .bind::<Integer, _>(kind as i32)
    .bind::<Text, _>(&new.name)
    .bind::<Text, _>(&new.avatar_url)
    .bind::<Text, _>(&new.description)
    .bind::<Nullable<Text>, _>(new.owner().map(UserId::as_str))
    .bind::<Nullable<Text>, _>(new.single_key())
    .bind::<Integer, _>(i32::try_from(new.members.len()).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(now)
    .get_result::<IdRow>(connection)
    .optional()?;
    Ok(inserted.map(|row| row.id.into()))
}

fn insert_members(
    connection: &mut DbConnection,
    id: &ConversationId,
    new: &NewConversation,
    now: i64,
) -> StoreResult<()> {
    let source = connection.dialect().texts("$6");
    sql(format!(
        "INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
         SELECT $1, k.value, CASE WHEN k.value = $2 THEN $3 ELSE $4 END, FALSE, 0, $5 FROM {source}"
    ))
    .bind::<Text, _>(id.as_str())
    .bind::<Nullable<Text>, _>(new.owner().map(UserId::as_str))
    .bind::<Integer, _>(Role::Owner as i32)
    .bind::<Integer, _>(Role::Member as i32)
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(list(&new.members))
    .execute(connection)?;
    Ok(())
}

fn single_of(connection: &mut DbConnection, key: &Option<String>) -> StoreResult<Option<ConversationId>> {
    let found = sql("SELECT id FROM conversations WHERE single_key = $1")
        .bind::<Nullable<Text>, _>(key)
        .get_result::<IdRow>(connection)
        .optional()?;
    Ok(found.map(|row| row.id.into()))
}
