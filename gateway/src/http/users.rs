//! `/users`: one's own profile, finding others, and which contacts are online.

use std::collections::HashSet;

use actix_web::web::{self, Data, Json, Query};
use protos::ids::UserId;
use protos::model::UserInfo;
use protos::model::limits::ONLINE_MAX_USERS;
use protos::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, SuccessJson, ok};
use super::caller::Caller;
use crate::json::{UserInfoJson, UserJson};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/users/profile").get(profile).put(update_profile))
        .service(web::resource("/users/search").get(search))
        .service(web::resource("/users/online").get(online));
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// What the name begins with, letter case aside.
    #[param(min_length = 1)]
    q: String,
    /// 10 when absent or 0; at most 20 are found.
    #[param(minimum = 0)]
    limit: Option<i32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProfileChange {
    /// An http or https URL of at most 2,048 bytes of UTF-8; empty: no picture.
    #[schema(max_length = 2048)]
    avatar_url: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OnlineQuery {
    /// Users' ids, at most 100, comma-separated.
    ids: String,
}

/// What others see of users.
#[derive(Serialize, ToSchema)]
#[schema(as = Users)]
pub(super) struct UsersJson<'a> {
    users: Vec<UserInfoJson<'a>>,
}

impl<'a> From<&'a [UserInfo]> for UsersJson<'a> {
    fn from(users: &'a [UserInfo]) -> Self {
        Self { users: users.iter().map(Into::into).collect() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = OnlineUsers)]
struct OnlineUsersJson<'a> {
    users: Vec<OnlineUserJson<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnlineUser)]
struct OnlineUserJson<'a> {
    #[schema(value_type = String)]
    user_id: &'a UserId,
    online: bool,
}

/// One's own profile
#[utoipa::path(get, path = "/users/profile", tag = "users", responses((status = 200, body = SuccessJson<UserJson>)))]
async fn profile(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let user = state.logic.profile(&me.user.id).await?;
    ok(UserJson::from(&user))
}

/// Change one's own profile
#[utoipa::path(put, path = "/users/profile", tag = "users", request_body = ProfileChange, responses(
    (status = 200, body = SuccessJson<UserJson>),
    (status = 403, description = "GUEST_NOT_ALLOWED"),
))]
async fn update_profile(
    state: Data<AppState>,
    Caller(me, Json(given)): Caller<Json<ProfileChange>>,
) -> Answer {
    let user = state.logic.update_profile(&me.user.id, given.avatar_url).await?;
    ok(UserJson::from(&user))
}

/// Find users by the beginning of their name
#[utoipa::path(get, path = "/users/search", tag = "users", params(Search), responses(
    (status = 200, body = SuccessJson<UsersJson>),
    (status = 403, description = "GUEST_NOT_ALLOWED"),
))]
async fn search(state: Data<AppState>, Caller(me, Query(search)): Caller<Query<Search>>) -> Answer {
    let found = state.logic.search_users(&me.user.id, search.q, search.limit.unwrap_or(0)).await?;
    ok(UsersJson::from(found.as_slice()))
}

/// Which contacts are online
///
/// Says nothing of those who are no contacts.
#[utoipa::path(get, path = "/users/online", tag = "users", params(OnlineQuery), responses(
    (status = 200, body = SuccessJson<OnlineUsersJson>),
))]
async fn online(state: Data<AppState>, Caller(me, Query(query)): Caller<Query<OnlineQuery>>) -> Answer {
    let asked = distinct_ids(&query.ids)?;
    let contacts =
        if asked.is_empty() { asked } else { state.logic.contacts_among(&me.user.id, &asked).await? };
    let online = if contacts.is_empty() { HashSet::new() } else { (state.online)(contacts.clone()).await? };
    let shown = |user_id| OnlineUserJson { user_id, online: online.contains(user_id) };
    ok(OnlineUsersJson { users: contacts.iter().map(shown).collect() })
}

/// The ids of a comma-separated list, each once.
fn distinct_ids(list: &str) -> Result<Vec<UserId>> {
    let mut seen = HashSet::new();
    let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids = ids.map(|id| UserId::parse("ids", id)).collect::<Result<Vec<_>>>()?;
    if ids.len() > ONLINE_MAX_USERS {
        return Err(Error::invalid(format!("at most {ONLINE_MAX_USERS} ids in one call")));
    }
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}
