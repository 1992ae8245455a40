//! Recalls a message: the row stays, its content goes.

use diesel::sql_types::{BigInt, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::{ConversationType, Message, MessageType, RecalledMessage, Role};
use protos::{Error, Reason, Result};

use super::query;
use crate::conversation::{lock, role_of};
use crate::store::{DbConnection, StoreResult, sql};

/// A message that an operator wants to be gone.
#[derive(Debug)]
pub(super) struct Recall {
    pub(super) place: (ConversationId, Seq),
    pub(super) operator: UserId,
    pub(super) permit: Permit,
}

/// On what ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// It is their own, or they are a group's admin or owner.
    Any,
    /// It is their own and not older than this, in Unix seconds.
    Own { since: i64 },
    /// They have at least this role in a group.
    Role(Role),
}

impl Permit {
    /// Whether it covers this message as things are now, under the conversation's lock, whatever the message's age.
    fn covers(self, recall: &Recall, message: &Message, kind: ConversationType, role: Role) -> Result<()> {
        if message.kind == MessageType::System {
            return Err(Error::new(Reason::Forbidden, "what the server wrote is not recalled"));
        }
        let is_own = message.sender.id == recall.operator;
        let has = |least: Role| kind == ConversationType::Group && role >= least;
        let holds = match self {
            Self::Any => is_own || has(Role::Admin),
            Self::Own { .. } => is_own,
            Self::Role(least) => has(least),
        };
        if holds { Ok(()) } else { Err(Error::new(Reason::Forbidden, "this message is not yours to recall")) }
    }

    /// Whether it is not too late for that.
    fn is_in_time(self, message: &Message) -> Result<()> {
        match self {
            Self::Own { since } if message.created_at < since => {
                Err(Error::new(Reason::RecallTimeExceeded, "this message is too old to be recalled"))
            }
            _ => Ok(()),
        }
    }
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = BigInt)]
    change: i64,
    #[diesel(sql_type = Text)]
    recalled_by: String,
}

/// Recalls, under the conversation's lock; what was recalled before stays as it is. To an operator who is no member the message
/// does not exist.
pub(super) fn recall(
    connection: &mut DbConnection,
    recall: &Recall,
    now: i64,
) -> StoreResult<RecalledMessage> {
    let (conversation, seq) = &recall.place;
    connection.transaction(|connection| {
        let locked = lock(connection, [conversation])?.remove(conversation).ok_or_else(query::not_found)?;
        let role = role_of(connection, conversation, &recall.operator)?.ok_or_else(query::not_found)?;
        let message = query::get(connection, &recall.place)?;
        recall.permit.covers(recall, &message, locked.kind, role)?;
        if !message.deleted {
            recall.permit.is_in_time(&message)?;
            bury(connection, recall, now)?;
        }
        let Changed { change, recalled_by } = changed(connection, conversation, *seq)?;
        Ok(RecalledMessage {
            message: query::get(connection, &recall.place)?,
            operator_id: recalled_by.into(),
            change,
            member_version: locked.member_version,
        })
    })
}

/// Takes the conversation's next change and leaves a tombstone that bears it.
fn bury(connection: &mut DbConnection, recall: &Recall, now: i64) -> StoreResult<()> {
    let (conversation, seq) = &recall.place;
    sql("UPDATE conversations SET last_change = last_change + 1 WHERE id = $1")
        .bind::<Text, _>(conversation.as_str())
        .execute(connection)?;
    sql("UPDATE messages SET deleted = TRUE, content = '', extra = '', recalled_by = $1, updated_at = $2,
             change = (SELECT c.last_change FROM conversations c WHERE c.id = $3)
         WHERE conversation_id = $3 AND seq_id = $4")
    .bind::<Text, _>(recall.operator.as_str())
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(conversation.as_str())
    .bind::<BigInt, _>(seq.0)
    .execute(connection)?;
    Ok(())
}

fn changed(connection: &mut DbConnection, conversation: &ConversationId, seq: Seq) -> StoreResult<Changed> {
    let changed = sql("SELECT change, recalled_by FROM messages WHERE conversation_id = $1 AND seq_id = $2")
        .bind::<Text, _>(conversation.as_str())
        .bind::<BigInt, _>(seq.0)
        .get_result::<Changed>(connection)
        .optional()?;
    Ok(changed.ok_or_else(query::not_found)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::ids::MessageId;
    use protos::model::UserInfo;

    fn verdict(
        permit: Permit,
        sender: &str,
        message_kind: MessageType,
        kind: ConversationType,
        role: Role,
    ) -> std::result::Result<(), Reason> {
        let place = (ConversationId::from("c"), Seq(1));
        let message = Message {
            id: MessageId::new(&place.0, place.1),
            conversation_id: place.0.clone(),
            sender: UserInfo { id: sender.into(), ..UserInfo::default() },
            kind: message_kind,
            content: "x".into(),
            seq: place.1,
            client_msg_id: "k".into(),
            deleted: false,
            extra: String::new(),
            created_at: 100,
            updated_at: 100,
        };
        let recall = Recall { place, operator: "ann".into(), permit };
        permit
            .covers(&recall, &message, kind, role)
            .and_then(|()| permit.is_in_time(&message))
            .map_err(|error| error.reason())
    }

    #[test]
    fn a_permit_holds_for_what_it_names_and_nothing_else() {
        use ConversationType::{Group, Single, World};
        use Role::{Admin, Member, Owner};
        let (forbidden, late) = (Err(Reason::Forbidden), Err(Reason::RecallTimeExceeded));
        let moderator = Permit::Role(Admin);
        for (permit, sender, kind, role, expected) in [
            (Permit::Any, "ann", Single, Member, Ok(())),
            (Permit::Any, "bob", Single, Member, forbidden),
            (Permit::Any, "bob", Group, Member, forbidden),
            (Permit::Any, "bob", Group, Admin, Ok(())),
            (Permit::Own { since: 100 }, "ann", Group, Member, Ok(())),
            (Permit::Own { since: 101 }, "ann", Group, Member, late),
            (Permit::Own { since: 0 }, "bob", Group, Owner, forbidden),
            (moderator, "bob", Group, Admin, Ok(())),
            (moderator, "bob", Group, Owner, Ok(())),
            (moderator, "ann", Group, Member, forbidden),
            (moderator, "bob", World, Owner, forbidden),
            (moderator, "bob", Single, Owner, forbidden),
        ] {
            let verdict = verdict(permit, sender, MessageType::Text, kind, role);
            assert_eq!(verdict, expected, "{permit:?} for {sender}'s in a {kind:?} as {role:?}");
        }
        for permit in [Permit::Any, Permit::Own { since: 0 }, moderator] {
            assert_eq!(verdict(permit, "ann", MessageType::System, Group, Owner), forbidden, "{permit:?}");
        }
    }
}
