//! `/auth`: signing up, in and out.

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Json};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures::future::{Ready, ok as done};
use protos::model::limits::CLIENT_INFO_MAX_BYTES;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Nothing, SuccessJson, created, ok};
use super::caller::{BearerToken, Caller};
use super::{AppState, Failure};
use crate::json::UserJson;
use crate::limits::{ClientAddress, Entrance};
use crate::logic::SignedIn;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/auth/register").post(register))
        .service(web::resource("/auth/login").post(login))
        .service(web::resource("/auth/guest").post(guest))
        .service(web::resource("/auth/refresh").post(refresh))
        .service(web::resource("/auth/logout").post(logout));
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registration {
    /// Letters, digits, `.`, `_` and `-` suit everybody; what RFC 8265 calls a username is taken.
    #[schema(min_length = 3, max_length = 32)]
    username: String,
    /// At most 71 bytes of UTF-8.
    #[schema(min_length = 8, max_length = 71, format = Password)]
    password: String,
    /// At most 2,048 bytes of UTF-8.
    #[schema(max_length = 2048)]
    avatar_url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    username: String,
    #[schema(format = Password)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refresh {
    refresh_token: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Registered)]
pub(super) struct RegisteredJson<'a> {
    user: UserJson<'a>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedIn)]
pub(super) struct SignedInJson<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    /// The access token's expiry as a Unix time.
    expires_in: i64,
    user: UserJson<'a>,
}

impl<'a> From<&'a SignedIn> for SignedInJson<'a> {
    fn from(signed_in: &'a SignedIn) -> Self {
        Self {
            access_token: &signed_in.tokens.access,
            refresh_token: &signed_in.tokens.refresh,
            expires_in: signed_in.tokens.expires_at,
            user: (&signed_in.user).into(),
        }
    }
}

/// What the client says it is: its `User-Agent`, cut to the length that is kept.
struct ClientInfo(String);

impl FromRequest for ClientInfo {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let agent = req.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        // A header that reads as text is ASCII, so every byte is a character.
        done(Self(agent.get(..CLIENT_INFO_MAX_BYTES).unwrap_or(agent).to_owned()))
    }
}

/// Sign up
#[utoipa::path(post, path = "/auth/register", tag = "auth", security(()), request_body = Registration, responses(
    (status = 201, body = SuccessJson<RegisteredJson>),
    (status = 400, description = "INVALID_USERNAME, WEAK_PASSWORD"),
    (status = 409, description = "USER_ALREADY_EXISTS"),
))]
async fn register(state: Data<AppState>, from: ClientAddress, Json(new): Json<Registration>) -> Answer {
    state.limits.enter(Entrance::Register, from)?;
    let user = state.logic.register(new.username, new.password, new.avatar_url.unwrap_or_default()).await?;
    created(RegisteredJson { user: (&user).into() })
}

/// Sign in
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Credentials, responses(
    (status = 200, body = SuccessJson<SignedInJson>),
    (status = 401, description = "INVALID_CREDENTIALS"),
    (status = 403, description = "USER_DISABLED"),
))]
async fn login(
    state: Data<AppState>,
    client: ClientInfo,
    from: ClientAddress,
    Json(given): Json<Credentials>,
) -> Answer {
    state.limits.enter(Entrance::Login, from)?;
    // Not wholly as logic maps a name: who writes it with wide letters is counted anew, and is left with the address's limit.
    state.limits.try_password(&given.username.trim().to_lowercase(), from)?;
    let signed_in = state.logic.login(given.username, given.password, client.0).await?;
    ok(SignedInJson::from(&signed_in))
}

/// Sign in without registering
#[utoipa::path(post, path = "/auth/guest", tag = "auth", security(()), responses(
    (status = 201, body = SuccessJson<SignedInJson>),
))]
async fn guest(state: Data<AppState>, client: ClientInfo, from: ClientAddress) -> Answer {
    state.limits.enter(Entrance::Guest, from)?;
    let signed_in = state.logic.guest_login(client.0).await?;
    created(SignedInJson::from(&signed_in))
}

/// Spend a refresh token for new tokens
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()), request_body = Refresh, responses(
    (status = 200, body = SuccessJson<SignedInJson>),
    (status = 401, description = "INVALID_TOKEN, TOKEN_EXPIRED, UNAUTHORIZED"),
    (status = 403, description = "USER_DISABLED"),
))]
async fn refresh(state: Data<AppState>, from: ClientAddress, Json(given): Json<Refresh>) -> Answer {
    state.limits.enter(Entrance::Refresh, from)?;
    let signed_in = state.logic.refresh(given.refresh_token).await?;
    ok(SignedInJson::from(&signed_in))
}

/// Sign out
///
/// The sign-in's tokens stop working everywhere, and its sockets close.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses((status = 200, body = SuccessJson<Nothing>)))]
async fn logout(state: Data<AppState>, Caller(me, BearerToken(token)): Caller<BearerToken>) -> Answer {
    state.logic.logout(&me.user.id, token).await?;
    ok(Nothing {})
}
