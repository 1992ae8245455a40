//! The one WORLD conversation.

use protos::Error;
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, Role};

use super::list::conversation;
use super::lock::lock_one;
use super::roster::{self, Joining};
use crate::store::{DbConnection, StoreResult};

/// Makes the user a member; false when they had joined before.
pub(super) fn join(
    connection: &mut DbConnection,
    user: &UserId,
    now: i64,
) -> StoreResult<(Conversation, bool)> {
    let world = ConversationId::world();
    connection.transaction(|connection| {
        let locked = lock_one(connection, &world)?;
        let candidate = roster::candidates(connection, &world, std::slice::from_ref(user))?.pop();
        let candidate =
            candidate.filter(|candidate| !candidate.is_deleted).ok_or_else(Error::user_not_found)?;
        let joins = candidate.role.is_none();
        if joins {
            let joining = Joining { role: Role::Member, last_read: locked.last_seq, now };
            roster::add(connection, &world, std::slice::from_ref(user), &joining)?;
        }
        Ok((conversation(connection, &world)?, joins))
    })
}
