//! Between `im.logic.v1.FriendService` and the domain.

use protos::convert::text;
use protos::ids::{FriendRequestId, UserId};
use protos::model::limits::ONLINE_MAX_USERS;
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
