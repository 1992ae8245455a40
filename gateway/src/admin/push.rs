//! A push that an operator makes by hand.

use actix_web::web::{self, Data, Json};
use protos::ids::{GatewayId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Admin;
use crate::http::{Answer, Failure, ok};
use crate::pusher::{ByHand, Pushed, Status};

/// The data of a push, its 10,000 users and some.
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let json = web::JsonConfig::default()
        .limit(MAX_BODY_BYTES)
        .error_handler(|error, _| Failure::from(error).into());
    cfg.service(web::resource("/push").app_data(json).post(push));
}

/// As `PushToUsersRequest` has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PushJson {
    user_ids: Vec<String>,
    #[serde(rename = "type")]
    kind: String,
    data: Box<RawValue>,
    #[serde(default)]
    ttl_seconds: i32,
    #[serde(default)]
    push_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PushedJson {
    push_id: String,
    /// One per distinct id, in order of first appearance.
    results: Vec<ResultJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultJson {
    user_id: UserId,
    /// A name: it is for people to read.
    status: &'static str,
    sessions: i32,
    gateway_ids: Vec<GatewayId>,
}

impl From<(UserId, Pushed)> for ResultJson {
    fn from((user_id, pushed): (UserId, Pushed)) -> Self {
        let status = match pushed.status {
            Status::Delivered => "DELIVERED",
            Status::Offline => "OFFLINE",
            Status::Overloaded => "OVERLOADED",
            Status::Unreachable => "UNREACHABLE",
            Status::Queued => "QUEUED",
        };
        Self { user_id, status, sessions: pushed.outcome.delivered, gateway_ids: pushed.outcome.gateways }
    }
}

async fn push(admin: Data<Admin>, Json(push): Json<PushJson>) -> Answer {
    tracing::info!(users = push.user_ids.len(), kind = push.kind, push = push.push_id, "the operator pushes");
    let push = ByHand {
        users: push.user_ids,
        kind: push.kind,
        data: push.data,
        ttl_seconds: push.ttl_seconds,
        push_id: push.push_id,
    };
    let (push_id, results) = admin.pushes.push_by_hand(push).await?;
    ok(PushedJson {
        push_id: push_id.map(Into::into).unwrap_or_default(),
        results: results.into_iter().map(Into::into).collect(),
    })
}
