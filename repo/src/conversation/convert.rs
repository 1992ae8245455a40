//! Between the wire and the conversations' queries.

use std::collections::HashSet;

use protos::convert::{parse_conversation_type, parse_role, text, type_filter};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::limits::{
    self, CONVERSATION_NAME_MAX_CHARS, DESCRIPTION_MAX_CHARS, GROUP_MAX_MEMBERS, LIST_PAGE, MEMBER_PAGE,
};
use protos::model::{Conversation, ConversationDetails, ConversationType, Member, Role};
use protos::pb::repo as pb;
use protos::{Error, Reason, Result};

use super::change::{Change, ChangeKind, Changed};
use super::create::{NewConversation, NewKind};
use super::details::Include;
use super::edit::{Edit, Edited};
use super::leave::Left;
use super::list::{ListPage, Listed};
use super::members::MemberPage;
use super::operator::Operator;
use super::read_pointer::{Move, Moved, Pointer};
use super::role::{MemberChange, MemberChanged, MemberWish};
use super::search::Search;
use crate::user::{avatar_url, user_ids};

/// Conversations in one call.
const MAX_CONVERSATIONS: usize = 1_000;

pub(super) fn conversation_id(value: String) -> Result<ConversationId> {
    ConversationId::parse("conversation_id", value)
}

pub(super) fn user_id(value: String) -> Result<UserId> {
    UserId::parse("user_id", value)
}

