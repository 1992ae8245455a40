//! History, sending without a session, and the read pointer.

use protos::ids::{ConversationId, Seq};
use serde::Deserialize;
use serde_json::json;

use super::Account;
use super::call::Call;
use crate::Result;
use crate::model::{Message, Page};
use crate::session::NewMessage;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    messages: Vec<Message>,
    #[serde(default)]
    has_more: bool,
}

impl From<Listed> for Page<Message> {
    fn from(listed: Listed) -> Self {
        Self { items: listed.messages, has_more: listed.has_more }
    }
}

impl Account {
    /// The messages before `before` (`None`: the newest), newest first, at most `limit` (200 at most).
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`; no answer.
    pub async fn history(
        &self,
        id: &ConversationId,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Page<Message>> {
        let path = ["conversations", id.as_str(), "messages"];
        let mut call = Call::get(&path).query("limit", limit);
        if let Some(before) = before {
            call = call.query("cursor", before);
        }
        Ok(self.call::<Listed>(call).await?.into())
    }

    /// The messages after `after`, oldest first, at most `limit` (200 at most).
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`; no answer.
    pub async fn messages_after(&self, id: &ConversationId, after: Seq, limit: u32) -> Result<Page<Message>> {
        let path = ["conversations", id.as_str(), "messages"];
        let call = Call::get(&path).query("limit", limit).query("afterSeq", after);
        Ok(self.call::<Listed>(call).await?.into())
    }

    /// Sends by HTTP: all of this user's sessions get it too. The same `client_msg_id` again answers the first message.
    ///
    /// # Errors
    /// `MESSAGE_EMPTY`, `MESSAGE_TOO_LARGE`, `UNSUPPORTED_MESSAGE_TYPE`, `MEMBER_MUTED`, `CONVERSATION_NOT_FOUND`; no answer,
    /// after which sending the same again is safe.
    pub async fn send(&self, message: &NewMessage) -> Result<Message> {
        let body = json!({
            "messageType": message.kind as i32, "content": message.content,
            "client_msg_id": message.client_msg_id, "extra": message.extra,
        });
        let path = ["conversations", message.conversation_id.as_str(), "messages"];
        self.call(Call::post(&path, body)).await
    }

    /// Moves the read pointer to `seq`, never back; answers the unread count.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`; no answer.
    pub async fn mark_read(&self, id: &ConversationId, seq: Seq) -> Result<i64> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Unread {
            unread_count: i64,
        }
        let path = ["conversations", id.as_str(), "read"];
        Ok(self.call::<Unread>(Call::put(&path, json!({ "seqId": seq }))).await?.unread_count)
    }
}
