//! Messages that a member takes back: each is asked for until it is answered.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::notebook::Notebook;
use crate::cluster::Frame;

/// A member waits so long for an answer before it asks again.
const PATIENCE: Duration = Duration::from_secs(6);
/// Time until what was refused for now is asked again.
const RETRY: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Recall {
    conversation: String,
    message: String,
    not_before: Option<Instant>,
}

/// What is to be taken back.
#[derive(Debug, Default)]
pub(crate) struct Recalls(Vec<Recall>);

impl Recalls {
    /// These, by conversation and message.
    pub(super) fn of(messages: impl Iterator<Item = (String, String)>) -> Self {
        let mut recalls = Self::default();
        recalls.extend(messages);
        recalls
    }

    /// These too.
    pub(super) fn extend(&mut self, messages: impl IntoIterator<Item = (String, String)>) {
        let messages = messages.into_iter();
        self.0.extend(messages.map(|(conversation, message)| Recall {
            conversation,
            message,
            not_before: None,
        }));
    }

    /// The frames to send now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<String> {
        let due = self.0.iter_mut().filter(|recall| recall.not_before.is_none_or(|at| at <= now));
        due.map(|recall| {
            recall.not_before = Some(now + PATIENCE);
            let data = json!({ "conversationId": recall.conversation, "messageId": recall.message });
            json!({ "type": "recall-message", "id": id(recall), "data": data }).to_string()
        })
        .collect()
    }

    /// True when this answers a recall.
    pub(super) fn acked(&mut self, frame: &Frame) -> bool {
        let place = self.0.iter().position(|recall| frame.id.as_deref() == Some(&*id(recall)));
        place.map(|place| self.0.remove(place)).is_some()
    }

    /// True when this answers a recall. One that comes too late is given up.
    pub(super) fn refused(&mut self, frame: &Frame, now: Instant, notebook: &mut Notebook) -> bool {
        let place = self.0.iter().position(|recall| frame.id.as_deref() == Some(&*id(recall)));
        let Some(place) = place else { return false };
        let reason = frame.data["code"].as_str().and_then(protos::Reason::parse);
        if reason.is_some_and(protos::Reason::is_transient) {
            self.0[place].not_before = Some(now + RETRY);
        } else {
            notebook.recall_refused(&self.0.remove(place).message);
        }
        true
    }
}

fn id(recall: &Recall) -> String {
    format!("recall {}", recall.message)
}
