//! Carrying out a batch of a client's requests.

use std::sync::Arc;

use actix_web::web::Data;
use bytestring::ByteString;
use futures::future::join_all;
use protos::ids::SessionId;

use super::outbox::Batch;
use super::outgoing::{self, Head};
use super::{Sessions, alone};
use crate::logic::Authenticated;

/// Whose requests, and who is asked.
pub(super) struct Asker {
    pub(super) sessions: Data<Sessions>,
    pub(super) who: Arc<Authenticated>,
    pub(super) session: SessionId,
}

impl Asker {
    pub(super) fn head<'a>(&self, id: Option<&'a str>) -> Head<'a> {
        Head { id, now: self.sessions.clock.now() }
    }
}

/// What a batch came to.
pub(super) struct Answers {
    /// To be written, in this order.
    pub(super) frames: Vec<ByteString>,
    /// Under what token the session goes on, if under another.
    pub(super) renewed: Option<Authenticated>,
}

impl From<Vec<ByteString>> for Answers {
    fn from(frames: Vec<ByteString>) -> Self {
        Self { frames, renewed: None }
    }
}

/// Asks logic, and gives the answer to each request, in order.
pub(super) async fn carry_out(asker: Asker, batch: Batch) -> Answers {
    let (logic, who) = (&asker.sessions.logic, &asker.who);
    match batch {
        Batch::Sends(sends) => {
            let (ids, messages): (Vec<_>, Vec<_>) = sends.into_iter().unzip();
            let keys: Vec<_> = messages.iter().map(|message| message.client_msg_id.clone()).collect();
            let outcomes = logic.send_messages(messages).await;
            let now = asker.sessions.clock.now();
            let answered = ids.iter().zip(&keys).zip(outcomes);
            let frames: Vec<ByteString> = answered
                .map(|((id, key), outcome)| {
                    let head = Head { id: id.as_deref(), now };
                    match outcome {
                        Ok(sent) => outgoing::message_ack(head, key.as_str(), &sent.message),
                        Err(error) => outgoing::error(head, &error, Some(key.as_str())),
                    }
                })
                .collect();
            frames.into()
        }
        Batch::Reads(reads) => {
            let answers = reads.iter().map(|(id, conversation, seq)| async {
                let outcome =
                    logic.mark_as_read(&who.user.id, conversation, *seq, Some(&asker.session)).await;
                let head = asker.head(id.as_deref());
                match outcome {
                    Ok(unread) => outgoing::read_ack(head, conversation, *seq, unread),
                    Err(error) => outgoing::error(head, &error, None),
                }
            });
            join_all(answers).await.into()
        }
        Batch::Alone(id, request) => alone::carry_out(&asker, id.as_deref(), request).await,
    }
}
