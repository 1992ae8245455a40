//! `/conversations`: the caller's list, single conversations, making, changing and leaving them.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::convert::{parse_conversation_type, type_filter};
use protos::ids::{ConversationId, UserId};
use protos::model::{Conversation, ConversationType};
use protos::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, Nothing, SuccessJson, created, ok};
use super::caller::Caller;
use crate::json::ConversationJson;
use crate::logic::{ConversationView, EditConversation, ListConversations, LogicClient, NewConversation};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/conversations").get(list).post(create))
        .service(web::resource("/conversations/world/join").post(join_world))
        .service(web::resource("/conversations/search").get(search))
        .service(web::resource("/conversations/{id}").get(get).put(update).delete(delete))
        .service(web::resource("/conversations/{id}/leave").post(leave));
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Counts from 1, which is also what 0 means.
    #[param(minimum = 0)]
    page: Option<i32>,
    /// 20 when absent or 0; more than 100 is lowered to it.
    #[param(minimum = 0)]
    size: Option<i32>,
    /// 1 SINGLE, 2 GROUP, 3 WORLD; 0 or absent: all.
    #[param(minimum = 0, maximum = 3)]
    #[serde(rename = "type")]
    kind: Option<i32>,
}

impl TryFrom<ListQuery> for ListConversations {
    type Error = Error;

    fn try_from(query: ListQuery) -> Result<Self> {
        Ok(Self {
            page: query.page.unwrap_or(0),
            size: query.size.unwrap_or(0),
            kind: type_filter(query.kind.unwrap_or(0))?,
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewConversation)]
struct NewConversationBody {
    /// 1 SINGLE, with one member; 2 GROUP.
    #[schema(minimum = 1, maximum = 2)]
    #[serde(rename = "type")]
    kind: i32,
    /// A group's name.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// The other users' ids.
    members: Option<Vec<String>>,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// At most 2,048 bytes of UTF-8.
    #[schema(max_length = 2048)]
    avatar_url: Option<String>,
}

impl TryFrom<NewConversationBody> for NewConversation {
    type Error = Error;

    fn try_from(body: NewConversationBody) -> Result<Self> {
        let members = body.members.unwrap_or_default();
        Ok(Self {
            kind: parse_conversation_type(body.kind)?,
            name: body.name.unwrap_or_default(),
            description: body.description.unwrap_or_default(),
            avatar_url: body.avatar_url.unwrap_or_default(),
            members: members.into_iter().map(|id| UserId::parse("members", id)).collect::<Result<_>>()?,
        })
    }
}

/// What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConversationChange, min_properties = 1)]
struct EditBody {
    /// Not blank.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// At most 2,048 bytes of UTF-8.
    #[schema(max_length = 2048)]
    avatar_url: Option<String>,
    #[schema(max_length = 1000)]
    description: Option<String>,
}

impl From<EditBody> for EditConversation {
    fn from(body: EditBody) -> Self {
        Self { name: body.name, avatar_url: body.avatar_url, description: body.description }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// What the name contains, letter case aside; a SINGLE has its peer's. Not blank.
    #[param(min_length = 1)]
    q: String,
    /// 1 SINGLE, 2 GROUP, 3 WORLD; 0 or absent: all.
    #[param(minimum = 0, maximum = 3)]
    #[serde(rename = "type")]
    kind: Option<i32>,
    /// 20 when absent or 0; more than 100 is lowered to it.
    #[param(minimum = 0)]
    limit: Option<i32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConversationsFound)]
struct FoundJson<'a> {
    conversations: Vec<ConversationJson<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Conversations)]
struct ConversationsJson<'a> {
    conversations: Vec<ConversationJson<'a>>,
    has_more: bool,
}

/// The caller's conversations, newest activity first
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(ListQuery), responses(
    (status = 200, body = SuccessJson<ConversationsJson>),
))]
async fn list(state: Data<AppState>, Caller(me, Query(query)): Caller<Query<ListQuery>>) -> Answer {
    let page = state.logic.conversations(&me.user.id, query.try_into()?).await?;
    let online = state.online_among(page.items.iter().map(|item| item.peer.as_ref())).await;
    let conversations = page.items.iter().map(|item| ConversationJson::listed(item, &online)).collect();
    ok(ConversationsJson { conversations, has_more: page.has_more })
}

