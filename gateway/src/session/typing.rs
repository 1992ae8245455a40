//! Where a client is writing at the moment: what is passed on of that, and when it ends by itself.

use std::collections::HashMap;
use std::time::Duration;

use kit::token_bucket::{Allowance, TokenBucket};
use protos::ids::{ConversationId, UserId};
use tokio::time::Instant;

use crate::logic::{LogicClient, Signal, Typing};

/// That somebody is still writing is passed on this often at most.
const REPEATED_AFTER: Duration = Duration::from_secs(3);
/// Who has not said for so long that they write has stopped.
const STOPPED_AFTER: Duration = Duration::from_secs(6);
/// Conversations that one session writes in at a time; what begins in another is dropped.
const MOST_AT_ONCE: usize = 8;
/// What a session may begin; more is dropped. What ends is always passed on.
const BEGINNINGS: Allowance = Allowance { burst: 10, one_every: Duration::from_millis(500) };

/// Tells logic where its client is writing. Dropped, it tells that the client has stopped.
pub(super) struct Typist {
    user: UserId,
    logic: LogicClient,
    writing: Writing,
    /// Somebody will call [`Typist::look`].
    is_watched: bool,
}

impl Typist {
    /// Of a client that is not writing.
    pub(super) fn new(user: UserId, logic: LogicClient) -> Self {
        Self { user, logic, writing: Writing::new(Instant::now()), is_watched: false }
    }

    /// The client says that it writes, or no longer does. Some: [`Typist::look`] is to be called after this time.
    pub(super) fn hear(&mut self, conversation: ConversationId, typing: bool) -> Option<Duration> {
        if !conversation.is_world() && self.writing.hear(&conversation, typing, Instant::now()) {
            self.tell(conversation, typing);
        }
        if self.is_watched { None } else { self.watch() }
    }

    /// Ends what its client has said nothing of for too long. Some: it is to be called again after this time.
    pub(super) fn look(&mut self) -> Option<Duration> {
        for conversation in self.writing.expire(Instant::now()) {
            self.tell(conversation, false);
        }
        self.watch()
    }

    fn watch(&mut self) -> Option<Duration> {
        let next = self.writing.next_expiry().map(|at| at.saturating_duration_since(Instant::now()));
        self.is_watched = next.is_some();
        next
    }

    fn tell(&self, conversation: ConversationId, typing: bool) {
        let user_id = self.user.clone();
        self.logic.signal(Signal::Typing(Typing { user_id, conversation_id: conversation, typing }));
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        for conversation in std::mem::take(&mut self.writing.since).into_keys() {
            self.tell(conversation, false);
        }
    }
}

/// When a client last said that it writes.
#[derive(Clone, Copy, Debug)]
struct Said {
    at: Instant,
    /// When that was last passed on.
    passed_on_at: Instant,
}

/// The conversations that a client writes in; pure but for the time it is given.
#[derive(Debug)]
struct Writing {
    since: HashMap<ConversationId, Said>,
    beginnings: TokenBucket,
}

impl Writing {
    fn new(now: Instant) -> Self {
        Self { since: HashMap::new(), beginnings: TokenBucket::full(now) }
    }

    /// True when it is to be passed on.
    fn hear(&mut self, conversation: &ConversationId, typing: bool, now: Instant) -> bool {
        if !typing {
            return self.since.remove(conversation).is_some();
        }
        if let Some(said) = self.since.get_mut(conversation) {
            said.at = now;
            let is_due = now.duration_since(said.passed_on_at) >= REPEATED_AFTER;
            if is_due {
                said.passed_on_at = now;
            }
            return is_due;
        }
        let begins = self.since.len() < MOST_AT_ONCE && self.beginnings.take(BEGINNINGS, now).is_ok();
        if begins {
            self.since.insert(conversation.clone(), Said { at: now, passed_on_at: now });
        }
        begins
    }

    /// The conversations in which the client has stopped without a word.
    fn expire(&mut self, now: Instant) -> Vec<ConversationId> {
        let is_over = |said: &Said| now.duration_since(said.at) >= STOPPED_AFTER;
        self.since.extract_if(|_, said| is_over(said)).map(|(conversation, _)| conversation).collect()
    }

    fn next_expiry(&self) -> Option<Instant> {
        self.since.values().map(|said| said.at + STOPPED_AFTER).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_again_is_passed_on_every_three_seconds_only() {
        let (mut writing, now) = (Writing::new(Instant::now()), Instant::now());
        let mut passed_on = |conversation: &str, typing, after| {
            writing.hear(&conversation.into(), typing, now + seconds(after))
        };
        assert!(!passed_on("c", false, 0), "it was not writing");
        assert!(passed_on("c", true, 0));
        assert!(!passed_on("c", true, 2));
        assert!(passed_on("d", true, 2), "another conversation");
        assert!(passed_on("c", true, 3));
        assert!(!passed_on("c", true, 5));
        assert!(passed_on("c", false, 5));
        assert!(!passed_on("c", false, 5));
        assert!(passed_on("c", true, 5), "it begins anew");
    }

    #[test]
    fn who_says_nothing_for_six_seconds_has_stopped() {
        let now = Instant::now();
        let mut writing = Writing::new(now);
        assert_eq!(writing.next_expiry(), None);
        writing.hear(&"c".into(), true, now);
        writing.hear(&"d".into(), true, now + seconds(1));
        // Not passed on, but it was said.
        assert!(!writing.hear(&"c".into(), true, now + seconds(2)));
        assert_eq!(writing.next_expiry(), Some(now + seconds(7)));
        assert!(writing.expire(now + seconds(6)).is_empty());
        assert_eq!(writing.expire(now + seconds(7)), ["d".into()]);
        assert_eq!(writing.expire(now + seconds(8)), ["c".into()]);
        assert_eq!(writing.next_expiry(), None);
        assert!(writing.hear(&"c".into(), true, now + seconds(8)));
    }

    #[test]
    fn nobody_writes_everywhere_at_once_or_begins_all_the_time() {
        let now = Instant::now();
        let mut writing = Writing::new(now);
        let begun = (0..100).filter(|number| writing.hear(&number.to_string().into(), true, now)).count();
        assert_eq!(begun, MOST_AT_ONCE);
        let mut writing = Writing::new(now);
        let flips = (0..100).filter(|number| writing.hear(&"c".into(), number % 2 == 0, now)).count();
        assert_eq!(flips, 2 * BEGINNINGS.burst as usize, "each beginning with its end");
    }
}
