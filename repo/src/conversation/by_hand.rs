//! Changes of members and read pointers without the services around them, for tests of what hangs on them.

use protos::ids::{ConversationId, Seq, UserId};
use protos::model::Role;

use super::change::{add_silently, remove_silently};
use super::read_pointer::{Move, move_all};
use crate::store::{DbConnection, StoreResult};

/// The user joins.
pub(crate) fn join(connection: &mut DbConnection, id: &ConversationId, user: &UserId) -> StoreResult<()> {
    add_silently(connection, id, std::slice::from_ref(user), Role::Member, 0)
}

/// The user leaves.
pub(crate) fn leave(connection: &mut DbConnection, id: &ConversationId, user: &UserId) -> StoreResult<()> {
    remove_silently(connection, id, user)
}

/// The user reads up to here; answers where the pointer is then, if they are a member.
pub(crate) fn read(
    connection: &mut DbConnection,
    id: &ConversationId,
    user: &UserId,
    to: Seq,
) -> StoreResult<Option<Seq>> {
    let wish = Move { user_id: user.clone(), conversation_id: id.clone(), to };
    let moved = move_all(connection, &[wish])?.pop();
    Ok(moved.and_then(Result::ok).map(|moved| moved.pointer.read))
}
