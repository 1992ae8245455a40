//! Who may recall what: a pure function. Repo holds to what it grants under the conversation's lock, as things are then.

use protos::model::{ConversationType, Role};
use protos::{Error, Result};

/// So long, in seconds, senders may recall what they sent.
const OWN_WITHIN: i64 = 120;

/// On what ground a recall is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecallPermit {
    /// For a message of one's own that is not older than this, in Unix seconds.
    Own {
        /// The earliest.
        since: i64,
    },
    /// For anybody's, while one has at least this role.
    Role(Role),
}

/// The ground on which a user with this role in a conversation may recall at `now`, in Unix seconds. SYSTEM messages stay whoever
/// asks, which repo sees to.
///
/// # Errors
/// `CONVERSATION_NOT_FOUND` for a stranger, `role` being `None`.
pub(super) fn recall(kind: ConversationType, role: Option<Role>, now: i64) -> Result<RecallPermit> {
    let role = role.ok_or_else(Error::conversation_not_found)?;
    Ok(match (kind, role) {
        (ConversationType::Group, Role::Admin | Role::Owner) => RecallPermit::Role(Role::Admin),
        (ConversationType::Group, Role::Member) | (ConversationType::Single | ConversationType::World, _) => {
            RecallPermit::Own { since: now - OWN_WITHIN }
        }
    })
}

#[cfg(test)]
mod tests {
    use protos::Reason;

    use super::*;

    #[test]
    fn groups_have_moderators_and_everybody_has_two_minutes() {
        use ConversationType::{Group, Single, World};
        let own = RecallPermit::Own { since: 880 };
        let moderator = RecallPermit::Role(Role::Admin);
        for (kind, role, expected) in [
            (Group, Role::Owner, moderator),
            (Group, Role::Admin, moderator),
            (Group, Role::Member, own),
            (Single, Role::Member, own),
            (Single, Role::Owner, own),
            (World, Role::Member, own),
            (World, Role::Admin, own),
        ] {
            assert_eq!(recall(kind, Some(role), 1_000), Ok(expected), "{role:?} in a {kind:?}");
        }
        for kind in [Group, Single, World] {
            let stranger = recall(kind, None, 1_000).unwrap_err();
            assert_eq!(stranger.reason(), Reason::ConversationNotFound);
        }
    }
}
