//! `/friends`: friends, and who wants to be one.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::ids::{FriendRequestId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, Nothing, SuccessJson, created, ok};
use super::caller::Caller;
use crate::json::{AnsweredRequestJson, FriendRequestJson, UserInfoJson};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/friends").get(list))
        .service(web::resource("/friends/requests").get(requests).post(ask))
        .service(web::resource("/friends/requests/{id}").put(answer))
        .service(web::resource("/friends/{userId}").delete(remove));
}

#[derive(Serialize, ToSchema)]
#[schema(as = Friends)]
struct FriendsJson<'a> {
    friends: Vec<UserInfoJson<'a>>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RequestsQuery {
    /// `received`, which absent also means, or `sent`.
    #[param(pattern = "^(received|sent)$")]
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FriendRequests)]
struct RequestsJson<'a> {
    requests: Vec<FriendRequestJson<'a>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewFriendRequest)]
struct NewRequest {
    #[schema(min_length = 1, max_length = 128)]
    target_user_id: String,
    /// What the caller says with it.
    #[schema(max_length = 200)]
    message: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = FriendRequestAction)]
struct RequestAction {
    #[schema(pattern = "^(accept|reject)$")]
    action: String,
}

/// The caller's friends by name
#[utoipa::path(get, path = "/friends", tag = "friends", responses((status = 200, body = SuccessJson<FriendsJson>)))]
async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let friends = state.logic.friends(&me.user.id).await?;
    ok(FriendsJson { friends: friends.iter().map(Into::into).collect() })
}

/// Friend requests that wait for an answer, newest first
#[utoipa::path(get, path = "/friends/requests", tag = "friends", params(RequestsQuery), responses(
    (status = 200, body = SuccessJson<RequestsJson>),
))]
async fn requests(state: Data<AppState>, Caller(me, Query(query)): Caller<Query<RequestsQuery>>) -> Answer {
    let kind = query.kind.unwrap_or_else(|| "received".to_owned());
    let requests = state.logic.friend_requests(&me.user.id, kind).await?;
    ok(RequestsJson { requests: requests.iter().map(Into::into).collect() })
}

/// Ask a user to be a friend
#[utoipa::path(post, path = "/friends/requests", tag = "friends", request_body = NewRequest, responses(
    (status = 201, body = SuccessJson<FriendRequestJson>),
    (status = 403, description = "FORBIDDEN, GUEST_NOT_ALLOWED"),
    (status = 404, description = "USER_NOT_FOUND"),
    (status = 409, description = "FRIEND_REQUEST_ALREADY_EXISTS"),
))]
async fn ask(state: Data<AppState>, Caller(me, Json(new)): Caller<Json<NewRequest>>) -> Answer {
    let target = UserId::parse("targetUserId", new.target_user_id)?;
    let message = new.message.unwrap_or_default();
    let request = state.logic.send_friend_request(&me.user.id, &target, message).await?;
    created(FriendRequestJson::from(&request))
}

type AnswerInput = (Path<String>, Json<RequestAction>);

/// Answer a friend request
///
/// Accepting opens the SINGLE of the two. The same answer again is the first one's.
#[utoipa::path(put, path = "/friends/requests/{id}", tag = "friends", request_body = RequestAction, responses(
    (status = 200, body = SuccessJson<AnsweredRequestJson>),
    (status = 404, description = "FRIEND_REQUEST_NOT_FOUND, USER_NOT_FOUND"),
))]
async fn answer(state: Data<AppState>, Caller(me, (id, Json(given))): Caller<AnswerInput>) -> Answer {
    let id = FriendRequestId::parse("id", id.into_inner())?;
    let answered = state.logic.handle_friend_request(&me.user.id, &id, given.action).await?;
    ok(AnsweredRequestJson::new(&answered.request, answered.conversation.as_ref()))
}

/// End a friendship
///
/// The SINGLE of the two stays.
#[utoipa::path(delete, path = "/friends/{userId}", tag = "friends", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 404, description = "USER_NOT_FOUND"),
))]
async fn remove(state: Data<AppState>, Caller(me, friend): Caller<Path<String>>) -> Answer {
    let friend = UserId::parse("userId", friend.into_inner())?;
    state.logic.remove_friend(&me.user.id, &friend).await?;
    ok(Nothing {})
}
