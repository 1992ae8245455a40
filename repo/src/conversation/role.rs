//! Changes of one member: their role, and whether they may write.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationType, Role};
use protos::{Error, Reason};

use super::change::not_a_member;
use super::list::conversation;
use super::lock::{Locked, lock_one};
use super::operator::{Operator, candidate, insufficient};
use crate::store::{DbConnection, StoreResult, sql};

/// Gives a member of a group another role. OWNER passes the ownership on: the owner before becomes an admin, so that there is
/// always one.
pub(super) fn set_role(
    connection: &mut DbConnection,
    id: &ConversationId,
    user: &UserId,
    new: Role,
    now: i64,
) -> StoreResult<()> {
    connection.transaction(|connection| {
        let locked = lock_one(connection, id)?;
        require_group(&locked)?;
        give_role(connection, id, &locked, user, new, now).map(drop)
    })
}

/// A change of one member that an operator wants.
#[derive(Debug)]
pub(super) struct MemberWish {
    pub(super) conversation_id: ConversationId,
    pub(super) operator: Operator,
    pub(super) user_id: UserId,
    pub(super) what: MemberChange,
}

/// What is to become of the member.
#[derive(Clone, Copy, Debug)]
pub(super) enum MemberChange {
    Role(Role),
    /// Only of members of a lower role than the operator's.
    Muted(bool),
}

/// What became of the group.
#[derive(Debug)]
pub(super) struct MemberChanged {
    /// Present when the member is not as before.
    pub(super) conversation: Option<Conversation>,
    pub(super) member_version: i64,
}

/// Changes one member on behalf of an operator.
pub(super) fn change_member(
    connection: &mut DbConnection,
    wish: &MemberWish,
    now: i64,
) -> StoreResult<MemberChanged> {
    connection.transaction(|connection| {
        let id = &wish.conversation_id;
        let locked = lock_one(connection, id)?;
        let operator = wish.operator.present(connection, id)?;
        require_group(&locked)?;
        let changed = match wish.what {
            MemberChange::Role(new) => give_role(connection, id, &locked, &wish.user_id, new, now)?,
            MemberChange::Muted(muted) => {
                if role_of(connection, id, &wish.user_id)? >= operator.role {
                    return Err(insufficient().into());
                }
                write_muted(connection, id, &wish.user_id, muted)?
            }
        };
        let conversation = if changed { Some(conversation(connection, id)?) } else { None };
        Ok(MemberChanged { conversation, member_version: locked.member_version })
    })
}

fn require_group(locked: &Locked) -> StoreResult<()> {
    if locked.kind != ConversationType::Group {
        return Err(Error::new(Reason::Forbidden, "only a group has roles and muted members").into());
    }
    Ok(())
}

fn role_of(connection: &mut DbConnection, id: &ConversationId, user: &UserId) -> StoreResult<Role> {
    let found = candidate(connection, id, user)?;
    Ok(found.and_then(|found| found.role).ok_or_else(not_a_member)?)
}

/// True when the role is another than before.
fn give_role(
    connection: &mut DbConnection,
    id: &ConversationId,
    locked: &Locked,
    user: &UserId,
    new: Role,
    now: i64,
) -> StoreResult<bool> {
    match (role_of(connection, id, user)?, new) {
        (Role::Owner, Role::Owner) => Ok(false),
        (Role::Owner, _) => {
            Err(Error::new(Reason::Forbidden, "an owner passes the ownership on to become less").into())
        }
        (_, Role::Owner) => {
            if let Some(owner) = &locked.owner_id {
                write(connection, id, owner, Role::Admin)?;
            }
            write(connection, id, user, Role::Owner)?;
            // Nobody could unmute an owner.
            write_muted(connection, id, user, false)?;
            write_owner(connection, id, user, now)?;
            Ok(true)
        }
        (old, _) => {
            write(connection, id, user, new)?;
            Ok(old != new)
        }
    }
}

fn write(connection: &mut DbConnection, id: &ConversationId, user: &UserId, role: Role) -> StoreResult<()> {
    sql("UPDATE conversation_members SET role = $1 WHERE conversation_id = $2 AND user_id = $3")
        .bind::<Integer, _>(role as i32)
        .bind::<Text, _>(id.as_str())
        .bind::<Text, _>(user.as_str())
        .execute(connection)?;
    Ok(())
}

/// True when it was otherwise before.
fn write_muted(
    connection: &mut DbConnection,
    id: &ConversationId,
    user: &UserId,
    muted: bool,
) -> StoreResult<bool> {
    let written = sql("UPDATE conversation_members SET muted = $1 \
                       WHERE conversation_id = $2 AND user_id = $3 AND muted <> $1")
    .bind::<Bool, _>(muted)
    .bind::<Text, _>(id.as_str())
    .bind::<Text, _>(user.as_str())
    .execute(connection)?;
    Ok(written > 0)
}

fn write_owner(
    connection: &mut DbConnection,
    id: &ConversationId,
    owner: &UserId,
    now: i64,
) -> StoreResult<()> {
    sql("UPDATE conversations SET owner_id = $1, updated_at = $2 WHERE id = $3")
        .bind::<Text, _>(owner.as_str())
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(id.as_str())
        .execute(connection)?;
    Ok(())
}
