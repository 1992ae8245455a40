//! Changes of a member's role.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Integer, Text};
use protos::ids::{ConversationId, UserId};
use protos::model::{ConversationType, Role};
use protos::{Error, Reason};

use super::change::not_a_member;
use super::lock::lock_one;
use super::roster;
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
        if locked.kind != ConversationType::Group {
            return Err(Error::new(Reason::Forbidden, "only a group has roles").into());
        }
        let candidates = roster::candidates(connection, id, std::slice::from_ref(user))?;
        let old = candidates.first().and_then(|candidate| candidate.role).ok_or_else(not_a_member)?;
        match (old, new) {
            (Role::Owner, Role::Owner) => Ok(()),
            (Role::Owner, _) => {
                Err(Error::new(Reason::Forbidden, "an owner passes the ownership on to become less").into())
            }
            (_, Role::Owner) => {
                if let Some(owner) = &locked.owner_id {
                    write(connection, id, owner, Role::Admin)?;
                }
                write(connection, id, user, Role::Owner)?;
                write_owner(connection, id, user, now)
            }
            _ => write(connection, id, user, new),
        }
    })
}

fn write(connection: &mut DbConnection, id: &ConversationId, user: &UserId, role: Role) -> StoreResult<()> {
    sql("UPDATE conversation_members SET role = $1 WHERE conversation_id = $2 AND user_id = $3")
        .bind::<Integer, _>(role as i32)
        .bind::<Text, _>(id.as_str())
        .bind::<Text, _>(user.as_str())
        .execute(connection)?;
    Ok(())
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
