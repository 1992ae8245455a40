//! `/users/blocked` and `/users/{id}/block`: from whom one does not want to hear.

use actix_web::web::{self, Data, Path};
use protos::ids::UserId;

use super::AppState;
use super::answer::{Answer, Nothing, SuccessJson, ok};
use super::caller::Caller;
use super::users::UsersJson;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/users/blocked").get(list))
        .service(web::resource("/users/{id}/block").put(block).delete(unblock));
}

/// Whom the caller has blocked, the newest block first
#[utoipa::path(get, path = "/users/blocked", tag = "blocks", responses((status = 200, body = SuccessJson<UsersJson>)))]
async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let users = state.logic.blocked_users(&me.user.id).await?;
    ok(UsersJson::from(users.as_slice()))
}

/// Block a user
///
/// Ends a friendship, and refuses their requests and what they write in the SINGLE. Blocking again changes nothing.
#[utoipa::path(put, path = "/users/{id}/block", tag = "blocks", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 404, description = "USER_NOT_FOUND"),
))]
async fn block(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let target = UserId::parse("id", id.into_inner())?;
    state.logic.block_user(&me.user.id, &target).await?;
    ok(Nothing {})
}

/// Take a block back
///
/// What blocking ended does not come back.
#[utoipa::path(delete, path = "/users/{id}/block", tag = "blocks", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 404, description = "USER_NOT_FOUND"),
))]
async fn unblock(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let target = UserId::parse("id", id.into_inner())?;
    state.logic.unblock_user(&me.user.id, &target).await?;
    ok(Nothing {})
}
