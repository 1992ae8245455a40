//! `/conversations/{id}/members`: who is in a conversation.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::convert::parse_role;
use protos::ids::{ConversationId, UserId};
use protos::model::Role;
use protos::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, Nothing, SuccessJson, created, ok};
use super::caller::Caller;
use crate::json::MemberJson;
use crate::logic::MembersChanged;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let members = web::resource("/conversations/{id}/members");
    cfg.service(members.get(list).post(add))
        .service(web::resource("/conversations/{id}/members/{userId}").put(change).delete(remove));
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Counts from 1, which is also what 0 means.
    #[param(minimum = 0)]
    page: Option<i32>,
    /// 20 when absent or 0; more than 500 is lowered to it.
    #[param(minimum = 0)]
    size: Option<i32>,
    /// 1 MEMBER, 2 ADMIN, 3 OWNER; 0 or absent: all.
    #[param(minimum = 0, maximum = 3)]
    role: Option<i32>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewMembers)]
struct Additions {
    /// The users' ids.
    #[schema(min_items = 1)]
    members: Vec<String>,
    /// 1 MEMBER, which 0 or absent also means; 2 ADMIN.
    #[schema(minimum = 0, maximum = 2)]
    role: Option<i32>,
}

/// What is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = MemberChange, min_properties = 1)]
struct ChangeBody {
    /// 1 MEMBER, 2 ADMIN; 3 OWNER passes the ownership on. 0 is as if absent.
    #[schema(minimum = 0, maximum = 3)]
    role: Option<i32>,
    /// May read but not write; not for an owner.
    muted: Option<bool>,
}

impl ChangeBody {
    /// What is to become of the member. An owner is never muted, so only the ownership is left of passing it on.
    fn wishes(&self) -> Result<(Option<Role>, Option<bool>)> {
        match (parse_role(self.role.unwrap_or(0))?, self.muted) {
            (None, None) => Err(Error::invalid("give role, or muted, or both")),
            (Some(Role::Owner), Some(true)) => Err(Error::invalid("an owner cannot be muted")),
            (Some(Role::Owner), _) => Ok((Some(Role::Owner), None)),
            wishes => Ok(wishes),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Members)]
struct MembersJson<'a> {
    members: Vec<MemberJson<'a>>,
    has_more: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MembersAdded)]
struct AddedJson<'a> {
    /// Nobody failed.
    success: bool,
    #[schema(value_type = Vec<String>)]
    added_user_ids: &'a [UserId],
    failed_users: Vec<FailedUserJson<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FailedUser)]
struct FailedUserJson<'a> {
    #[schema(value_type = String)]
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

/// Who is in a conversation
#[utoipa::path(get, path = "/conversations/{id}/members", tag = "members", params(ListQuery), responses(
    (status = 200, body = SuccessJson<MembersJson>),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn list(state: Data<AppState>, Caller(me, (id, Query(query))): Caller<ListInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let role = parse_role(query.role.unwrap_or(0))?;
    let (page, size) = (query.page.unwrap_or(0), query.size.unwrap_or(0));
    let page = state.logic.members(&me.user.id, &id, page, size, role).await?;
    ok(MembersJson { members: page.items.iter().map(Into::into).collect(), has_more: page.has_more })
}

type AddInput = (Path<String>, Json<Additions>);

/// Add users to a group
#[utoipa::path(post, path = "/conversations/{id}/members", tag = "members", request_body = Additions, responses(
    (status = 201, body = SuccessJson<AddedJson>),
    (status = 403, description = "FORBIDDEN, INSUFFICIENT_PERMISSION"),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
    (status = 409, description = "CONVERSATION_FULL"),
))]
async fn add(state: Data<AppState>, Caller(me, (id, Json(new))): Caller<AddInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let users = new.members.into_iter().map(|id| UserId::parse("members", id)).collect::<Result<_>>()?;
    let role = parse_role(new.role.unwrap_or(0))?;
    let done = state.logic.add_members(&me.user.id, &id, users, role).await?;
    created(AddedJson::from(&done))
}

/// Remove a member from a group
#[utoipa::path(delete, path = "/conversations/{id}/members/{userId}", tag = "members", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 403, description = "FORBIDDEN, INSUFFICIENT_PERMISSION"),
    (status = 404, description = "CONVERSATION_NOT_FOUND, NOT_CONVERSATION_MEMBER"),
))]
async fn remove(state: Data<AppState>, Caller(me, ids): Caller<Path<(String, String)>>) -> Answer {
    let (conversation, user) = ids.into_inner();
    let conversation = ConversationId::parse("id", conversation)?;
    let user = UserId::parse("userId", user)?;
    let done = state.logic.remove_members(&me.user.id, &conversation, vec![user]).await?;
    refused(done)?;
    ok(Nothing {})
}

type ChangeInput = (Path<(String, String)>, Json<ChangeBody>);

/// Change a member's role, or mute them
#[utoipa::path(put, path = "/conversations/{id}/members/{userId}", tag = "members", request_body = ChangeBody, responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 403, description = "FORBIDDEN, INSUFFICIENT_PERMISSION"),
    (status = 404, description = "CONVERSATION_NOT_FOUND, NOT_CONVERSATION_MEMBER"),
))]
async fn change(state: Data<AppState>, Caller(me, (ids, Json(body))): Caller<ChangeInput>) -> Answer {
    let (conversation, user) = ids.into_inner();
    let conversation = ConversationId::parse("id", conversation)?;
    let user = UserId::parse("userId", user)?;
    let (role, muted) = body.wishes()?;
    // The role first: who may give it may also mute.
    if let Some(role) = role {
        state.logic.update_member_role(&me.user.id, &conversation, &user, role).await?;
    }
    if let Some(muted) = muted {
        state.logic.mute_member(&me.user.id, &conversation, &user, muted).await?;
    }
    ok(Nothing {})
}

/// The one user's failure is the whole call's.
fn refused(done: MembersChanged) -> Result<()> {
    match done.failed.into_iter().next() {
        Some(failed) => Err(Error::from_wire(&failed.reason, "this user was not removed".to_owned())),
        None => Ok(()),
    }
}
