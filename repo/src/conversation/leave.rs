//! The end of one's own membership.

use protos::ids::{ConversationId, UserId};
use protos::model::{ConversationType, Message, Role, SystemNotice};
use protos::{Error, Reason};

use super::lock::lock_one;
use super::operator::{self, Operator};
use super::roster;
use crate::store::{DbConnection, StoreResult};

/// What is left behind.
#[derive(Debug)]
pub(super) struct Left {
    /// GROUP only.
    pub(super) system_message: Option<Message>,
    pub(super) member_version: i64,
}

/// Ends a membership of a group or of WORLD. An owner passes the ownership on first.
pub(super) fn leave(
    connection: &mut DbConnection,
    id: &ConversationId,
    user: &UserId,
    now: i64,
) -> StoreResult<Left> {
    connection.transaction(|connection| {
        let locked = lock_one(connection, id)?;
        let leaver = Operator { id: user.clone(), at_least: Role::Member }.present(connection, id)?;
        if locked.kind == ConversationType::Single {
            return Err(cannot_leave("the members of a SINGLE do not change").into());
        }
        if leaver.role == Role::Owner {
            return Err(cannot_leave("an owner passes the ownership on, or closes the group").into());
        }
        roster::remove(connection, id, std::slice::from_ref(user))?;
        let mut left = Left { system_message: None, member_version: locked.member_version + 1 };
        if locked.kind == ConversationType::Group {
            let notice = SystemNotice::member_left(&leaver.user);
            let seq = locked.last_seq.next();
            left.system_message = Some(operator::tell(connection, id, seq, leaver.user, notice, now)?);
        }
        Ok(left)
    })
}

fn cannot_leave(why: &str) -> Error {
    Error::new(Reason::CannotLeaveConversation, why)
}
