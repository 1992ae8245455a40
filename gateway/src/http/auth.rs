//! `/auth`: signing up, in and out.

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Json};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures::future::{Ready, ok as done};
use protos::model::limits::CLIENT_INFO_MAX_BYTES;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Nothing, created, ok};
use super::caller::{BearerToken, Caller};
use super::{AppState, Failure};
use crate::json::UserJson;
use crate::logic::SignedIn;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/auth/register").post(register))
        .service(web::resource("/auth/login").post(login))
        .service(web::resource("/auth/guest").post(guest))
        .service(web::resource("/auth/refresh").post(refresh))
        .service(web::resource("/auth/logout").post(logout));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    username: String,
    password: String,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    refresh_token: String,
}

#[derive(Serialize)]
struct RegisteredJson<'a> {
    user: UserJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedInJson<'a> {
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

async fn register(state: Data<AppState>, Json(new): Json<Registration>) -> Answer {
    let user = state.logic.register(new.username, new.password, new.avatar_url.unwrap_or_default()).await?;
    created(RegisteredJson { user: (&user).into() })
}

async fn login(state: Data<AppState>, client: ClientInfo, Json(given): Json<Credentials>) -> Answer {
    let signed_in = state.logic.login(given.username, given.password, client.0).await?;
    ok(SignedInJson::from(&signed_in))
}

async fn guest(state: Data<AppState>, client: ClientInfo) -> Answer {
    let signed_in = state.logic.guest_login(client.0).await?;
    created(SignedInJson::from(&signed_in))
}

async fn refresh(state: Data<AppState>, Json(given): Json<Refresh>) -> Answer {
    let signed_in = state.logic.refresh(given.refresh_token).await?;
    ok(SignedInJson::from(&signed_in))
}

async fn logout(state: Data<AppState>, Caller(me, BearerToken(token)): Caller<BearerToken>) -> Answer {
    state.logic.logout(&me.user.id, token).await?;
    ok(Nothing {})
}
