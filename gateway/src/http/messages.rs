//! `/conversations/{id}/messages` and `/read`: history, sending, recalling, and the read pointer.

use actix_web::web::{self, Data, Json, Path, Query};
use protos::convert::parse_message_type;
use protos::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};
use protos::{Error, Result};
use serde::{Deserialize, Serialize};

use super::AppState;
use super::answer::{Answer, created, ok};
use super::caller::Caller;
use crate::json::MessageJson;
use crate::logic::{LogicClient, MessagePage, ReadMessages, SendMessage};

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let messages = web::resource("/conversations/{id}/messages");
    cfg.service(messages.get(list).post(send))
        .service(web::resource("/conversations/{id}/messages/{message}").delete(recall))
        .service(web::resource("/conversations/{id}/read").put(mark_as_read));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    cursor: Option<i64>,
    after_seq: Option<i64>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    message_type: i32,
    content: String,
    #[serde(rename = "client_msg_id", alias = "clientMsgId")]
    client_msg_id: Option<String>,
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
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadPointer {
    seq_id: Seq,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnreadJson {
    unread_count: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessagesJson<'a> {
    messages: Vec<MessageJson<'a>>,
    has_more: bool,
    /// To be passed as what was passed for this page: `cursor` or `afterSeq`.
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

async fn send(state: Data<AppState>, Caller(me, (id, Json(new))): Caller<SendInput>) -> Answer {
    let message = new.sent_by(me.user.id, id.into_inner())?;
    let sent = state.logic.send_message(message).await?;
    let shown = MessageJson::from(&sent.message);
    if sent.duplicate { ok(shown) } else { created(shown) }
}

async fn recall(state: Data<AppState>, Caller(me, path): Caller<Path<(String, String)>>) -> Answer {
    let (conversation, message) = path.into_inner();
    let conversation = ConversationId::parse("id", conversation)?;
    let message = MessageId::parse("messageId", message)?;
    let left = state.logic.recall(&me.user.id, &conversation, &message, None).await?;
    ok(MessageJson::from(&left))
}

type ReadInput = (Path<String>, Json<ReadPointer>);

async fn mark_as_read(state: Data<AppState>, Caller(me, (id, Json(read))): Caller<ReadInput>) -> Answer {
    let id = ConversationId::parse("id", id.into_inner())?;
    let unread_count = state.logic.mark_as_read(&me.user.id, &id, read.seq_id, None).await?;
    ok(UnreadJson { unread_count })
}