/// Distinct ids in order of first appearance.
pub(crate) fn conversation_ids(ids: Vec<String>) -> Result<Vec<ConversationId>> {
    if ids.len() > MAX_CONVERSATIONS {
        return Err(Error::invalid(format!("at most {MAX_CONVERSATIONS} conversation_ids in one call")));
    }
    let mut seen = HashSet::new();
    let parse = |id| ConversationId::parse("conversation_ids", id);
    let ids = ids.into_iter().map(parse).collect::<Result<Vec<_>>>()?;
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

pub(super) fn new_conversation(request: pb::CreateConversationRequest) -> Result<NewConversation> {
    let owner = UserId::parse("owner_id", request.owner_id)?;
    let mut members = vec![owner.clone()];
    let others = user_ids("member_ids", request.member_ids)?;
    members.extend(others.into_iter().filter(|id| *id != owner));
    let kind = match parse_conversation_type(request.r#type)? {
        ConversationType::World => return Err(Error::invalid("there is one WORLD conversation")),
        ConversationType::Single if members.len() == 2 => NewKind::Single,
        ConversationType::Single => return Err(Error::invalid("a SINGLE is of exactly two users")),
        ConversationType::Group if members.len() > GROUP_MAX_MEMBERS => {
            let message = format!("a group has at most {GROUP_MAX_MEMBERS} members");
            return Err(Error::new(Reason::ConversationFull, message));
        }
        ConversationType::Group => NewKind::Group(owner),
    };
    // A SINGLE bears the other user's name and picture.
    let of_group = |value: String| if matches!(kind, NewKind::Single) { String::new() } else { value };
    let name = short_text("name", of_group(request.name), CONVERSATION_NAME_MAX_CHARS)?;
    if matches!(kind, NewKind::Group(_)) && name.trim().is_empty() {
        return Err(Error::invalid("a group needs a name"));
    }
    Ok(NewConversation {
        name,
        avatar_url: avatar_url(of_group(request.avatar_url))?,
        description: short_text("description", of_group(request.description), DESCRIPTION_MAX_CHARS)?,
        kind,
        members,
    })
}

fn short_text(field: &str, value: String, max_chars: usize) -> Result<String> {
    if value.chars().count() > max_chars {
        return Err(Error::invalid(format!("{field} has at most {max_chars} characters")));
    }
    text(field, value)
}

pub(super) fn created((conversation, existing): (Conversation, bool)) -> pb::CreateConversationResponse {
    pb::CreateConversationResponse { conversation: Some(conversation.into()), existing }
}

pub(super) fn ids_page(request: pb::GetUserConversationsRequest) -> Result<ListPage> {
    list_page(request.user_id, request.type_filter, request.offset, request.limit)
}

pub(super) fn details_page(
    request: pb::GetUserConversationsWithDetailsRequest,
) -> Result<(ListPage, Include)> {
    let include =
        Include { last_message: request.include_last_message, sender_info: request.include_sender_info };
    Ok((list_page(request.user_id, request.type_filter, request.offset, request.limit)?, include))
}

fn list_page(user: String, filter: i32, offset: i32, limit: i32) -> Result<ListPage> {
    Ok(ListPage {
        user_id: user_id(user)?,
        kind: type_filter(filter)?,
        offset: limits::offset(offset)?,
        limit: LIST_PAGE.clamp(limit)?,
    })
}

pub(super) fn ids(listed: Listed<ConversationId>) -> pb::GetUserConversationsResponse {
    pb::GetUserConversationsResponse {
        conversation_ids: listed.items.into_iter().map(Into::into).collect(),
        total: listed.total,
        has_more: listed.has_more,
    }
}

pub(super) fn details(listed: Listed<ConversationDetails>) -> pb::GetUserConversationsWithDetailsResponse {
    pb::GetUserConversationsWithDetailsResponse {
        conversations: listed.items.into_iter().map(Into::into).collect(),
        total: listed.total,
        has_more: listed.has_more,
    }
}

pub(super) fn pointer_move(request: pb::UpdateReadPointerRequest) -> Result<Move> {
    if request.seq_id < 0 {
        return Err(Error::invalid("seq_id must not be negative"));
    }
    Ok(Move {
        user_id: user_id(request.user_id)?,
        conversation_id: conversation_id(request.conversation_id)?,
        to: Seq(request.seq_id),
    })
}

pub(super) fn moved(moved: Moved) -> pb::UpdateReadPointerResponse {
    pb::UpdateReadPointerResponse {
        success: true,
        unread_count: moved.pointer.unread(),
        seq_id: moved.pointer.read.0,
        moved: moved.moved,
        member_version: moved.member_version,
    }
}

pub(super) fn unread_counts(pointers: Vec<(ConversationId, Pointer)>) -> pb::BatchGetUnreadCountsResponse {
    let unread_counts = pointers.into_iter().map(|(id, pointer)| (id.into(), pointer.unread())).collect();
    pb::BatchGetUnreadCountsResponse { unread_counts }
}

pub(super) fn member_page(request: pb::GetConversationMembersRequest) -> Result<MemberPage> {
    Ok(MemberPage {
        conversation_id: conversation_id(request.conversation_id)?,
        role: parse_role(request.role_filter)?,
        offset: limits::offset(request.offset)?,
        limit: MEMBER_PAGE.clamp(request.limit)?,
    })
}

pub(super) fn members(listed: Listed<Member>) -> pb::GetConversationMembersResponse {
    pb::GetConversationMembersResponse {
        members: listed.items.into_iter().map(Into::into).collect(),
        total: listed.total,
        has_more: listed.has_more,
    }
}

/// The role in which somebody joins; nobody joins as an owner.
pub(super) fn joining_role(number: i32) -> Result<Role> {
    match parse_role(number)? {
        Some(Role::Owner) => Err(Error::invalid("nobody joins as OWNER")),
        role => Ok(role.unwrap_or(Role::Member)),
    }
}

/// A role to be given; it must be named.
pub(super) fn new_role(number: i32) -> Result<Role> {
    parse_role(number)?.ok_or_else(|| Error::invalid("new_role is missing"))
}

pub(super) fn change(request: pb::ChangeMembersRequest) -> Result<Change> {
    let add = user_ids("add_user_ids", request.add_user_ids)?;
    let remove = user_ids("remove_user_ids", request.remove_user_ids)?;
    let kind = match (add.is_empty(), remove.is_empty()) {
        (false, false) => return Err(Error::invalid("one change adds or removes members, not both")),
        (_, true) => ChangeKind::Add {
            role: joining_role(request.add_role)?,
            max_members: max_members(request.max_members)?,
        },
        (true, false) => {
            ChangeKind::Remove { up_to: parse_role(request.remove_up_to_role)?.unwrap_or(Role::Member) }
        }
    };
    Ok(Change {
        conversation_id: conversation_id(request.conversation_id)?,
        operator: operator(request.operator_id, request.operator_role)?,
        user_ids: if add.is_empty() { remove } else { add },
        kind,
    })
}

fn max_members(wish: i32) -> Result<i32> {
    let most = i32::try_from(GROUP_MAX_MEMBERS).unwrap_or(i32::MAX);
    match wish {
        0 => Ok(most),
        1.. => Ok(wish),
        _ => Err(Error::invalid("max_members must not be negative")),
    }
}

pub(super) fn changed(changed: Changed) -> pb::ChangeMembersResponse {
    let failure = |(id, reason): (UserId, Reason)| pb::MemberChangeFailure {
        user_id: id.into(),
        reason: reason.as_str().to_owned(),
    };
    pb::ChangeMembersResponse {
        added_user_ids: changed.added.into_iter().map(Into::into).collect(),
        removed_user_ids: changed.removed.into_iter().map(Into::into).collect(),
        failures: changed.failures.into_iter().map(failure).collect(),
        system_message: changed.system_message.map(Into::into),
        member_version: changed.member_version,
        conversation: changed.conversation.map(Into::into),
    }
}

/// Who makes a change, and the role on which they may; none named: any member may.
fn operator(id: String, role: i32) -> Result<Operator> {
    Ok(Operator {
        id: UserId::parse("operator_id", id)?,
        at_least: parse_role(role)?.unwrap_or(Role::Member),
    })
}

pub(super) fn edit(request: pb::UpdateConversationRequest) -> Result<Edit> {
    let limited =
        |field, value: Option<String>, max| value.map(|value| short_text(field, value, max)).transpose();
    let name = limited("name", request.name, CONVERSATION_NAME_MAX_CHARS)?;
    if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Error::invalid("a group needs a name"));
    }
    Ok(Edit {
        conversation_id: conversation_id(request.conversation_id)?,
        operator: operator(request.operator_id, request.operator_role)?,
        name,
        avatar_url: request.avatar_url.map(avatar_url).transpose()?,
        description: limited("description", request.description, DESCRIPTION_MAX_CHARS)?,
    })
}

