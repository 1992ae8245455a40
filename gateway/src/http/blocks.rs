//! `/users/blocked` and `/users/{id}/block`: from whom one does not want to hear.

use actix_web::web::{self, Data, Path};
use protos::ids::UserId;

use super::AppState;
use super::answer::{Answer, Nothing, ok};
use super::caller::Caller;
use super::users::UsersJson;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/users/blocked").get(list))
        .service(web::resource("/users/{id}/block").put(block).delete(unblock));
}

async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let users = state.logic.blocked_users(&me.user.id).await?;
    ok(UsersJson::from(users.as_slice()))
}

async fn block(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let target = UserId::parse("id", id.into_inner())?;
    state.logic.block_user(&me.user.id, &target).await?;
    ok(Nothing {})
}

async fn unblock(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let target = UserId::parse("id", id.into_inner())?;
    state.logic.unblock_user(&me.user.id, &target).await?;
    ok(Nothing {})
}
