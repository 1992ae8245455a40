//! Between `im.logic.v1.UserService` and the domain.

use protos::convert::text;
use protos::ids::UserId;
use protos::model::UserInfo;
use protos::model::limits::SEARCH_PAGE;
use protos::pb::logic::{SearchUsersRequest, SearchUsersResponse};
use protos::{Error, Result};

/// Who asks, for what, and how many.
pub(super) fn search(request: SearchUsersRequest) -> Result<(UserId, String, u32)> {
    let query = text("query", request.query)?;
    if query.trim().is_empty() {
        return Err(Error::invalid("query is missing"));
    }
    Ok((UserId::parse("user_id", request.user_id)?, query, SEARCH_PAGE.clamp(request.limit)?))
}

pub(super) fn search_response(users: Vec<UserInfo>) -> SearchUsersResponse {
    SearchUsersResponse { users: users.into_iter().map(Into::into).collect() }
}
