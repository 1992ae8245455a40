//! `/users`: one's own profile, and finding others.

use actix_web::web::{self, Data, Query};
use serde::{Deserialize, Serialize};

use super::AppState;
use super::answer::{Answer, ok};
use super::caller::Caller;
use crate::json::{UserInfoJson, UserJson};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/users/profile").get(profile))
        .service(web::resource("/users/search").get(search));
}

#[derive(Deserialize)]
struct Search {
    q: String,
    limit: Option<i32>,
}

#[derive(Serialize)]
struct UsersJson<'a> {
    users: Vec<UserInfoJson<'a>>,
}

async fn profile(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let user = state.logic.profile(&me.user.id).await?;
    ok(UserJson::from(&user))
}

async fn search(state: Data<AppState>, Caller(me, Query(search)): Caller<Query<Search>>) -> Answer {
    let found = state.logic.search_users(&me.user.id, search.q, search.limit.unwrap_or(0)).await?;
    ok(UsersJson { users: found.iter().map(Into::into).collect() })
}
