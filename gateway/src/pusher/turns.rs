//! Pushes of one id take turns: a second waits until it is known who got the first.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use protos::ids::PushId;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Longer than a push takes. Who has waited so long goes on: a double is better than a push that does not come.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// The pushes that are under way; as many entries as there are calls. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<DashMap<PushId, watch::Sender<()>>>);

/// Held while a push is under way; dropped, who waits for it goes on.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    push: PushId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.remove(&self.push);
    }
}

impl Turns {
    /// The turn, when no other push of this id is under way; else what tells of that one's end.
    pub(super) fn try_take(&self, push: &PushId) -> Result<Turn, watch::Receiver<()>> {
        match self.0.entry(push.clone()) {
            Entry::Occupied(other) => Err(other.get().subscribe()),
            Entry::Vacant(free) => {
                free.insert(watch::Sender::new(()));
                Ok(Turn { turns: self.clone(), push: push.clone() })
            }
        }
    }

    /// Waits until no other push of this id is under way; `None` when that takes too long.
    pub(super) async fn take(&self, push: &PushId) -> Option<Turn> {
        let until = Instant::now() + TURN_WITHIN;
        loop {
            let mut other = match self.try_take(push) {
                Ok(turn) => return Some(turn),
                Err(other) => other,
            };
            // Nothing is ever sent: it ends when the other's turn does.
            if timeout_at(until, other.changed()).await.is_err() {
                tracing::warn!(%push, "another push of the same id does not end");
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_push_of_an_id_is_under_way_at_a_time() {
        let turns = Turns::default();
        let (first, id) = (turns.take(&"p".into()).await, PushId::from("p"));
        assert!(turns.take(&"q".into()).now_or_never().is_some(), "another id does not wait");
        let mut second = Box::pin(turns.take(&id));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.await;
        assert!(second.is_some());
        assert!(turns.take(&id).await.is_none(), "nobody waits for ever");
        drop(second);
        assert!(turns.0.is_empty());
    }
}
