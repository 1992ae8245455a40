//! `/conversations/{id}/messages` and `/read`: history, sending, recalling, and the read pointer.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::convert::parse_message_type;
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::{Error, Result};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answer::{Answer, SuccessJson, created, ok};
use super::caller::Caller;
use crate::json::MessageJson;
use crate::logic::{LogicClient, MessagePage, ReadMessages, SendMessage};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let messages = web::resource("/conversations/{id}/messages");
    cfg.service(messages.get(list).post(send))
        .service(web::resource("/conversations/{id}/messages/{messageId}").delete(recall))
        .service(web::resource("/conversations/{id}/read").put(mark_as_read));
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The `nextCursor` of the page before. Not together with `afterSeq`.
    #[param(minimum = 0)]
    cursor: Option<i64>,
    /// Instead of `cursor`: what comes after this seq, oldest first.
    #[param(minimum = 0)]
    after_seq: Option<i64>,
    /// 50 when absent or 0; more than 200 is lowered to it.
    #[param(minimum = 0)]
    limit: Option<i32>,
}

impl ListQuery {
    /// Which messages, the cursors' own excluded; `None`: there can be none.
    fn which(&self) -> Result<Option<ReadMessages>> {
        if self.cursor.unwrap_or(0) < 0 || self.after_seq.unwrap_or(0) < 0 {
            return Err(Error::invalid("a seq must not be negative"));
        }
        match (self.cursor, self.after_seq) {
            (Some(_), Some(_)) => Err(Error::invalid("give either cursor or afterSeq")),
            (None | Some(0), None) => Ok(Some(ReadMessages::NewestFirst(None))),
            (Some(1), None) => Ok(None),
            (Some(before), None) => Ok(Some(ReadMessages::NewestFirst(Some(Seq(before - 1))))),
            (None, Some(after)) => Ok(after.checked_add(1).map(|from| ReadMessages::OldestFirst(Seq(from)))),
        }
    }
}

