//! `/conversations/{id}/members`: who is in a conversation.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::convert::parse_role;
use protos::ids::{ConversationId, UserId};
use protos::{Error, Result};
use serde::{Deserialize, Serialize};

use super::AppState;
use super::answer::{Answer, Nothing, created, ok};
use super::caller::Caller;
use crate::json::MemberJson;
use crate::logic::MembersChanged;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let members = web::resource("/conversations/{id}/members");
    cfg.service(members.get(list).post(add))
        .service(web::resource("/conversations/{id}/members/{userId}").delete(remove));
}

#[derive(Deserialize)]
struct ListQuery {
    page: Option<i32>,
    size: Option<i32>,
    role: Option<i32>,
}

#[derive(Deserialize)]
struct Additions {
    members: Vec<String>,
    role: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MembersJson<'a> {
    members: Vec<MemberJson<'a>>,
    has_more: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddedJson<'a> {
    success: bool,
    added_user_ids: &'a [UserId],
    failed_users: Vec<FailedUserJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedUserJson<'a> {
    user_id: &'a UserId,
    reason: &'a str,
}

impl<'a> From<&'a MembersChanged> for AddedJson<'a> {
    fn from(done: &'a MembersChanged) -> Self {
        let failed = done.failed.iter();
        Self {
            success: done.success,
            added_user_ids: &done.changed,
            failed_users: failed
                .map(|user| FailedUserJson { user_id: &user.user_id, reason: &user.reason })
                .collect(),
        }
    }
}

type ListInput = (Path<String>, Query<ListQuery>);

async fn list(state: Data<AppState>, Caller(me, (id, Query(query))): Caller<ListInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let role = parse_role(query.role.unwrap_or(0))?;
    let (page, size) = (query.page.unwrap_or(0), query.size.unwrap_or(0));
    let page = state.logic.members(&me.user.id, &id, page, size, role).await?;
    ok(MembersJson { members: page.items.iter().map(Into::into).collect(), has_more: page.has_more })
}

type AddInput = (Path<String>, Json<Additions>);

async fn add(state: Data<AppState>, Caller(me, (id, Json(new))): Caller<AddInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let users = new.members.into_iter().map(|id| UserId::parse("members", id)).collect::<Result<_>>()?;
    let role = parse_role(new.role.unwrap_or(0))?;
    let done = state.logic.add_members(&me.user.id, &id, users, role).await?;
    created(AddedJson::from(&done))
}

async fn remove(state: Data<AppState>, Caller(me, ids): Caller<Path<(String, String)>>) -> Answer {
    let (conversation, user) = ids.into_inner();
    let conversation = ConversationId::parse("id", conversation)?;
    let user = UserId::parse("userId", user)?;
    let done = state.logic.remove_members(&me.user.id, &conversation, vec![user]).await?;
    refused(done)?;
    ok(Nothing {})
}

/// The one user's failure is the whole call's.
fn refused(done: MembersChanged) -> Result<()> {
    match done.failed.into_iter().next() {
        Some(failed) => Err(Error::from_wire(&failed.reason, "this user was not removed".to_owned())),
        None => Ok(()),
    }
}
