//! `/auth/sessions` and `/users/password`: where one is signed in, and the ends of that.

use actix_web::web::{self, Data, Json, Path};
use protos::ids::SignInId;
use serde::{Deserialize, Serialize};

use super::AppState;
use super::answer::{Answer, Nothing, ok};
use super::caller::Caller;
use crate::logic::{PasswordChange, SignIn};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/auth/sessions").get(list))
        .service(web::resource("/auth/sessions/{id}").delete(end))
        .service(web::resource("/users/password").put(change_password));
}

#[derive(Serialize)]
struct SessionsJson<'a> {
    sessions: Vec<SessionJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionJson<'a> {
    id: &'a SignInId,
    client_info: &'a str,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    /// The one that asks.
    current: bool,
}

impl<'a> SessionJson<'a> {
    fn new(sign_in: &'a SignIn, current: &SignInId) -> Self {
        Self {
            id: &sign_in.id,
            client_info: &sign_in.client_info,
            created_at: sign_in.created_at,
            last_used_at: sign_in.last_used_at,
            expires_at: sign_in.expires_at,
            current: sign_in.id == *current,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPassword {
    old_password: String,
    new_password: String,
}

async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let sign_ins = state.logic.sign_ins(&me.user.id).await?;
    let sessions = sign_ins.iter().map(|sign_in| SessionJson::new(sign_in, &me.sign_in)).collect();
    ok(SessionsJson { sessions })
}

async fn end(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let id = SignInId::parse("id", id.into_inner())?;
    state.logic.end_sign_in(&me.user.id, &id).await?;
    ok(Nothing {})
}

async fn change_password(
    state: Data<AppState>,
    Caller(me, Json(given)): Caller<Json<NewPassword>>,
) -> Answer {
    let change = PasswordChange { old: given.old_password, new: given.new_password };
    state.logic.change_password(&me.user.id, change, &me.sign_in).await?;
    ok(Nothing {})
}
