//! Who may do what: pure functions, and the only place that decides it.
//!
//! `role` is the caller's in the conversation, `None` for a stranger, to whom no conversation exists.

use protos::model::limits::GROUP_MAX_MEMBERS;
use protos::model::{ConversationType, Role};
use protos::{Error, Reason, Result};

/// May a guest, or a registered user, create a conversation of this kind?
///
/// # Errors
/// `INVALID_PARAMETER` for WORLD, of which there is one; `GUEST_NOT_ALLOWED`.
pub(crate) fn may_create(kind: ConversationType, is_guest: bool) -> Result<()> {
    match kind {
        ConversationType::World => Err(Error::invalid("there is one WORLD conversation: join it")),
        ConversationType::Group if is_guest => Err(guest_not_allowed("create groups")),
        ConversationType::Group | ConversationType::Single => Ok(()),
    }
}

/// May it be created so? `others` counts its members without the creator.
///
/// # Errors
/// `INVALID_PARAMETER` for a SINGLE without exactly one other or a group without a name; `CONVERSATION_FULL`.
pub(crate) fn is_well_formed(kind: ConversationType, name: &str, others: usize) -> Result<()> {
    match kind {
        ConversationType::Single if others != 1 => {
            Err(Error::invalid("a SINGLE conversation has exactly one other member"))
        }
        ConversationType::Group if name.trim().is_empty() => Err(Error::invalid("a group needs a name")),
        ConversationType::Group if others >= GROUP_MAX_MEMBERS => Err(conversation_full()),
        _ => Ok(()),
    }
}

/// The role that new members get, if the caller may add any. `wish` is the role asked for.
///
/// # Errors
/// `FORBIDDEN` outside groups, `INSUFFICIENT_PERMISSION` below admin and for an admin who adds an admin,
/// `INVALID_PARAMETER` for a second owner.
pub(crate) fn add_members(kind: ConversationType, role: Option<Role>, wish: Option<Role>) -> Result<Role> {
    let role = manages_members(kind, role)?;
    match wish.unwrap_or(Role::Member) {
        Role::Owner => Err(Error::invalid("a group has one owner")),
        Role::Admin if role < Role::Owner => Err(insufficient("only the owner adds admins")),
        granted => Ok(granted),
    }
}

/// The highest role of a member that the caller may remove, if they may remove any.
///
/// # Errors
/// `FORBIDDEN` outside groups, `INSUFFICIENT_PERMISSION` below admin.
pub(crate) fn remove_members(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    Ok(match manages_members(kind, role)? {
        Role::Owner => Role::Admin,
        Role::Admin | Role::Member => Role::Member,
    })
}

/// May they look for users?
///
/// # Errors
/// `GUEST_NOT_ALLOWED`.
pub(crate) fn may_search_users(is_guest: bool) -> Result<()> {
    if is_guest { Err(guest_not_allowed("search users")) } else { Ok(()) }
}

/// `CONVERSATION_FULL`.
pub(crate) fn conversation_full() -> Error {
    let message = format!("a group has at most {GROUP_MAX_MEMBERS} members");
    Error::new(Reason::ConversationFull, message)
}

fn manages_members(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    let role = role.ok_or_else(Error::conversation_not_found)?;
    match (kind, role) {
        (ConversationType::Single | ConversationType::World, _) => {
            Err(Error::new(Reason::Forbidden, "only groups have members to add or remove"))
        }
        (ConversationType::Group, Role::Member) => Err(insufficient("only admins and the owner do this")),
        (ConversationType::Group, role) => Ok(role),
    }
}

fn insufficient(why: &str) -> Error {
    Error::new(Reason::InsufficientPermission, why)
}