/// Open a conversation
///
/// A second SINGLE with the same user is the first.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversationBody, responses(
    (status = 201, body = SuccessJson<ConversationJson>),
    (status = 403, description = "FORBIDDEN, GUEST_NOT_ALLOWED"),
    (status = 404, description = "USER_NOT_FOUND"),
    (status = 409, description = "CONVERSATION_FULL"),
))]
async fn create(state: Data<AppState>, Caller(me, body): Caller<Json<NewConversationBody>>) -> Answer {
    let conversation = state.logic.create_conversation(&me.user.id, body.into_inner().try_into()?).await?;
    let view = as_seen(&state.logic, &me.user.id, conversation).await?;
    let online = state.online_among([view.peer.as_ref()].into_iter()).await;
    created(ConversationJson::viewed(&view, &online))
}

/// Join the WORLD conversation
#[utoipa::path(post, path = "/conversations/world/join", tag = "conversations", responses(
    (status = 200, body = SuccessJson<ConversationJson>),
))]
async fn join_world(state: Data<AppState>, Caller(me, ()): Caller<()>) -> Answer {
    let world = state.logic.join_world(&me.user.id).await?;
    let view = as_seen(&state.logic, &me.user.id, world).await?;
    ok(ConversationJson::viewed(&view, &Default::default()))
}

/// One conversation with its members
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", responses(
    (status = 200, body = SuccessJson<ConversationJson>),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn get(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let view = state.logic.conversation(&me.user.id, &id, true).await?;
    let online = state.online_among([view.peer.as_ref()].into_iter()).await;
    ok(ConversationJson::viewed(&view, &online).with_members(&view.members))
}

/// Find conversations of the caller's by name
#[utoipa::path(get, path = "/conversations/search", tag = "conversations", params(SearchQuery), responses(
    (status = 200, body = SuccessJson<FoundJson>),
))]
async fn search(state: Data<AppState>, Caller(me, Query(query)): Caller<Query<SearchQuery>>) -> Answer {
    let kind = type_filter(query.kind.unwrap_or(0))?;
    let limit = query.limit.unwrap_or(0);
    let found = state.logic.search_conversations(&me.user.id, query.q, kind, limit).await?;
    let online = state.online_among(found.iter().map(|item| item.peer.as_ref())).await;
    ok(FoundJson {
        conversations: found.iter().map(|item| ConversationJson::listed(item, &online)).collect(),
    })
}

type UpdateInput = (Path<String>, Json<EditBody>);

/// Change a group's name, picture or description
#[utoipa::path(put, path = "/conversations/{id}", tag = "conversations", request_body = EditBody, responses(
    (status = 200, body = SuccessJson<ConversationJson>),
    (status = 403, description = "FORBIDDEN, INSUFFICIENT_PERMISSION"),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn update(state: Data<AppState>, Caller(me, (id, Json(body))): Caller<UpdateInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    state.logic.update_conversation(&me.user.id, &id, body.into()).await?;
    let view = state.logic.conversation(&me.user.id, &id, false).await?;
    ok(ConversationJson::viewed(&view, &Default::default()))
}

/// Delete a group for all, or hide a SINGLE
///
/// A SINGLE is gone from the caller's list until its next message.
#[utoipa::path(delete, path = "/conversations/{id}", tag = "conversations", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 403, description = "FORBIDDEN, INSUFFICIENT_PERMISSION"),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn delete(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    state.logic.delete_conversation(&me.user.id, &id).await?;
    ok(Nothing {})
}

/// Leave a group, or WORLD
#[utoipa::path(post, path = "/conversations/{id}/leave", tag = "conversations", responses(
    (status = 200, body = SuccessJson<Nothing>),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
    (status = 409, description = "CANNOT_LEAVE_CONVERSATION"),
))]
async fn leave(state: Data<AppState>, Caller(me, id): Caller<Path<String>>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    state.logic.leave_conversation(&me.user.id, &id).await?;
    ok(Nothing {})
}

/// What the caller sees of a conversation that they just came to. A new group holds nothing yet; all others may have been there
/// for long, and a SINGLE has a peer.
async fn as_seen(logic: &LogicClient, user: &UserId, conversation: Conversation) -> Result<ConversationView> {
    match conversation.kind {
        ConversationType::Single | ConversationType::World => {
            logic.conversation(user, &conversation.id, false).await
        }
        ConversationType::Group => Ok(ConversationView {
            conversation,
            last_message: None,
            unread_count: 0,
            membership: None,
            peer: None,
            members: Vec::new(),
        }),
    }
}
