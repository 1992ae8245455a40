//! Who is connected here.
//!
//! A sharded map behind a handle, not an actor: its operations are short and its readers many. No lock of it is ever held across an
//! await, and none while another of its own is taken.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytestring::ByteString;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use protos::error::CloseCode;
use protos::ids::{SessionId, SignInId, UserId};
use tokio::time::Instant;

use crate::presence::Changes;
use crate::session::{Queued, SessionHandle};

/// How long it is remembered that a sign-in ended: longer than a socket takes from its token's check to the registry.
const ENDED_KEPT: Duration = Duration::from_secs(30);

/// The sessions of this gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    users: DashMap<UserId, Vec<SessionHandle>>,
    ended: Mutex<HashMap<SignInId, Instant>>,
    changes: Changes,
}

/// A session's place in the registry; dropped, it is free.
#[derive(Debug)]
pub(crate) struct Membership {
    registry: Registry,
    session: SessionHandle,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.registry.leave(&self.session);
    }
}

/// How many of a user's sessions here a frame reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Their mailboxes accepted it.
    pub(crate) delivered: i32,
    /// They were too slow, and have been closed.
    pub(crate) overloaded: i32,
}

impl Reached {
    /// True when there was a session at all.
    pub(crate) fn any(self) -> bool {
        self.delivered + self.overloaded > 0
    }
}

impl Registry {
    /// An empty one, which notes in `changes` whose last session left.
    pub(crate) fn new(changes: Changes) -> Self {
        Self(Arc::new(Inner { users: DashMap::new(), ended: Mutex::default(), changes }))
    }

    /// Takes a session in; `None` when its sign-in has just ended.
    pub(crate) fn join(&self, session: SessionHandle) -> Option<Membership> {
        self.0.users.entry(session.user().clone()).or_default().push(session.clone());
        let membership = Membership { registry: self.clone(), session };
        // After it stands in the map: whoever ends the sign-in notes that first, then looks at the map. One of both sees the other.
        let ended = self.ended().contains_key(membership.session.sign_in());
        (!ended).then_some(membership)
    }

    /// Lets a session out: this one and no other of its user.
    fn leave(&self, session: &SessionHandle) {
        let Entry::Occupied(mut sessions) = self.0.users.entry(session.user().clone()) else { return };
        let before = sessions.get().len();
        sessions.get_mut().retain(|other| other.id() != session.id());
        let (after, user) = (sessions.get().len(), session.user());
        if after == 0 {
            sessions.remove();
        } else {
            drop(sessions);
        }
        if after == 0 && before > 0 {
            self.0.changes.note(user);
        }
    }

    /// Queues a frame for a user's sessions but the excluded ones. One that is too slow leaves at once, and is asked to close.
    pub(crate) fn deliver(&self, user: &UserId, exclude: &HashSet<SessionId>, frame: &ByteString) -> Reached {
        let mut reached = Reached::default();
        let mut slow = Vec::new();
        if let Some(sessions) = self.0.users.get(user) {
            for session in sessions.iter().filter(|session| !session.is_among(exclude)) {
                match session.write(frame.clone()) {
                    Queued::Accepted => reached.delivered += 1,
                    Queued::Full => slow.push(session.clone()),
                    Queued::Gone => {}
                }
            }
        }
        for session in slow {
            reached.overloaded += 1;
            tracing::info!(session = %session.id(), user = %user, "a session is too slow and is closed");
            self.leave(&session);
            session.close(CloseCode::TooSlow, "too slow: reconnect and sync");
        }
        reached
    }

    /// Closes the sessions of sign-ins that have ended, and refuses those that are about to come; answers how many were here.
    pub(crate) fn end_sign_ins(&self, user: &UserId, sign_ins: &[SignInId]) -> i32 {
        let now = Instant::now();
        {
            let mut ended = self.ended();
            ended.retain(|_, at| *at + ENDED_KEPT > now);
            ended.extend(sign_ins.iter().map(|sign_in| (sign_in.clone(), now)));
        }
        let here = self.sessions_of(user);
        let ended = here.iter().filter(|session| sign_ins.contains(session.sign_in()));
        ended
            .map(|session| session.close(CloseCode::SignInAgain, "signed out"))
            .count()
            .try_into()
            .unwrap_or(i32::MAX)
    }

    /// What the client of a user's newest session says it is; `None` for a user who is not here.
    pub(crate) fn newest_client_info(&self, user: &UserId) -> Option<String> {
        self.0.users.get(user)?.last().map(|session| session.client_info().to_owned())
    }