fn guest_not_allowed(what: &str) -> Error {
    Error::new(Reason::GuestNotAllowed, format!("guests cannot {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    use ConversationType::{Group, Single, World};
    use Reason::{
        ConversationNotFound, Forbidden, GuestNotAllowed, InsufficientPermission, InvalidParameter,
    };

    const OWNER: Option<Role> = Some(Role::Owner);
    const ADMIN: Option<Role> = Some(Role::Admin);
    const MEMBER: Option<Role> = Some(Role::Member);
    const STRANGER: Option<Role> = None;

    type Verdict = std::result::Result<Role, Reason>;
    type Rule<'a> = &'a dyn Fn(Option<Role>) -> Result<Role>;

    /// Each row: the action, and what it comes to for owner, admin, member and stranger of a group.
    #[test]
    fn roles_in_a_group() {
        let add = |wish| move |role| add_members(Group, role, wish);
        let member = Ok(Role::Member);
        let table: [(&str, Rule<'_>, [Verdict; 4]); 5] = [
            ("add", &add(None), [member, member, Err(InsufficientPermission), Err(ConversationNotFound)]),
            (
                "add as member",
                &add(MEMBER),
                [member, member, Err(InsufficientPermission), Err(ConversationNotFound)],
            ),
            (
                "add as admin",
                &add(ADMIN),
                [
                    Ok(Role::Admin),
                    Err(InsufficientPermission),
                    Err(InsufficientPermission),
                    Err(ConversationNotFound),
                ],
            ),
            (
                "add as owner",
                &add(OWNER),
                [
                    Err(InvalidParameter),
                    Err(InvalidParameter),
                    Err(InsufficientPermission),
                    Err(ConversationNotFound),
                ],
            ),
            (
                "remove",
                &|role| remove_members(Group, role),
                [Ok(Role::Admin), member, Err(InsufficientPermission), Err(ConversationNotFound)],
            ),
        ];
        for (action, rule, verdicts) in table {
            for (role, verdict) in [OWNER, ADMIN, MEMBER, STRANGER].into_iter().zip(verdicts) {
                assert_eq!(rule(role).map_err(|error| error.reason()), verdict, "{action} by {role:?}");
            }
        }
    }

    #[test]
    fn nobody_changes_who_is_in_a_single_or_in_world() {
        for kind in [Single, World] {
            for role in [OWNER, ADMIN, MEMBER] {
                assert_eq!(add_members(kind, role, None).unwrap_err().reason(), Forbidden);
                assert_eq!(remove_members(kind, role).unwrap_err().reason(), Forbidden);
            }
            assert_eq!(add_members(kind, STRANGER, None).unwrap_err().reason(), ConversationNotFound);
            assert_eq!(remove_members(kind, STRANGER).unwrap_err().reason(), ConversationNotFound);
        }
    }

    #[test]
    fn guests_and_others() {
        let reason = |outcome: Result<()>| outcome.map_err(|error| error.reason());
        assert_eq!(reason(may_create(Group, true)), Err(GuestNotAllowed));
        assert_eq!(reason(may_create(Group, false)), Ok(()));
        assert_eq!(reason(may_create(Single, true)), Ok(()));
        assert_eq!(reason(may_create(Single, false)), Ok(()));
        assert_eq!(reason(may_create(World, false)), Err(InvalidParameter));
        assert_eq!(reason(may_create(World, true)), Err(InvalidParameter));
        assert_eq!(reason(may_search_users(true)), Err(GuestNotAllowed));
        assert_eq!(reason(may_search_users(false)), Ok(()));
    }

    #[test]
    fn sizes_and_names_of_new_conversations() {
        let reason = |outcome: Result<()>| outcome.map_err(|error| error.reason());
        assert_eq!(reason(is_well_formed(Single, "", 1)), Ok(()));
        assert_eq!(reason(is_well_formed(Single, "", 0)), Err(InvalidParameter));
        assert_eq!(reason(is_well_formed(Single, "", 2)), Err(InvalidParameter));
        assert_eq!(reason(is_well_formed(Group, "g", 0)), Ok(()));
        assert_eq!(reason(is_well_formed(Group, " \n", 1)), Err(InvalidParameter));
        assert_eq!(reason(is_well_formed(Group, "g", GROUP_MAX_MEMBERS - 1)), Ok(()));
        assert_eq!(
            reason(is_well_formed(Group, "g", GROUP_MAX_MEMBERS)),
            Err(Reason::ConversationFull),
            "the creator is a member too"
        );
    }
}
