//! Who makes a change, and what tells of it. Both are decided under the conversation's lock: of two operators who race, the later
//! finds the role that the earlier left them.

use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::model::{Message, MessageType, Role, SystemNotice, UserInfo};
use protos::{Error, Reason};

use super::roster::{self, Candidate};
use crate::message::Writes;
use crate::store::{DbConnection, StoreResult};

/// Who wants a change.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) id: UserId,
    /// On this role, or a higher one, their right was decided.
    pub(super) at_least: Role,
}

/// An operator as the lock shows them.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) user: UserInfo,
    pub(super) role: Role,
}

impl Operator {
    /// Who they are now.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND` for who is no member any more, `INSUFFICIENT_PERMISSION` for who has lost the role.
    pub(super) fn present(
        &self,
        connection: &mut DbConnection,
        conversation: &ConversationId,
    ) -> StoreResult<Present> {
        let found = candidate(connection, conversation, &self.id)?;
        let (user, role) = found
            .and_then(|found| found.role.map(|role| (found.user, role)))
            .ok_or_else(Error::conversation_not_found)?;
        if role < self.at_least {
            return Err(insufficient().into());
        }
        Ok(Present { user, role })
    }
}

/// One user's place; `None` for an unknown id.
pub(super) fn candidate(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    user: &UserId,
) -> StoreResult<Option<Candidate>> {
    Ok(roster::candidates(connection, conversation, std::slice::from_ref(user))?.pop())
}

/// `INSUFFICIENT_PERMISSION`.
pub(super) fn insufficient() -> Error {
    Error::new(Reason::InsufficientPermission, "your role does not allow this")
}

/// Stores the SYSTEM message that tells of a change.
pub(super) fn tell(
    connection: &mut DbConnection,
    conversation: &ConversationId,
    seq: Seq,
    sender: UserInfo,
    notice: SystemNotice,
    now: i64,
) -> StoreResult<Message> {
    let message = Message {
        id: MessageId::new(conversation, seq),
        conversation_id: conversation.clone(),
        sender,
        kind: MessageType::System,
        content: notice.content,
        seq,
        client_msg_id: ClientMsgId::generate(),
        deleted: false,
        extra: notice.extra,
        created_at: now,
        updated_at: now,
    };
    let mut writes = Writes::at(now);
    writes.add(message.clone());
    writes.apply(connection)?;
    Ok(message)
}
