//! Everything that came over a socket, for a test to wait on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{oneshot, watch};

use super::within;

/// A frame from the server.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Frame {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) data: Value,
    pub(crate) timestamp: i64,
    pub(crate) id: Option<String>,
    #[serde(rename = "pushId")]
    pub(crate) push_id: Option<String>,
}

/// How a socket ended: the close code, or nothing when it broke off.
pub(crate) type Ending = Option<u16>;

#[derive(Debug, Default)]
struct Log {
    frames: Vec<Frame>,
    asked: HashMap<String, oneshot::Sender<Frame>>,
    ended: Option<Ending>,
}

/// The frames of one socket, in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    log: Mutex<Log>,
    /// Sent to on every change of the log.
    changed: watch::Sender<()>,
}

impl Inbox {
    /// Takes in what came.
    pub(super) fn receive(&self, frame: Frame) {
        self.change(|log| {
            if let Some(asker) = frame.id.as_ref().and_then(|id| log.asked.remove(id)) {
                asker.send(frame.clone()).ok();
            }
            log.frames.push(frame);
        });
    }

    /// The socket has ended: nothing more comes.
    pub(super) fn end(&self, ending: Ending) {
        self.change(|log| {
            log.ended.get_or_insert(ending);
            log.asked.clear();
        });
    }

    /// The frame that will answer the one with this id; fails when the socket ends before.
    pub(super) fn answer_to(&self, id: &str) -> oneshot::Receiver<Frame> {
        let (asker, answer) = oneshot::channel();
        self.change(|log| {
            if log.ended.is_none() {
                log.asked.insert(id.to_owned(), asker);
            }
        });
        answer
    }

    /// What has come by now.
    pub(super) fn frames(&self) -> Vec<Frame> {
        self.change(|log| log.frames.clone())
    }

    /// True once the socket has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.change(|log| log.ended.is_some())
    }

    /// The first frame that matches, past or to come.
    pub(super) async fn find(&self, what: &str, matches: impl Fn(&Frame) -> bool) -> Frame {
        let mut read = 0;
        self.wait(what, |log| {
            let found = log.frames[read..].iter().find(|frame| matches(frame)).cloned();
            read = log.frames.len();
            assert!(found.is_some() || log.ended.is_none(), "the socket ended without {what}");
            found
        })
        .await
    }

    /// Waits until so many frames match.
    pub(super) async fn count(&self, what: &str, count: usize, matches: impl Fn(&Frame) -> bool) {
        let (mut read, mut found) = (0, 0);
        self.wait(what, |log| {
            found += log.frames[read..].iter().filter(|frame| matches(frame)).count();
            read = log.frames.len();
            assert!(
                found >= count || log.ended.is_none(),
                "the socket ended with {found} of {count}: {what}"
            );
            (found >= count).then_some(())
        })
        .await;
    }

    /// Waits for the end.
    pub(super) async fn ending(&self) -> Ending {
        self.wait("the socket ends", |log| log.ended).await
    }

    async fn wait<T>(&self, what: &str, mut look: impl FnMut(&mut Log) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        within(what, async {
            loop {
                let seen = look(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
                if let Some(seen) = seen {
                    return seen;
                }
                changes.changed().await.unwrap();
            }
        })
        .await
    }

    fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let result = change(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
        result
    }
}