/// Reads bytes as the query of a page and as a message's id. Whatever they are, what comes of it is a place that there can be.
///
/// # Panics
/// When that does not hold.
#[cfg(any(test, feature = "fuzzing"))]
pub fn cursors(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let which = Query::<ListQuery>::from_query(text).ok().and_then(|query| query.which().ok());
    if let Some(Some(ReadMessages::NewestFirst(Some(seq)) | ReadMessages::OldestFirst(seq))) = which {
        assert!(seq.0 >= 1, "{text}: from {seq}");
    }
    if let Some((conversation, seq)) = MessageId::from(text).parts() {
        assert_eq!(MessageId::new(&conversation, seq).as_str(), text, "one place has one id");
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    /// 1 TEXT, 2 IMAGE, 3 FILE, 5 VOICE, 6 VIDEO; only the server sends 4, SYSTEM.
    #[schema(minimum = 1, maximum = 6)]
    message_type: i32,
    /// Together with `extra` at most 32 KiB of UTF-8; not blank.
    #[schema(min_length = 1, max_length = 32768)]
    content: String,
    /// The sender's own key, at most 128 bytes of UTF-8: the same again is the same message. One is made when absent.
    #[schema(max_length = 128, pattern = r"^\P{Cc}*$")]
    #[serde(rename = "client_msg_id", alias = "clientMsgId")]
    client_msg_id: Option<String>,
    /// JSON text of an object, or empty.
    extra: Option<String>,
}

impl NewMessage {
    fn sent_by(self, sender: UserId, conversation: String) -> Result<SendMessage> {
        let key = self.client_msg_id.filter(|key| !key.is_empty());
        Ok(SendMessage {
            user_id: sender,
            conversation_id: ConversationId::parse("id", conversation)?,
            content: self.content,
            kind: parse_message_type(self.message_type)?,
            client_msg_id: match key {
                Some(key) => ClientMsgId::parse("client_msg_id", key)?,
                None => ClientMsgId::generate(),
            },
            extra: self.extra.unwrap_or_default(),
            origin_session: None,
            came_at: Instant::now(),
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadPointer {
    /// Clamped to the last message; the pointer never moves back.
    #[schema(value_type = i64, minimum = 0)]
    seq_id: Seq,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Unread)]
struct UnreadJson {
    unread_count: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Messages)]
struct MessagesJson<'a> {
    messages: Vec<MessageJson<'a>>,
    has_more: bool,
    /// To be passed as what was passed for this page: `cursor` or `afterSeq`.
    #[schema(value_type = Option<i64>, required)]
    next_cursor: Option<Seq>,
}

impl<'a> From<&'a MessagePage> for MessagesJson<'a> {
    fn from(page: &'a MessagePage) -> Self {
        let last = page.messages.last().map(|message| message.seq);
        Self {
            messages: page.messages.iter().map(Into::into).collect(),
            has_more: page.has_more,
            next_cursor: last.filter(|_| page.has_more),
        }
    }
}

type ListInput = (Path<String>, Query<ListQuery>);

/// History, newest first
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(ListQuery), responses(
    (status = 200, body = SuccessJson<MessagesJson>),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn list(state: Data<AppState>, Caller(me, (id, Query(query))): Caller<ListInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let page = read(&state.logic, &me.user.id, &id, &query).await?;
    ok(MessagesJson::from(&page))
}

async fn read(
    logic: &LogicClient,
    user: &UserId,
    conversation: &ConversationId,
    query: &ListQuery,
) -> Result<MessagePage> {
    match query.which()? {
        Some(which) => logic.messages(user, conversation, which, query.limit.unwrap_or(0)).await,
        // Logic is asked all the same: a conversation of others answers as one that is not there.
        None => logic.conversation(user, conversation, false).await.map(|_| MessagePage::default()),
    }
}

type SendInput = (Path<String>, Json<NewMessage>);

/// Send a message
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", request_body = NewMessage, responses(
    (status = 201, body = SuccessJson<MessageJson>),
    (status = 200, body = SuccessJson<MessageJson>, description = "the first message of this client_msg_id"),
    (status = 400, description = "MESSAGE_EMPTY, UNSUPPORTED_MESSAGE_TYPE"),
    (status = 403, description = "MEMBER_MUTED, FORBIDDEN"),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn send(state: Data<AppState>, Caller(me, (id, Json(new))): Caller<SendInput>) -> Answer {
    state.limits.send(&me.user.id)?;
    let message = new.sent_by(me.user.id, id.into_inner())?;
    let sent = state.logic.send_message(message).await?;
    let shown = MessageJson::from(&sent.message);
    if sent.duplicate { ok(shown) } else { created(shown) }
}

/// Recall a message
///
/// For its sender within two minutes, and for a group's admins and owner. What is left of it has no content.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{messageId}", tag = "messages", responses(
    (status = 200, body = SuccessJson<MessageJson>),
    (status = 403, description = "FORBIDDEN"),
    (status = 404, description = "CONVERSATION_NOT_FOUND, MESSAGE_NOT_FOUND"),
    (status = 409, description = "RECALL_TIME_EXCEEDED"),
))]
async fn recall(state: Data<AppState>, Caller(me, path): Caller<Path<(String, String)>>) -> Answer {
    let (conversation, message) = path.into_inner();
    let conversation = ConversationId::parse("id", conversation)?;
    let message = MessageId::parse("messageId", message)?;
    let left = state.logic.recall(&me.user.id, &conversation, &message, None).await?;
    ok(MessageJson::from(&left))
}

type ReadInput = (Path<String>, Json<ReadPointer>);

/// Move the read pointer on
#[utoipa::path(put, path = "/conversations/{id}/read", tag = "messages", request_body = ReadPointer, responses(
    (status = 200, body = SuccessJson<UnreadJson>),
    (status = 404, description = "CONVERSATION_NOT_FOUND"),
))]
async fn mark_as_read(state: Data<AppState>, Caller(me, (id, Json(read))): Caller<ReadInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let unread_count = state.logic.mark_as_read(&me.user.id, &id, read.seq_id, None).await?;
    ok(UnreadJson { unread_count })
}
