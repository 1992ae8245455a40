//! Who had which push lately, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use protos::ids::{PushId, UserId};

/// So many are remembered; for one more the oldest is forgotten: its push may come to its user twice, bearing its id.
const MAX_NOTES: usize = 250_000;

type Note = Arc<(PushId, UserId)>;

/// The notes, and in what order they are forgotten.
#[derive(Debug, Default)]
pub(super) struct HadPushes {
    until_ms: HashMap<Note, i64>,
    order: VecDeque<(Note, i64)>,
}

impl HadPushes {
    /// Remembers until this Unix ms that a user had a push.
    pub(super) fn note(&mut self, push: PushId, user: UserId, until_ms: i64) {
        let note = Arc::new((push, user));
        self.until_ms.insert(Arc::clone(&note), until_ms);
        self.order.push_back((note, until_ms));
        if self.order.len() > MAX_NOTES {
            self.forget_oldest();
        }
    }

    /// True when a user had a push, as far as is remembered.
    pub(super) fn had(&self, push: &PushId, user: &UserId, now_ms: i64) -> bool {
        let note = (push.clone(), user.clone());
        self.until_ms.get(&note).is_some_and(|until_ms| *until_ms > now_ms)
    }

    /// Forgets what is old.
    pub(super) fn forget(&mut self, now_ms: i64) {
        while self.order.front().is_some_and(|(_, until_ms)| *until_ms <= now_ms) {
            self.forget_oldest();
        }
    }

    /// One that was noted again meanwhile stays.
    fn forget_oldest(&mut self) {
        if let Some((note, until_ms)) = self.order.pop_front()
            && self.until_ms.get(&note) == Some(&until_ms)
        {
            self.until_ms.remove(&note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_or_too_much_is_forgotten() {
        let mut pushes = HadPushes::default();
        pushes.note("p".into(), "ann".into(), 10);
        pushes.note("p".into(), "bob".into(), 10);
        pushes.note("p".into(), "bob".into(), 20);
        assert!(pushes.had(&"p".into(), &"ann".into(), 9) && !pushes.had(&"q".into(), &"ann".into(), 9));
        assert!(!pushes.had(&"p".into(), &"ann".into(), 10));
        pushes.forget(10);
        assert!(pushes.had(&"p".into(), &"bob".into(), 10), "noted again");
        assert_eq!((pushes.until_ms.len(), pushes.order.len()), (1, 1));
        for number in 0..MAX_NOTES {
            pushes.note("p".into(), format!("user-{number}").into(), 30);
        }
        assert_eq!((pushes.until_ms.len(), pushes.order.len()), (MAX_NOTES, MAX_NOTES));
        assert!(!pushes.had(&"p".into(), &"bob".into(), 10));
    }
}
