//! One WebSocket session, read all the time so that nobody takes this client for a slow one.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as WireMessage;

use super::handshake::Socket;
use super::inbox::{Ending, Frame, Inbox};
use super::message::{Ack, Message, text};
use super::{DEADLINE, within};

/// A session that has been greeted.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) gateway_id: String,
    outgoing: Mutex<SplitSink<Socket, WireMessage>>,
    inbox: Arc<Inbox>,
    reader: JoinHandle<()>,
}

impl Session {
    /// Reads the greeting, which must be the first frame; `None` when the server closes before.
    pub(super) async fn open(socket: Socket) -> Option<Self> {
        let (outgoing, mut incoming) = socket.split();
        let hello = loop {
            match incoming.next().await?.ok()? {
                WireMessage::Text(text) => break serde_json::from_str::<Frame>(&text).unwrap(),
                WireMessage::Close(_) => return None,
                _ => {}
            }
        };
        assert_eq!(hello.kind, "hello", "{hello:?}");
        let inbox = Arc::new(Inbox::default());
        inbox.receive(hello.clone());
        let reader = tokio::spawn({
            let inbox = Arc::clone(&inbox);
            async move {
                let ending = loop {
                    match incoming.next().await {
                        Some(Ok(WireMessage::Text(text))) => {
                            inbox.receive(serde_json::from_str(&text).unwrap());
                        }
                        Some(Ok(WireMessage::Close(frame))) => break frame.map(|frame| frame.code.into()),
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => break None,
                    }
                };
                inbox.end(ending);
                // The closing handshake ends when the stream does.
                while let Some(Ok(_)) = incoming.next().await {}
            }
        });
        Some(Self {
            id: text(&hello.data, "sessionId"),
            user_id: text(&hello.data, "userId"),
            gateway_id: text(&hello.data, "gatewayId"),
            outgoing: Mutex::new(outgoing),
            inbox,
            reader,
        })
    }

    /// Sends these very characters.
    pub(crate) async fn send_text(&self, text: &str) {
        self.try_send_text(text).await.unwrap_or_else(|error| panic!("cannot send: {error}"));
    }

    async fn try_send_text(&self, text: &str) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        self.outgoing.lock().await.send(WireMessage::text(text)).await
    }

    /// Sends a frame and waits for the one that answers it, be it an error; `None` when the socket ends or `patience` does.
    pub(crate) async fn try_request(&self, kind: &str, data: &Value, patience: Duration) -> Option<Frame> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let answer = self.inbox.answer_to(&id);
        let frame = json!({ "type": kind, "data": data, "id": id }).to_string();
        let exchange = async {
            self.try_send_text(&frame).await.ok()?;
            answer.await.ok()
        };
        timeout(patience, exchange).await.ok()?
    }

    /// Sends a frame and waits for the one that answers it.
    pub(crate) async fn request(&self, kind: &str, data: &Value) -> Frame {
        let answer = self.try_request(kind, data, DEADLINE).await;
        answer.unwrap_or_else(|| panic!("no answer to {kind} {data}"))
    }

    /// Sends a text message; the answer as it is.
    pub(crate) async fn send_message(&self, conversation: &str, content: &str, key: &str) -> Frame {
        self.request("send-message", &new_message(conversation, content, key)).await
    }

    /// Sends a text message, which must be acknowledged.
    pub(crate) async fn send(&self, conversation: &str, content: &str, key: &str) -> Ack {
        let answer = self.send_message(conversation, content, key).await;
        assert_eq!(answer.kind, "message-ack", "{answer:?}");
        let ack = Ack::from_json(&answer.data);
        assert_eq!((ack.conversation_id.as_str(), ack.client_msg_id.as_str()), (conversation, key));
        ack
    }

    /// Moves the read pointer and tells how many are unread then.
    pub(crate) async fn mark_read(&self, conversation: &str, seq: i64) -> i64 {
        let data = json!({ "conversationId": conversation, "seqId": seq });
        let answer = self.request("mark-read", &data).await;
        assert_eq!(answer.kind, "read-ack", "{answer:?}");
        answer.data["unreadCount"].as_i64().unwrap()
    }

    /// The first frame that matches, past or to come; `what` names it when it does not come.
    pub(crate) async fn frame(&self, what: &str, matches: impl Fn(&Frame) -> bool) -> Frame {
        self.inbox.find(what, matches).await
    }

    /// Waits until so many frames of a type have come.
    pub(crate) async fn frames_of(&self, kind: &str, count: usize) {
        let what = format!("{count} frames {kind}");
        self.inbox.count(&what, count, |frame| frame.kind == kind).await;
    }

    /// The pushed message with this key.
    pub(crate) async fn message(&self, conversation: &str, key: &str) -> Message {
        let is_it = |frame: &Frame| is_message_of(frame, conversation) && frame.data["clientMsgId"] == *key;
        Message::from_json(&self.frame(&format!("a message {key}"), is_it).await.data)
    }

    /// Waits until so many messages of a conversation have been pushed.
    pub(crate) async fn messages_pushed(&self, conversation: &str, count: usize) {
        let what = format!("{count} messages are pushed");
        self.inbox.count(&what, count, |frame| is_message_of(frame, conversation)).await;
    }

    /// The messages of a conversation that have been pushed by now, in the order of their arrival.
    pub(crate) fn pushed(&self, conversation: &str) -> Vec<Message> {
        let frames = self.frames().into_iter().filter(|frame| is_message_of(frame, conversation));
        frames.map(|frame| Message::from_json(&frame.data)).collect()
    }

    /// The messages of all conversations that have been pushed by now.
    pub(crate) fn all_pushed(&self) -> Vec<Message> {
        let frames = self.frames().into_iter().filter(|frame| frame.kind == "new-message");
        frames.map(|frame| Message::from_json(&frame.data)).collect()
    }

    /// What has come by now.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        self.inbox.frames()
    }

    /// True once the socket has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.inbox.has_ended()
    }

    /// Waits for the server to end it: the close code, or nothing when it broke off.
    pub(crate) async fn ended(&self) -> Ending {
        self.inbox.ending().await
    }

    /// Says goodbye and waits until the server has, too.
    pub(crate) async fn close(&self) {
        self.outgoing.lock().await.send(WireMessage::Close(None)).await.ok();
        within("the server closes, too", self.inbox.ending()).await;
    }
}

impl Drop for Session {
    /// Breaks off without a goodbye, unless one was said.
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The data of a `send-message` frame with a text.
pub(crate) fn new_message(conversation: &str, content: &str, key: &str) -> Value {
    json!({ "conversationId": conversation, "messageType": 1, "content": content, "client_msg_id": key })
}

fn is_message_of(frame: &Frame, conversation: &str) -> bool {
    frame.kind == "new-message" && frame.data["conversationId"] == *conversation
}
