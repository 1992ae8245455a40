//! Changes of a group's name, avatar and description.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use protos::ids::ConversationId;
use protos::model::{Conversation, ConversationType, Message, SystemNotice};
use protos::{Error, Reason};

use super::list::conversation;
use super::lock::lock_one;
use super::operator::{self, Operator};
use crate::store::{DbConnection, StoreResult, sql};

/// What an operator wants a group to be; what is absent stays as it is.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) conversation_id: ConversationId,
    pub(super) operator: Operator,
    pub(super) name: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) description: Option<String>,
}

/// What the group is then.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) conversation: Conversation,
    /// False when all of it was so before.
    pub(super) changed: bool,
    /// Present when the name is another.
    pub(super) system_message: Option<Message>,
    pub(super) member_version: i64,
}

/// Changes a group on behalf of an operator.
pub(super) fn edit(connection: &mut DbConnection, edit: &Edit, now: i64) -> StoreResult<Edited> {
    connection.transaction(|connection| {
        let id = &edit.conversation_id;
        let locked = lock_one(connection, id)?;
        let operator = edit.operator.present(connection, id)?.user;
        if locked.kind != ConversationType::Group {
            return Err(Error::new(Reason::Forbidden, "only a group has a name of its own").into());
        }
        let before = conversation(connection, id)?;
        let after = edit.applied_to(before.clone());
        let mut edited = Edited {
            changed: after != before,
            conversation: after,
            system_message: None,
            member_version: locked.member_version,
        };
        if edited.changed {
            edited.conversation.updated_at = now;
            write(connection, &edited.conversation)?;
        }
        if edited.conversation.name != before.name {
            let notice = SystemNotice::renamed(&operator, &edited.conversation.name);
            let seq = locked.last_seq.next();
            edited.system_message = Some(operator::tell(connection, id, seq, operator, notice, now)?);
        }
        Ok(edited)
    })
}

impl Edit {
    fn applied_to(&self, before: Conversation) -> Conversation {
        Conversation {
            name: self.name.clone().unwrap_or(before.name),
            avatar_url: self.avatar_url.clone().unwrap_or(before.avatar_url),
            description: self.description.clone().unwrap_or(before.description),
            ..before
        }
    }
}

fn write(connection: &mut DbConnection, conversation: &Conversation) -> StoreResult<()> {
    sql("UPDATE conversations SET name = $1, avatar_url = $2, description = $3, updated_at = $4 WHERE id = $5")
        .bind::<Text, _>(&conversation.name)
        .bind::<Text, _>(&conversation.avatar_url)
        .bind::<Text, _>(&conversation.description)
        .bind::<BigInt, _>(conversation.updated_at)
        .bind::<Text, _>(conversation.id.as_str())
        .execute(connection)?;
    Ok(())
}
