//! `/users`: one's own profile, and finding others.

use actix_web::web::{self, Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, SuccessJson, ok};
use super::caller::Caller;
use crate::json::{UserInfoJson, UserJson};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/users/profile").get(profile))
        .service(web::resource("/users/search").get(search));
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

#[derive(Serialize, ToSchema)]
#[schema(as = Users)]
struct UsersJson<'a> {
    users: Vec<UserInfoJson<'a>>,
}

/// One's own profile
#[utoipa::path(get, path = "/users/profile", tag = "users", responses((status = 200, body = SuccessJson<UserJson>)))]
async fn profile(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let user = state.logic.profile(&me.user.id).await?;
    ok(UserJson::from(&user))
}

/// Find users by the beginning of their name
#[utoipa::path(get, path = "/users/search", tag = "users", params(Search), responses(
    (status = 200, body = SuccessJson<UsersJson>),
    (status = 403, description = "GUEST_NOT_ALLOWED"),
))]
async fn search(state: Data<AppState>, Caller(me, Query(search)): Caller<Query<Search>>) -> Answer {
    let found = state.logic.search_users(&me.user.id, search.q, search.limit.unwrap_or(0)).await?;
    ok(UsersJson { users: found.iter().map(Into::into).collect() })
}
