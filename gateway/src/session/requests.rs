//! Carrying out a batch of a client's requests.

use bytestring::ByteString;
use futures::future::join_all;
use kit::SharedClock;
use protos::ids::{SessionId, UserId};

use super::outbox::Batch;
use super::outgoing::{self, Head};
use crate::logic::LogicClient;

/// Asks logic, and gives the answer to each request, in order.
pub(super) async fn carry_out(
    logic: LogicClient,
    clock: SharedClock,
    user: UserId,
    session: SessionId,
    batch: Batch,
) -> Vec<ByteString> {
    match batch {
        Batch::Sends(sends) => {
            let (ids, messages): (Vec<_>, Vec<_>) = sends.into_iter().unzip();
            let keys: Vec<_> = messages.iter().map(|message| message.client_msg_id.clone()).collect();
            let outcomes = logic.send_messages(messages).await;
            let now = clock.now();
            let answered = ids.iter().zip(&keys).zip(outcomes);
            answered
                .map(|((id, key), outcome)| {
                    let head = Head { id: id.as_deref(), now };
                    match outcome {
                        Ok(sent) => outgoing::message_ack(head, key.as_str(), &sent.message),
                        Err(error) => outgoing::error(head, &error, Some(key.as_str())),
                    }
                })
                .collect()
        }
        Batch::Reads(reads) => {
            let answers = reads.iter().map(|(id, conversation, seq)| {
                let (logic, user, session, clock) = (&logic, &user, &session, &clock);
                async move {
                    let outcome = logic.mark_as_read(user, conversation, *seq, Some(session)).await;
                    let head = Head { id: id.as_deref(), now: clock.now() };
                    match outcome {
                        Ok(unread) => outgoing::read_ack(head, conversation, *seq, unread),
                        Err(error) => outgoing::error(head, &error, None),
                    }
                }
            });
            join_all(answers).await
        }
    }
}
