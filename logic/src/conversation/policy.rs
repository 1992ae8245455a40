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
    let role = manages(kind, role)?;
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
    Ok(match manages(kind, role)? {
        Role::Owner => Role::Admin,
        Role::Admin | Role::Member => Role::Member,
    })
}

/// The lowest role that stands over this one: who adds or removes members of a role must still have it when that is done.
pub(crate) fn role_over(role: Role) -> Role {
    match role {
        Role::Member => Role::Admin,
        Role::Admin | Role::Owner => Role::Owner,
    }
}

/// May they change name, avatar and description? Returns the role that they must still have when it is done.
///
/// # Errors
/// `FORBIDDEN` outside groups, `INSUFFICIENT_PERMISSION` below admin.
pub(crate) fn edit(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    manages(kind, role).map(|_| Role::Admin)
}

/// May they delete a group for all, or hide a SINGLE from their own lists? Returns the role that they must still have when it is
/// done.
///
/// # Errors
/// `FORBIDDEN` for WORLD, `INSUFFICIENT_PERMISSION` below the owner of a group.
pub(crate) fn delete(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    match (kind, known(role)?) {
        (ConversationType::World, _) => Err(Error::new(Reason::Forbidden, "WORLD is there for all")),
        (ConversationType::Single, _) => Ok(Role::Member),
        (ConversationType::Group, Role::Owner) => Ok(Role::Owner),
        (ConversationType::Group, _) => Err(insufficient("only the owner deletes a group")),
    }
}

/// May they change the roles of others, and pass the ownership on? Returns the role that they must still have when it is done.
///
/// # Errors
/// `FORBIDDEN` outside groups, `INSUFFICIENT_PERMISSION` below owner.
pub(crate) fn change_role(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    match manages(kind, role)? {
        Role::Owner => Ok(Role::Owner),
        Role::Admin | Role::Member => Err(insufficient("only the owner changes roles")),
    }
}

/// May they mute members of lower roles? Returns the role that they must still have when it is done.
///
/// # Errors
/// `FORBIDDEN` outside groups, `INSUFFICIENT_PERMISSION` below admin.
pub(crate) fn mute(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    manages(kind, role).map(|_| Role::Admin)
}

/// May they leave?
///
/// # Errors
/// `CANNOT_LEAVE_CONVERSATION` for a SINGLE, and for the owner of a group.
pub(crate) fn leave(kind: ConversationType, role: Option<Role>) -> Result<()> {
    let cannot = |why| Err(Error::new(Reason::CannotLeaveConversation, why));
    match (kind, known(role)?) {
        (ConversationType::Single, _) => cannot("nobody leaves a SINGLE: delete it to hide it"),
        (ConversationType::Group, Role::Owner) => cannot("pass the ownership on, or delete the group"),
        (ConversationType::Group | ConversationType::World, _) => Ok(()),
    }
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

fn manages(kind: ConversationType, role: Option<Role>) -> Result<Role> {
    match (kind, known(role)?) {
        (ConversationType::Single | ConversationType::World, _) => {
            Err(Error::new(Reason::Forbidden, "this is for groups"))
        }
        (ConversationType::Group, Role::Member) => Err(insufficient("only admins and the owner do this")),
        (ConversationType::Group, role) => Ok(role),
    }
}

/// To strangers, and to those who were members once, no conversation exists.
fn known(role: Option<Role>) -> Result<Role> {
    role.ok_or_else(Error::conversation_not_found)
}

fn insufficient(why: &str) -> Error {
    Error::new(Reason::InsufficientPermission, why)
}

fn guest_not_allowed(what: &str) -> Error {
    Error::new(Reason::GuestNotAllowed, format!("guests cannot {what}"))
}

#[cfg(test)]
#[path = "policy_test.rs"]
mod tests;
