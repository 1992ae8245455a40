//! Between the wire and the friends' queries.

use protos::convert::text;
use protos::ids::{FriendRequestId, UserId};
use protos::model::limits::{CONNECTS_AT_ONCE, FRIEND_REQUEST_MAX_CHARS};
use protos::model::{FriendRequest, UserInfo};
use protos::pb::{repo as pb, types};
use protos::{Error, Result};

use super::request::{Answer, Answered, Direction, NewRequest};
use crate::user::user_ids;

pub(super) fn user_id(value: String) -> Result<UserId> {
    UserId::parse("user_id", value)
}

/// Two users, who must not be the same.
fn two(fields: [&str; 2], one: String, other: String) -> Result<(UserId, UserId)> {
    let (one, other) = (UserId::parse(fields[0], one)?, UserId::parse(fields[1], other)?);
    if one == other {
        return Err(Error::invalid(format!("{} and {} are the same user", fields[0], fields[1])));
    }
    Ok((one, other))
}

pub(super) fn direction(request: pb::GetFriendRequestsRequest) -> Result<(UserId, Direction)> {
    let direction = if request.sent { Direction::Sent } else { Direction::Received };
    Ok((user_id(request.user_id)?, direction))
}

pub(super) fn new_request(request: pb::CreateFriendRequestRequest) -> Result<NewRequest> {
    let (from, to) = two(["from_user_id", "to_user_id"], request.from_user_id, request.to_user_id)?;
    if request.message.chars().count() > FRIEND_REQUEST_MAX_CHARS {
        return Err(Error::invalid(format!("message has at most {FRIEND_REQUEST_MAX_CHARS} characters")));
    }
    Ok(NewRequest { from, to, message: text("message", request.message)? })
}

pub(super) fn answer(request: pb::AnswerFriendRequestRequest) -> Result<Answer> {
    Ok(Answer {
        id: FriendRequestId::parse("request_id", request.request_id)?,
        by: user_id(request.user_id)?,
        accept: request.accept,
    })
}

pub(super) fn friendship(request: pb::RemoveFriendRequest) -> Result<(UserId, UserId)> {
    two(["user_id", "friend_id"], request.user_id, request.friend_id)
}

pub(super) fn block(blocker: String, blocked: String) -> Result<(UserId, UserId)> {
    two(["blocker_id", "blocked_id"], blocker, blocked)
}

pub(super) fn contacts(request: pb::FilterContactsRequest) -> Result<(UserId, Vec<UserId>)> {
    Ok((user_id(request.user_id)?, user_ids("user_ids", request.user_ids)?))
}

/// Distinct users, whose contacts are told in their order.
pub(super) fn users(request: pb::GetContactsOfUsersRequest) -> Result<Vec<UserId>> {
    let asked = request.user_ids.len();
    if asked > CONNECTS_AT_ONCE {
        return Err(Error::invalid(format!("at most {CONNECTS_AT_ONCE} user_ids in one call")));
    }
    let users = user_ids("user_ids", request.user_ids)?;
    if users.len() < asked {
        return Err(Error::invalid("each of user_ids stands there once"));
    }
    Ok(users)
}

pub(super) fn contact_list(contacts: Vec<UserId>) -> pb::GetContactsResponse {
    pb::GetContactsResponse { user_ids: contacts.into_iter().map(Into::into).collect() }
}

pub(super) fn infos(users: Vec<UserInfo>) -> Vec<types::UserInfo> {
    users.into_iter().map(Into::into).collect()
}

pub(super) fn requests(requests: Vec<FriendRequest>) -> pb::GetFriendRequestsResponse {
    pb::GetFriendRequestsResponse { requests: requests.into_iter().map(Into::into).collect() }
}

pub(super) fn created(request: FriendRequest) -> pb::CreateFriendRequestResponse {
    pb::CreateFriendRequestResponse { request: Some(request.into()) }
}

pub(super) fn answered(answered: Answered) -> pb::AnswerFriendRequestResponse {
    pb::AnswerFriendRequestResponse {
        request: Some(answered.request.into()),
        conversation_id: answered.single.map(Into::into).unwrap_or_default(),
        friends: answered.friends,
    }
}

#[cfg(test)]
mod tests {
    use protos::Reason;

    use super::*;

    #[test]
    fn nobody_befriends_or_blocks_themselves() {
        assert_eq!(block("u".into(), "u".into()).unwrap_err().reason(), Reason::InvalidParameter);
        let same = pb::CreateFriendRequestRequest {
            from_user_id: "u".into(),
            to_user_id: "u".into(),
            message: String::new(),
        };
        assert_eq!(new_request(same).unwrap_err().reason(), Reason::InvalidParameter);
        let long = pb::CreateFriendRequestRequest {
            from_user_id: "u".into(),
            to_user_id: "v".into(),
            message: "é".repeat(201),
        };
        assert_eq!(new_request(long).unwrap_err().reason(), Reason::InvalidParameter);
    }
}
