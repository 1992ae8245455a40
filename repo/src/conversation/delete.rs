//! The end of a group for all, and of a SINGLE in one member's lists.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::ConversationType;
use protos::{Error, Reason};

use super::lock::lock_one;
use super::operator::Operator;
use super::roster;
use crate::store::{DbConnection, StoreResult, sql};

/// Deletes a group, or hides a SINGLE from the operator's lists. Returns who were the members of what is gone for all.
pub(super) fn delete(
    connection: &mut DbConnection,
    id: &ConversationId,
    operator: &Operator,
    now: i64,
) -> StoreResult<Vec<UserId>> {
    connection.transaction(|connection| {
        let locked = lock_one(connection, id)?;
        operator.present(connection, id)?;
        match locked.kind {
            ConversationType::World => {
                Err(Error::new(Reason::Forbidden, "WORLD is there for all and for ever").into())
            }
            ConversationType::Single => {
                hide(connection, id, &operator.id, locked.last_seq)?;
                Ok(Vec::new())
            }
            ConversationType::Group => {
                // The row stays, so that its id is never used again.
                sql("UPDATE conversations SET deleted_at = $1 WHERE id = $2")
                    .bind::<BigInt, _>(now)
                    .bind::<Text, _>(id.as_str())
                    .execute(connection)?;
                roster::clear(connection, id)
            }
        }
    })
}

fn hide(connection: &mut DbConnection, id: &ConversationId, user: &UserId, through: Seq) -> StoreResult<()> {
    sql(
        "UPDATE conversation_members SET hidden_through_seq = $1 WHERE conversation_id = $2 AND user_id = $3",
    )
    .bind::<BigInt, _>(through.0)
    .bind::<Text, _>(id.as_str())
    .bind::<Text, _>(user.as_str())
    .execute(connection)?;
    Ok(())
}
