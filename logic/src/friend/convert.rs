//! Between `im.logic.v1.FriendService` and the domain.

use std::collections::HashSet;

use protos::convert::text;
use protos::ids::{FriendRequestId, UserId};
use protos::model::limits::{CONNECTS_AT_ONCE, CONTACTS_AT_ONCE, ONLINE_MAX_USERS};
use protos::model::{FriendRequest, UserInfo};
use protos::pb::{logic as pb, types};
use protos::{Error, Result};

use super::friends::{Action, Direction};
use crate::repo::AnsweredRequest;

pub(super) fn user_id(value: String) -> Result<UserId> {
    UserId::parse("user_id", value)
}

/// Who does something, and to whom; `field` names the latter.
pub(super) fn two(user: String, field: &str, other: String) -> Result<(UserId, UserId)> {
    Ok((user_id(user)?, UserId::parse(field, other)?))
}

pub(super) fn requests_asked(request: pb::GetFriendRequestsRequest) -> Result<(UserId, Direction)> {
    let direction = match request.r#type.as_str() {
        "received" => Direction::Received,
        "sent" => Direction::Sent,
        _ => return Err(Error::invalid("type is received or sent")),
    };
    Ok((user_id(request.user_id)?, direction))
}

/// Who asks whom, and what they say.
pub(super) fn asking(request: pb::SendFriendRequestRequest) -> Result<(UserId, UserId, String)> {
    let (from, to) = two(request.user_id, "target_user_id", request.target_user_id)?;
    Ok((from, to, text("message", request.message)?))
}

pub(super) fn answer(request: pb::HandleFriendRequestRequest) -> Result<(UserId, FriendRequestId, Action)> {
    let action = match request.action.as_str() {
        "accept" => Action::Accept,
        "reject" => Action::Reject,
        _ => return Err(Error::invalid("action is accept or reject")),
    };
    Ok((user_id(request.user_id)?, FriendRequestId::parse("request_id", request.request_id)?, action))
}

pub(super) fn contacts_asked(request: pb::FilterContactsRequest) -> Result<(UserId, Vec<UserId>)> {
    if request.user_ids.len() > ONLINE_MAX_USERS {
        return Err(Error::invalid(format!("at most {ONLINE_MAX_USERS} user_ids in one call")));
    }
    let others = request.user_ids.into_iter().map(|id| UserId::parse("user_ids", id));
    Ok((user_id(request.user_id)?, others.collect::<Result<_>>()?))
}

/// Distinct users, whose contacts are told in their order.
pub(super) fn contacts_of(request: pb::GetContactsOfUsersRequest) -> Result<Vec<UserId>> {
    if request.user_ids.len() > CONNECTS_AT_ONCE {
        return Err(Error::invalid(format!("at most {CONNECTS_AT_ONCE} user_ids in one call")));
    }
    let mut seen = HashSet::new();
    let users = request.user_ids.into_iter().map(|id| {
        let id = UserId::parse("user_ids", id)?;
        if seen.insert(id.clone()) {
            Ok(id)
        } else {
            Err(Error::invalid("each of user_ids stands there once"))
        }
    });
    users.collect()
}

pub(super) fn contact_list(contacts: Vec<UserId>) -> pb::GetContactsResponse {
    pb::GetContactsResponse { user_ids: contacts.into_iter().map(Into::into).collect() }
}

/// As many of the first lists as fit into an answer, at least one.
pub(super) fn contact_lists(lists: Vec<Vec<UserId>>) -> pb::GetContactsOfUsersResponse {
    let mut room = CONTACTS_AT_ONCE;
    let fits = |list: &Vec<UserId>| {
        let fits = list.len() <= room;
        room = room.saturating_sub(list.len());
        fits
    };
    let contacts = lists.into_iter().take_while(fits).map(contact_list).collect();
    pb::GetContactsOfUsersResponse { contacts }
}

pub(super) fn infos(users: Vec<UserInfo>) -> Vec<types::UserInfo> {
    users.into_iter().map(Into::into).collect()
}

pub(super) fn requests_response(requests: Vec<FriendRequest>) -> pb::GetFriendRequestsResponse {
    pb::GetFriendRequestsResponse { requests: requests.into_iter().map(Into::into).collect() }
}

pub(super) fn answer_response(answered: AnsweredRequest) -> pb::HandleFriendRequestResponse {
    pb::HandleFriendRequestResponse {
        request: Some(answered.request.into()),
        conversation_id: answered.conversation_id.map(Into::into).unwrap_or_default(),
    }
}
