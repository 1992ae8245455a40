//! Between `im.logic.v1.ConversationService` and the domain.

use protos::convert::{
    conversation_with, message_type_filter, parse_conversation_type, parse_role, text, type_filter,
};
use protos::ids::{ConversationId, Seq, SessionId, UserId};
use protos::model::limits::{
    AVATAR_URL_MAX_BYTES, CONVERSATION_NAME_MAX_CHARS, DESCRIPTION_MAX_CHARS, GROUP_MAX_MEMBERS, LIST_PAGE,
    MEMBER_PAGE, MESSAGE_PAGE, page_offset,
};
use protos::model::{ConversationDetails, Member, Role};
use protos::pb::logic as pb;
use protos::{Error, Result};

use super::queries::{Messages, Unread};
use crate::repo::{ConversationPage, History, MemberPage, MembersChanged, NewConversation, Page};

/// The page of a list, as it is told back: its number from 1 and its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered {
    page: i32,
    size: i32,
}

pub(super) fn creation(request: pb::CreateConversationRequest) -> Result<NewConversation> {
    if request.member_ids.len() > GROUP_MAX_MEMBERS {
        return Err(super::policy::conversation_full());
    }
    Ok(NewConversation {
        kind: parse_conversation_type(request.r#type)?,
        name: limited("name", request.name, CONVERSATION_NAME_MAX_CHARS)?,
        avatar_url: avatar_url(request.avatar_url)?,
        description: limited("description", request.description, DESCRIPTION_MAX_CHARS)?,
        creator_id: UserId::parse("creator_id", request.creator_id)?,
        member_ids: user_ids("member_ids", request.member_ids)?,
    })
}

/// Who asks, and about which conversation.
pub(super) fn asked(user_id: String, conversation_id: String) -> Result<(UserId, ConversationId)> {
    Ok((UserId::parse("user_id", user_id)?, conversation(conversation_id)?))
}

/// The user, the part of their list, and that part as it is told back.
pub(super) fn list(request: pb::GetConversationsRequest) -> Result<(UserId, ConversationPage, Numbered)> {
    optimized_list(pb::GetConversationsOptimizedRequest {
        user_id: request.user_id,
        page: request.page,
        page_size: request.page_size,
        type_filter: request.type_filter,
        order_by: request.order_by,
        include_last_message: true,
        include_unread_count: true,
    })
}

/// See [`list`].
pub(super) fn optimized_list(
    request: pb::GetConversationsOptimizedRequest,
) -> Result<(UserId, ConversationPage, Numbered)> {
    if !["", "updated_at"].contains(&request.order_by.as_str()) {
        return Err(Error::invalid("order_by must be empty or updated_at"));
    }
    let limit = LIST_PAGE.clamp(request.page_size)?;
    let page = ConversationPage {
        offset: page_offset(request.page, limit)?,
        limit,
        kind: type_filter(request.type_filter)?,
        with_last_message: request.include_last_message,
    };
    Ok((UserId::parse("user_id", request.user_id)?, page, numbered(request.page, limit)))
}

pub(super) fn member_list(
    request: pb::GetMembersRequest,
) -> Result<(UserId, ConversationId, MemberPage, Numbered)> {
    let limit = MEMBER_PAGE.clamp(request.page_size)?;
    let page = MemberPage {
        offset: page_offset(request.page, limit)?,
        limit,
        role: parse_role(request.role_filter)?,
    };
    let (user_id, conversation_id) = asked(request.user_id, request.conversation_id)?;
    Ok((user_id, conversation_id, page, numbered(request.page, limit)))
}

/// Operator, conversation, users, and the role wished for them.
pub(super) fn addition(
    request: pb::AddMembersRequest,
) -> Result<(UserId, ConversationId, Vec<UserId>, Option<Role>)> {
    let role = parse_role(request.role)?;
    let (operator_id, conversation_id, users) =
        operation(request.operator_id, request.conversation_id, request.user_ids)?;
    Ok((operator_id, conversation_id, users, role))
}

/// Operator, conversation and users.
pub(super) fn removal(request: pb::RemoveMembersRequest) -> Result<(UserId, ConversationId, Vec<UserId>)> {
    text("reason", request.reason)?;
    operation(request.operator_id, request.conversation_id, request.user_ids)
}

/// Who asks, and for which stretch.
pub(super) fn history(request: pb::GetMessagesRequest) -> Result<(UserId, History)> {
    let (start, end) = (request.start_seq_id, request.end_seq_id);
    if start < 0 || end < 0 {
        return Err(Error::invalid("start_seq_id and end_seq_id must not be negative"));
    }
    if end > 0 && start > end {
        return Err(Error::invalid("start_seq_id must not be after end_seq_id"));
    }
    let (user_id, conversation_id) = asked(request.user_id, request.conversation_id)?;
    let history = History {
        conversation_id,
        start: Seq(start),
        end: Seq(end),
        limit: MESSAGE_PAGE.clamp(request.limit)?,
        ascending: request.ascending,
        kind: message_type_filter(request.type_filter)?,
    };
    Ok((user_id, history))
}

/// Who has read what and how far, and the session that says so.
pub(super) fn read(
    request: pb::MarkAsReadRequest,
) -> Result<(UserId, ConversationId, Seq, Option<SessionId>)> {
    if request.seq_id < 0 {
        return Err(Error::invalid("seq_id must not be negative"));
    }
    let (user_id, conversation_id) = asked(request.user_id, request.conversation_id)?;
    let origin = Some(request.origin_session_id).filter(|id| !id.is_empty());
    let origin = origin.map(|id| SessionId::parse("origin_session_id", id)).transpose()?;
    Ok((user_id, conversation_id, Seq(request.seq_id), origin))
}

/// Who asks, and about which conversation, if not about all.
pub(super) fn unread(request: pb::GetUnreadCountRequest) -> Result<(UserId, Option<ConversationId>)> {
    let conversation_id =
        Some(request.conversation_id).filter(|id| !id.is_empty()).map(conversation).transpose()?;
    Ok((UserId::parse("user_id", request.user_id)?, conversation_id))
}

pub(super) fn get_response(
    (details, members): (ConversationDetails, Vec<Member>),
) -> pb::GetConversationResponse {
    pb::GetConversationResponse {
        members: members.into_iter().map(Into::into).collect(),
        my_membership: Some(details.membership.clone().into()),
        peer: details.peer.clone().map(Into::into),
        conversation: Some(conversation_with(details)),
    }
}

pub(super) fn list_response(
    list: Page<ConversationDetails>,
    numbered: Numbered,
) -> pb::GetConversationsResponse {
    pb::GetConversationsResponse {
        conversations: list.items.into_iter().map(conversation_with).collect(),
        total: list.total,
        page: numbered.page,
        page_size: numbered.size,
        has_more: list.has_more,
    }
}

pub(super) fn optimized_list_response(
    list: Page<ConversationDetails>,
    numbered: Numbered,
    include_unread_count: bool,
) -> pb::GetConversationsOptimizedResponse {
    let item = |details: ConversationDetails| {
        let mut item = optimized(details);
        if !include_unread_count {
            item.unread_count = 0;
        }
        item
    };
    pb::GetConversationsOptimizedResponse {
        conversations: list.items.into_iter().map(item).collect(),
        total: list.total,
        page: numbered.page,
        page_size: numbered.size,
        has_more: list.has_more,
    }
}

fn optimized(details: ConversationDetails) -> pb::OptimizedConversation {
    let conversation = details.conversation;
    pb::OptimizedConversation {
        id: conversation.id.into(),
        r#type: conversation.kind as i32,
        name: conversation.name,
        avatar_url: conversation.avatar_url,
        description: conversation.description,
        owner_id: conversation.owner_id.map(Into::into).unwrap_or_default(),
        member_count: conversation.member_count,
        last_message: details.last_message.map(Into::into),
        unread_count: details.unread_count,
        updated_at: conversation.updated_at,
        created_at: conversation.created_at,
        my_membership: Some(details.membership.into()),
        last_activity_at: details.last_activity_at,
        peer: details.peer.map(Into::into),
    }
}

pub(super) fn member_list_response(list: Page<Member>, numbered: Numbered) -> pb::GetMembersResponse {
    pb::GetMembersResponse {
        members: list.items.into_iter().map(Into::into).collect(),
        total: list.total,
        page: numbered.page,
        page_size: numbered.size,
        has_more: list.has_more,
    }
}

/// `success` says that nobody failed.
pub(super) fn addition_response(changed: MembersChanged) -> pb::AddMembersResponse {
    pb::AddMembersResponse {
        success: changed.failed.is_empty(),
        added_user_ids: changed.changed.into_iter().map(Into::into).collect(),
        failed_users: changed.failed.into_iter().map(failed_user).collect(),
    }
}

/// `success` says that nobody failed.
pub(super) fn removal_response(changed: MembersChanged) -> pb::RemoveMembersResponse {
    pb::RemoveMembersResponse {
        success: changed.failed.is_empty(),
        removed_user_ids: changed.changed.into_iter().map(Into::into).collect(),
        failed_users: changed.failed.into_iter().map(failed_user).collect(),
    }
}

pub(super) fn history_response(messages: Messages) -> pb::GetMessagesResponse {
    pb::GetMessagesResponse {
        messages: messages.page.messages.into_iter().map(Into::into).collect(),
        has_more: messages.page.has_more,
        next_seq_id: messages.page.next.0,
        prev_seq_id: messages.previous.0,
    }
}

pub(super) fn unread_response(unread: Unread) -> pb::GetUnreadCountResponse {
    let count = |(id, unread_count): (ConversationId, i64)| pb::ConversationUnreadCount {
        conversation_id: id.into(),
        unread_count,
    };
    pb::GetUnreadCountResponse {
        unread_count: unread.total,
        conversation_counts: unread.counts.into_iter().map(count).collect(),
    }
}

fn failed_user((user_id, reason): (UserId, protos::Reason)) -> pb::FailedUser {
    pb::FailedUser { user_id: user_id.into(), reason: reason.to_string() }
}

fn operation(
    operator_id: String,
    conversation_id: String,
    users: Vec<String>,
) -> Result<(UserId, ConversationId, Vec<UserId>)> {
    if users.is_empty() {
        return Err(Error::invalid("user_ids is empty"));
    }
    Ok((
        UserId::parse("operator_id", operator_id)?,
        conversation(conversation_id)?,
        user_ids("user_ids", users)?,
    ))
}

fn conversation(id: String) -> Result<ConversationId> {
    ConversationId::parse("conversation_id", id)
}

fn user_ids(field: &str, ids: Vec<String>) -> Result<Vec<UserId>> {
    ids.into_iter().map(|id| UserId::parse(field, id)).collect()
}

pub(super) fn limited(field: &str, value: String, max_chars: usize) -> Result<String> {
    if value.chars().count() > max_chars {
        return Err(Error::invalid(format!("{field} has more than {max_chars} characters")));
    }
    text(field, value)
}

pub(super) fn avatar_url(value: String) -> Result<String> {
    if value.len() > AVATAR_URL_MAX_BYTES {
        return Err(Error::invalid(format!("avatar_url has more than {AVATAR_URL_MAX_BYTES} bytes")));
    }
    text("avatar_url", value)
}

fn numbered(page: i32, limit: u32) -> Numbered {
    Numbered { page: page.max(1), size: i32::try_from(limit).unwrap_or(i32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::Reason;

    #[test]
    fn lists_are_ordered_by_activity_or_not_at_all() {
        let request = |order_by: &str, page, page_size| pb::GetConversationsRequest {
            user_id: "u".into(),
            order_by: order_by.into(),
            page,
            page_size,
            ..Default::default()
        };
        let (_, page, numbered) = list(request("updated_at", 3, 500)).unwrap();
        assert_eq!((page.offset, page.limit, numbered.page, numbered.size), (200, 100, 3, 100));
        assert!(list(request("", 0, 0)).is_ok());
        for bad in [request("name", 1, 1), request("", -1, 1), request("", 1, -1)] {
            assert_eq!(list(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }

    #[test]
    fn stretches_of_history_make_sense() {
        let request = |start_seq_id, end_seq_id, limit| pb::GetMessagesRequest {
            user_id: "u".into(),
            conversation_id: "c".into(),
            start_seq_id,
            end_seq_id,
            limit,
            ..Default::default()
        };
        assert!(history(request(0, 0, 0)).is_ok());
        assert!(history(request(5, 0, 0)).is_ok());
        assert!(history(request(5, 5, 0)).is_ok());
        for bad in [request(-1, 0, 0), request(0, -1, 0), request(6, 5, 0), request(0, 0, -1)] {
            assert_eq!(history(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }

    #[test]
    fn names_and_ids_of_new_conversations_are_checked() {
        let good = pb::CreateConversationRequest {
            creator_id: "u".into(),
            r#type: 2,
            name: "ж".repeat(100),
            ..Default::default()
        };
        assert!(creation(good.clone()).is_ok());
        for bad in [
            pb::CreateConversationRequest { name: "x".repeat(101), ..good.clone() },
            pb::CreateConversationRequest { name: "a\0".into(), ..good.clone() },
            pb::CreateConversationRequest { description: "x".repeat(1_001), ..good.clone() },
            pb::CreateConversationRequest { avatar_url: "x".repeat(2_049), ..good.clone() },
            pb::CreateConversationRequest { creator_id: String::new(), ..good.clone() },
            pb::CreateConversationRequest { member_ids: vec![String::new()], ..good.clone() },
            pb::CreateConversationRequest { r#type: 0, ..good.clone() },
            pb::CreateConversationRequest { r#type: 9, ..good.clone() },
        ] {
            assert_eq!(creation(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }
}