pub(super) fn edited(edited: Edited) -> pb::UpdateConversationResponse {
    pb::UpdateConversationResponse {
        conversation: Some(edited.conversation.into()),
        changed: edited.changed,
        system_message: edited.system_message.map(Into::into),
        member_version: edited.member_version,
    }
}

pub(super) fn deletion(request: pb::DeleteConversationRequest) -> Result<(ConversationId, Operator)> {
    Ok((conversation_id(request.conversation_id)?, operator(request.operator_id, request.operator_role)?))
}

pub(super) fn member_wish(request: pb::ChangeMemberRequest) -> Result<MemberWish> {
    use pb::change_member_request::Change as Wish;
    let what = match request.change {
        Some(Wish::NewRole(number)) => MemberChange::Role(new_role(number)?),
        Some(Wish::Muted(muted)) => MemberChange::Muted(muted),
        None => return Err(Error::invalid("new_role or muted is missing")),
    };
    Ok(MemberWish {
        conversation_id: conversation_id(request.conversation_id)?,
        operator: operator(request.operator_id, request.operator_role)?,
        user_id: user_id(request.user_id)?,
        what,
    })
}

pub(super) fn member_changed(changed: MemberChanged) -> pb::ChangeMemberResponse {
    pb::ChangeMemberResponse {
        conversation: changed.conversation.map(Into::into),
        member_version: changed.member_version,
    }
}

pub(super) fn left(left: Left) -> pb::LeaveConversationResponse {
    pb::LeaveConversationResponse {
        system_message: left.system_message.map(Into::into),
        member_version: left.member_version,
    }
}

pub(super) fn search(request: pb::SearchUserConversationsRequest) -> Result<Search> {
    let query = text("query", request.query)?.trim().to_lowercase();
    if query.is_empty() {
        return Err(Error::invalid("query is empty"));
    }
    Ok(Search {
        user_id: user_id(request.user_id)?,
        query,
        kind: type_filter(request.type_filter)?,
        limit: LIST_PAGE.clamp(request.limit)? as usize,
    })
}
