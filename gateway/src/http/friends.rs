//! `/friends`: friends, and who wants to be one.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::ids::{FriendRequestId, UserId};
use serde::{Deserialize, Serialize};

use super::AppState;
use super::answer::{Answer, Nothing, created, ok};
use super::caller::Caller;
use crate::json::{AnsweredRequestJson, FriendRequestJson, UserInfoJson};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/friends").get(list))
        .service(web::resource("/friends/requests").get(requests).post(ask))
        .service(web::resource("/friends/requests/{id}").put(answer))
        .service(web::resource("/friends/{userId}").delete(remove));
}

#[derive(Serialize)]
struct FriendsJson<'a> {
    friends: Vec<UserInfoJson<'a>>,
}

#[derive(Deserialize)]
struct RequestsQuery {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Serialize)]
struct RequestsJson<'a> {
    requests: Vec<FriendRequestJson<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRequest {
    target_user_id: String,
    message: Option<String>,
}

#[derive(Deserialize)]
struct RequestAction {
    action: String,
}

async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let friends = state.logic.friends(&me.user.id).await?;
    ok(FriendsJson { friends: friends.iter().map(Into::into).collect() })
}

async fn requests(state: Data<AppState>, Caller(me, Query(query)): Caller<Query<RequestsQuery>>) -> Answer {
    let kind = query.kind.unwrap_or_else(|| "received".to_owned());
    let requests = state.logic.friend_requests(&me.user.id, kind).await?;
    ok(RequestsJson { requests: requests.iter().map(Into::into).collect() })
}

async fn ask(state: Data<AppState>, Caller(me, Json(new)): Caller<Json<NewRequest>>) -> Answer {
    let target = UserId::parse("targetUserId", new.target_user_id)?;
    let message = new.message.unwrap_or_default();
    let request = state.logic.send_friend_request(&me.user.id, &target, message).await?;
    created(FriendRequestJson::from(&request))
}

type AnswerInput = (Path<String>, Json<RequestAction>);

async fn answer(state: Data<AppState>, Caller(me, (id, Json(given))): Caller<AnswerInput>) -> Answer {
    let id = FriendRequestId::parse("id", id.into_inner())?;
    let answered = state.logic.handle_friend_request(&me.user.id, &id, given.action).await?;
    ok(AnsweredRequestJson::new(&answered.request, answered.conversation.as_ref()))
}

async fn remove(state: Data<AppState>, Caller(me, friend): Caller<Path<String>>) -> Answer {
    let friend = UserId::parse("userId", friend.into_inner())?;
    state.logic.remove_friend(&me.user.id, &friend).await?;
    ok(Nothing {})
}
