//! Changes of the member list, each one transaction under the conversation's lock.

use std::collections::HashSet;

use protos::ids::{ConversationId, UserId};
use protos::model::limits::GROUP_MAX_MEMBERS;
use protos::model::{Conversation, ConversationType, Message, Role, SystemNotice, UserInfo};
use protos::{Error, Reason};

use super::list;
use super::lock::{Locked, lock_one};
use super::operator::{self, Operator};
use super::roster::{self, Candidate, Joining};
use crate::store::{DbConnection, StoreResult};

/// A change that somebody makes and that a SYSTEM message tells of.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) conversation_id: ConversationId,
    pub(super) operator: Operator,
    pub(super) user_ids: Vec<UserId>,
    pub(super) kind: ChangeKind,
}

/// What is to become of the users.
#[derive(Clone, Copy, Debug)]
pub(super) enum ChangeKind {
    /// They join in this role, unless there would be more members than `max_members`.
    Add { role: Role, max_members: i32 },
    /// They go, unless their role is higher.
    Remove { up_to: Role },
}

/// What became of them.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) added: Vec<UserId>,
    pub(super) removed: Vec<UserId>,
    pub(super) failures: Vec<(UserId, Reason)>,
    pub(super) system_message: Option<Message>,
    pub(super) member_version: i64,
    /// As it is then; `None` when nothing changed.
    pub(super) conversation: Option<Conversation>,
}

/// Makes a change. Only an operator who is a member now makes one: whoever was removed before does nothing any more.
pub(super) fn change(connection: &mut DbConnection, change: &Change, now: i64) -> StoreResult<Changed> {
    connection.transaction(|connection| {
        let id = &change.conversation_id;
        let locked = lock_one(connection, id)?;
        let operator = change.operator.present(connection, id)?.user;
        refuse_single(&locked)?;
        let candidates = roster::candidates(connection, id, &change.user_ids)?;
        let sorted = sort_out(change, candidates);
        let mut changed = Changed {
            added: Vec::new(),
            removed: Vec::new(),
            failures: sorted.failures,
            system_message: None,
            member_version: locked.member_version,
            conversation: None,
        };
        if sorted.affected.is_empty() {
            return Ok(changed);
        }
        let ids: Vec<UserId> = sorted.affected.iter().map(|user| user.id.clone()).collect();
        let notice = match change.kind {
            ChangeKind::Add { role, max_members } => {
                refuse_overflow(&locked, ids.len(), max_members)?;
                roster::add(connection, id, &ids, &Joining { role, last_read: locked.last_seq, now })?;
                changed.added = ids;
                SystemNotice::members_added(&operator, &sorted.affected)
            }
            ChangeKind::Remove { .. } => {
                roster::remove(connection, id, &ids)?;
                changed.removed = ids;
                SystemNotice::members_removed(&operator, &sorted.affected)
            }
        };
        changed.member_version += 1;
        if locked.kind == ConversationType::Group {
            let seq = locked.last_seq.next();
            changed.system_message = Some(operator::tell(connection, id, seq, operator, notice, now)?);
        }
        changed.conversation = list::conversation(connection, id).map(Some)?;
        Ok(changed)
    })
}

/// Adds users, all or none; those who are members stay as they are. No SYSTEM message tells of it.
pub(super) fn add_silently(
    connection: &mut DbConnection,
    id: &ConversationId,
    user_ids: &[UserId],
    role: Role,
    now: i64,
) -> StoreResult<()> {
    connection.transaction(|connection| {
        let locked = lock_one(connection, id)?;
        refuse_single(&locked)?;
        let candidates = roster::candidates(connection, id, user_ids)?;
        if candidates.iter().filter(|candidate| !candidate.is_deleted).count() < user_ids.len() {
            return Err(Error::user_not_found().into());
        }
        let new: Vec<UserId> = candidates
            .into_iter()
            .filter(|candidate| candidate.role.is_none())
            .map(|candidate| candidate.user.id)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        if locked.kind == ConversationType::Group {
            refuse_overflow(&locked, new.len(), GROUP_MAX_MEMBERS as i32)?;
        }
        roster::add(connection, id, &new, &Joining { role, last_read: locked.last_seq, now })
    })
}

/// Removes a member. No SYSTEM message tells of it.
pub(super) fn remove_silently(
    connection: &mut DbConnection,
    id: &ConversationId,
    user: &UserId,
) -> StoreResult<()> {
    connection.transaction(|connection| {
        refuse_single(&lock_one(connection, id)?)?;
        let candidates = roster::candidates(connection, id, std::slice::from_ref(user))?;
        match candidates.first().and_then(|candidate| candidate.role) {
            None => Err(not_a_member().into()),
            Some(Role::Owner) => {
                let message = "an owner passes the ownership on before leaving";
                Err(Error::new(Reason::CannotLeaveConversation, message).into())
            }
            Some(_) => roster::remove(connection, id, std::slice::from_ref(user)),
        }
    })
}

pub(super) fn not_a_member() -> Error {
    Error::new(Reason::NotConversationMember, "this user is no member")
}

/// A SINGLE has its two users for ever.
fn refuse_single(locked: &Locked) -> StoreResult<()> {
    if locked.kind == ConversationType::Single {
        return Err(Error::new(Reason::Forbidden, "the members of a SINGLE do not change").into());
    }
    Ok(())
}

fn refuse_overflow(locked: &Locked, more: usize, max_members: i32) -> StoreResult<()> {
    let members = i64::from(locked.member_count) + i64::try_from(more).unwrap_or(i64::MAX);
    if members > i64::from(max_members) {
        let message = format!("a conversation has at most {max_members} members");
        return Err(Error::new(Reason::ConversationFull, message).into());
    }
    Ok(())
}

struct SortedOut {
    affected: Vec<UserInfo>,
    failures: Vec<(UserId, Reason)>,
}

/// Whom the change is about, and why not the others. Adding a member is neither.
fn sort_out(change: &Change, candidates: Vec<Candidate>) -> SortedOut {
    let mut sorted = SortedOut { affected: Vec::new(), failures: Vec::new() };
    let known: HashSet<UserId> = candidates.iter().map(|candidate| candidate.user.id.clone()).collect();
    let unknown = match change.kind {
        ChangeKind::Add { .. } => Reason::UserNotFound,
        ChangeKind::Remove { .. } => Reason::NotConversationMember,
    };
    let strangers = change.user_ids.iter().filter(|id| !known.contains(*id));
    sorted.failures.extend(strangers.map(|id| (id.clone(), unknown)));
    for candidate in candidates {
        let failure = match (change.kind, candidate.role) {
            (ChangeKind::Add { .. }, Some(_)) => continue,
            (ChangeKind::Add { .. }, None) => candidate.is_deleted.then_some(Reason::UserNotFound),
            (ChangeKind::Remove { .. }, None) => Some(Reason::NotConversationMember),
            (ChangeKind::Remove { up_to }, Some(role)) => {
                (role > up_to || role == Role::Owner).then_some(Reason::InsufficientPermission)
            }
        };
        match failure {
            Some(reason) => sorted.failures.push((candidate.user.id, reason)),
            None => sorted.affected.push(candidate.user),
        }
    }
    sorted
}
