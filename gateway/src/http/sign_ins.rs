//! `/auth/sessions` and `/users/password`: where one is signed in, and the ends of that.

use actix_web::web::{self, Data, Json, Path};
use protos::ids::SignInId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AppState;
use super::answer::{Answer, Nothing, SuccessJson, ok};
use super::caller::Caller;
use crate::limits::ClientAddress;
use crate::logic::{PasswordChange, SignIn};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/auth/sessions").get(list))
        .service(web::resource("/auth/sessions/{id}").delete(end))
        .service(web::resource("/users/password").put(change_password));
}

#[derive(Serialize, ToSchema)]
#[schema(as = Sessions)]
struct SessionsJson<'a> {
    sessions: Vec<SessionJson<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
struct SessionJson<'a> {
    #[schema(value_type = String)]
    id: &'a SignInId,
    /// What the client said it is.
    client_info: &'a str,
    /// Unix seconds.
    created_at: i64,
    /// Unix seconds.
    last_used_at: i64,
    /// Unix seconds.
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

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewPassword {
    #[schema(format = Password)]
    old_password: String,
    /// At most 71 bytes of UTF-8.
    #[schema(min_length = 8, max_length = 71, format = Password)]
    new_password: String,
}

/// Where the caller is signed in, the sign-in that was used last first
#[utoipa::path(get, path = "/auth/sessions", tag = "auth", responses((status = 200, body = SuccessJson<SessionsJson>)))]
async fn list(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let sign_ins = state.logic.sign_ins(&me.user.id).await?;
    let sessions = sign_ins.iter().map(|sign_in| SessionJson::new(sign_in, &me.sign_in)).collect();
    ok(SessionsJson { sessions })
}

/// End one of the caller's sign-ins
///
/// Its tokens stop working everywhere, and its sockets close. Ending it again changes nothing.
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "auth", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 404, description = "NOT_FOUND"),
))]
async fn end(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let id = SignInId::parse("id", id.into_inner())?;
    state.logic.end_sign_in(&me.user.id, &id).await?;
    ok(Nothing {})
}

/// Change the password
///
/// Ends every other sign-in of the caller's.
#[utoipa::path(put, path = "/users/password", tag = "users", request_body = NewPassword, responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 400, description = "WEAK_PASSWORD"),
    (status = 401, description = "INVALID_CREDENTIALS"),
    (status = 403, description = "GUEST_NOT_ALLOWED"),
))]
async fn change_password(
    state: Data<AppState>,
    from: ClientAddress,
    Caller(me, Json(given)): Caller<Json<NewPassword>>,
) -> Answer {
    state.limits.try_password(me.user.id.as_str(), from)?;
    let change = PasswordChange { old: given.old_password, new: given.new_password };
    state.logic.change_password(&me.user.id, change, &me.sign_in).await?;
    ok(Nothing {})
}