    /// Everybody who is here.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.0.users.iter().map(|entry| entry.key().clone()).collect()
    }

    /// Every session.
    pub(crate) fn sessions(&self) -> Vec<SessionHandle> {
        self.0.users.iter().flat_map(|entry| entry.value().clone()).collect()
    }

    fn sessions_of(&self, user: &UserId) -> Vec<SessionHandle> {
        self.0.users.get(user).map(|sessions| sessions.clone()).unwrap_or_default()
    }

    /// A panic while it was held leaves nothing half done.
    fn ended(&self) -> std::sync::MutexGuard<'_, HashMap<SignInId, Instant>> {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::FakeSession;

    const NOBODY: fn() -> HashSet<SessionId> = HashSet::new;

    fn registry() -> Registry {
        Registry::new(Changes::default())
    }

    #[actix_rt::test]
    async fn a_late_leave_of_an_old_session_leaves_the_new_one_in() {
        let registry = registry();
        let (old, new) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in2"));
        let old_membership = registry.join(old.handle()).unwrap();
        let _new_membership = registry.join(new.handle()).unwrap();
        drop(old_membership);
        let reached = registry.deliver(&"u1".into(), &NOBODY(), &"x".into());
        assert_eq!(reached, Reached { delivered: 1, overloaded: 0 });
        assert_eq!(new.next_frame().await, "x");
        // Once more, as when it was evicted before its actor ended.
        registry.leave(&old.handle());
        assert_eq!(registry.sessions().len(), 1);
    }

    #[actix_rt::test]
    async fn the_last_session_that_leaves_is_a_change() {
        let changes = Changes::default();
        let registry = Registry::new(changes.clone());
        let (first, second) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in1"));
        let memberships = [&first, &second].map(|session| registry.join(session.handle()).unwrap());
        let [first, second] = memberships;
        drop(first);
        assert!(changes.take(10).is_empty());
        drop(second);
        assert_eq!(changes.take(10).users(), ["u1".into()]);
        assert!(registry.users().is_empty());
    }

    #[actix_rt::test]
    async fn every_session_but_the_excluded_gets_it() {
        let registry = registry();
        let sessions =
            [FakeSession::start("u1", "a"), FakeSession::start("u1", "b"), FakeSession::start("u2", "c")];
        let _memberships = sessions.each_ref().map(|session| registry.join(session.handle()).unwrap());
        let exclude = HashSet::from([sessions[0].handle().id().clone()]);
        assert_eq!(registry.deliver(&"u1".into(), &exclude, &"x".into()).delivered, 1);
        assert_eq!(sessions[1].next_frame().await, "x");
        assert!(!registry.deliver(&"u3".into(), &NOBODY(), &"x".into()).any());
    }

    #[actix_rt::test]
    async fn a_session_that_is_too_slow_is_evicted_at_once_and_told_why() {
        let registry = registry();
        let slow = FakeSession::start("u1", "in1");
        slow.stop_reading();
        let _membership = registry.join(slow.handle()).unwrap();
        let mut outcomes = (0..).map(|_| registry.deliver(&"u1".into(), &NOBODY(), &"x".into()));
        let accepted = outcomes.by_ref().take_while(|reached| reached.delivered == 1).count();
        assert_eq!(accepted, FakeSession::BOUNDS.frames);
        assert!(registry.sessions().is_empty());
        assert!(!outcomes.next().unwrap().any(), "a later push finds it absent");
        slow.resume_reading();
        for _ in 0..accepted {
            assert_eq!(slow.next_frame().await, "x");
        }
        assert_eq!(slow.closed().await, CloseCode::TooSlow);
    }

    #[actix_rt::test]
    async fn bytes_count_too_and_come_back() {
        let registry = registry();
        let slow = FakeSession::start("u1", "in1");
        let _membership = registry.join(slow.handle()).unwrap();
        let half = ByteString::from("x".repeat(FakeSession::BOUNDS.bytes / 2));
        for _ in 0..10 {
            assert_eq!(registry.deliver(&"u1".into(), &NOBODY(), &half).delivered, 1);
            slow.next_frame().await;
        }
        slow.stop_reading();
        let outcomes = [(); 3].map(|()| registry.deliver(&"u1".into(), &NOBODY(), &half).delivered);
        assert_eq!(outcomes, [1, 1, 0]);
    }

    #[actix_rt::test]
    async fn an_ended_sign_in_is_closed_and_cannot_come_back() {
        let registry = registry();
        let (gone, kept) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in2"));
        let _memberships = [&gone, &kept].map(|session| registry.join(session.handle()).unwrap());
        assert_eq!(registry.end_sign_ins(&"u1".into(), &["in1".into()]), 1);
        assert_eq!(gone.closed().await, CloseCode::SignInAgain);
        let late = FakeSession::start("u1", "in1");
        assert!(registry.join(late.handle()).is_none());
        assert_eq!(registry.sessions().len(), 2);
    }
}
