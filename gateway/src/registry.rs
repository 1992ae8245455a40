//! Who is connected here.
//!
//! A sharded map behind a handle, not an actor: its operations are short and its readers many. No lock of it is ever held across an
//! await, and none while another of its own is taken; [`world`] says of one exception why.

mod mail;
mod world;

pub(crate) use mail::{Bundle, Mail};

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dashmap::mapref::entry::Entry;
use protos::error::CloseCode;
use protos::ids::{SignInId, UserId};
use smallvec::SmallVec;
use tokio::time::Instant;

use crate::metrics::SharedMetrics;
use crate::planted;
use crate::presence::Changes;
use crate::session::SessionHandle;
use crate::sync::{DashMap, Mutex, MutexGuard};
use mail::Found;
use world::World;

/// How long it is remembered that a sign-in ended: longer than a socket takes from its token's check to the registry.
const ENDED_KEPT: Duration = Duration::from_secs(30);

/// A user's, the oldest first. Most have one, which stands in the map itself: a delivery has one place in memory less to fetch.
type SessionsOfUser = SmallVec<[SessionHandle; 1]>;

/// The sessions of this gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    users: DashMap<UserId, SessionsOfUser>,
    ended: Mutex<HashMap<SignInId, Instant>>,
    world: World,
    changes: Changes,
    metrics: SharedMetrics,
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

/// How many are here, and what waits for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) users: usize,
    pub(crate) sessions: usize,
    /// In all mailboxes.
    pub(crate) frames: usize,
    pub(crate) bytes: usize,
    /// In the fullest.
    pub(crate) most_frames: usize,
    pub(crate) most_bytes: usize,
}

/// How many of a user's sessions here a frame reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Their mailboxes accepted it.
    pub(crate) delivered: i32,
    /// They were too slow, and have been closed.
    pub(crate) overloaded: i32,
    /// They were left out, as the mail says.
    pub(crate) excluded: i32,
}

impl Reached {
    /// True when there was a session at all, be it one that was left out.
    pub(crate) fn any(self) -> bool {
        self.delivered + self.overloaded + self.excluded > 0
    }
}

impl Registry {
    /// An empty one, which notes in `changes` whose last session left.
    pub(crate) fn new(changes: Changes, metrics: SharedMetrics) -> Self {
        Self(Arc::new(Inner {
            users: DashMap::default(),
            ended: Mutex::default(),
            world: World::default(),
            changes,
            metrics,
        }))
    }

    /// Takes a session in, whose user had joined WORLD or not when its token was checked; `None` when its sign-in has just ended.
    pub(crate) fn join(&self, session: SessionHandle, in_world: bool) -> Option<Membership> {
        self.0.users.entry(session.user().clone()).or_default().push(session.clone());
        // After it stands in the map: whoever notes a change looks at the map after that, and one of both sees the other.
        self.0.world.place(std::slice::from_ref(&session), Some(in_world));
        let membership = Membership { registry: self.clone(), session };
        // After it stands in the map: whoever ends the sign-in notes that first, then looks at the map. One of both sees the other.
        if self.ended().contains_key(membership.session.sign_in()) {
            return None;
        }
        self.moved(membership.session.user());
        self.0.metrics.sessions_opened.add(1);
        Some(membership)
    }

    /// Lets a session out: this one and no other of its user.
    fn leave(&self, session: &SessionHandle) {
        self.0.world.remove(session);
        let Entry::Occupied(mut sessions) = self.0.users.entry(session.user().clone()) else { return };
        let before = sessions.get().len();
        // A planted bug: all of the user's sessions leave with it.
        sessions.get_mut().retain(|other| other.id() != session.id() && !planted::leaves_all());
        let (after, user) = (sessions.get().len(), session.user());
        if after == 0 {
            sessions.remove();
        } else {
            drop(sessions);
        }
        if after == 0 && before > 0 {
            self.0.changes.note(user);
            self.moved(user);
        }
    }

    /// Lets a user's oldest sessions go when there are more than `most`: who has forgotten some gets in, and none is left over.
    pub(crate) fn keep_newest(&self, user: &UserId, most: usize) {
        let excess = match self.0.users.get(user) {
            Some(sessions) if sessions.len() > most => sessions[..sessions.len() - most].to_vec(),
            _ => return,
        };
        for session in excess {
            tracing::info!(session = %session.id(), user = %session.user(), "a user has too many sessions; the oldest is closed");
            self.leave(&session);
            session.close(CloseCode::Policy, "too many sessions: this was the oldest");
        }
    }

    /// A user came or left. No lock is held here: the roster looks under its own whether they are here.
    fn moved(&self, user: &UserId) {
        self.0.changes.moved(user, || self.0.users.contains_key(user));
    }

    /// Queues a frame for a user's sessions but the excluded ones. One that is too slow leaves at once, and is asked to close.
    pub(crate) fn deliver(&self, user: &UserId, mail: Mail<'_>) -> Reached {
        let mut found = Found::default();
        if let Some(sessions) = self.0.users.get(user) {
            sessions.iter().for_each(|session| found.add(session, mail.put(session)));
        }
        self.evict(found)
    }

    /// Queues several frames at one go for a user's sessions, as [`Registry::deliver`] does one; the same became of each. `None`, and
    /// nothing is queued, when a session is to be left out of some.
    pub(crate) fn deliver_bundle(&self, user: &UserId, bundle: &Bundle<'_>) -> Option<Reached> {
        let mut found = Found::default();
        if let Some(sessions) = self.0.users.get(user) {
            if sessions.iter().any(|session| bundle.leaves_out(session)) {
                return None;
            }
            sessions.iter().for_each(|session| found.add(session, bundle.put(session)));
        }
        Some(self.evict(found))
    }

    /// Queues a frame for every session whose user has joined WORLD, as [`Registry::deliver`] does.
    pub(crate) fn deliver_to_world(&self, mail: Mail<'_>) -> Reached {
        let mut found = Found::default();
        self.0.world.for_each(|session| found.add(session, mail.put(session)));
        self.evict(found)
    }

    /// Queues a frame for every session.
    pub(crate) fn deliver_to_all(&self, mail: Mail<'_>) -> Reached {
        let mut found = Found::default();
        self.sessions().iter().for_each(|session| found.add(session, mail.put(session)));
        self.evict(found)
    }

    /// Sees off who is too slow, and what is left of who has gone: a session may end while it is put into its place in WORLD.
    fn evict(&self, found: Found) -> Reached {
        for session in found.gone {
            self.0.world.remove(&session);
        }
        if found.skipped > 0 {
            self.0.metrics.signals_dropped.add(found.skipped);
        }
        let mut reached = Reached { delivered: found.delivered, overloaded: 0, excluded: found.excluded };
        for session in found.slow {
            reached.overloaded += 1;
            self.0.metrics.sessions_evicted.add(1);
            tracing::info!(session = %session.id(), user = %session.user(), "a session is too slow and is closed");
            self.leave(&session);
            session.close(CloseCode::TooSlow, "too slow: reconnect and sync");
        }
        reached
    }

    /// Has a user's sessions get what is for WORLD, or no more, those too that are about to come; answers how many are here.
    pub(crate) fn set_world(&self, user: &UserId, joined: bool) -> i32 {
        self.0.world.note(user, joined);
        let here = self.sessions_of(user);
        self.0.world.place(&here, None);
        here.len().try_into().unwrap_or(i32::MAX)
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

    /// How many are here, and what waits for them.
    pub(crate) fn crowd(&self) -> Crowd {
        let mut crowd = Crowd::default();
        for sessions in self.0.users.iter() {
            crowd.users += 1;
            for session in sessions.value() {
                let (frames, bytes) = session.queued();
                crowd.sessions += 1;
                crowd.frames += frames;
                crowd.bytes += bytes;
                crowd.most_frames = crowd.most_frames.max(frames);
                crowd.most_bytes = crowd.most_bytes.max(bytes);
            }
        }
        crowd
    }

    /// Everybody who is here.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.0.users.iter().map(|entry| entry.key().clone()).collect()
    }

    /// Every session.
    pub(crate) fn sessions(&self) -> Vec<SessionHandle> {
        self.0.users.iter().flat_map(|entry| entry.value().to_vec()).collect()
    }

    /// A user's sessions.
    pub(crate) fn sessions_of(&self, user: &UserId) -> Vec<SessionHandle> {
        self.0.users.get(user).map(|sessions| sessions.to_vec()).unwrap_or_default()
    }

    /// A panic while it was held leaves nothing half done.
    fn ended(&self) -> MutexGuard<'_, HashMap<SignInId, Instant>> {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use bytestring::ByteString;
    use protos::ids::SessionId;

    use super::*;
    use crate::session::fake::FakeSession;

    const NOBODY: fn() -> HashSet<SessionId> = HashSet::new;

    fn registry() -> Registry {
        Registry::new(Changes::default(), SharedMetrics::default())
    }

    fn push(registry: &Registry, user: &str, exclude: &HashSet<SessionId>, frame: &ByteString) -> Reached {
        registry.deliver(&user.into(), Mail { frame, exclude, is_signal: false })
    }

    fn signal(registry: &Registry, user: &str, frame: &str) -> Reached {
        let mail = Mail { frame: &frame.into(), exclude: &NOBODY(), is_signal: true };
        registry.deliver(&user.into(), mail)
    }

    #[actix_rt::test]
    async fn a_late_leave_of_an_old_session_leaves_the_new_one_in() {
        let registry = registry();
        let (old, new) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in2"));
        let old_membership = registry.join(old.handle(), false).unwrap();
        let _new_membership = registry.join(new.handle(), false).unwrap();
        drop(old_membership);
        let reached = push(&registry, "u1", &NOBODY(), &"x".into());
        assert_eq!(reached, Reached { delivered: 1, ..Reached::default() });
        assert_eq!(new.next_frame().await, "x");
        // Once more, as when it was evicted before its actor ended.
        registry.leave(&old.handle());
        assert_eq!(registry.sessions().len(), 1);
    }

    #[actix_rt::test]
    async fn the_last_session_that_leaves_is_a_change() {
        let changes = Changes::default();
        let registry = Registry::new(changes.clone(), SharedMetrics::default());
        let (first, second) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in1"));
        let memberships = [&first, &second].map(|session| registry.join(session.handle(), false).unwrap());
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
        let _memberships = sessions.each_ref().map(|session| registry.join(session.handle(), false).unwrap());
        let exclude = HashSet::from([sessions[0].handle().id().clone()]);
        assert_eq!(push(&registry, "u1", &exclude, &"x".into()).delivered, 1);
        assert_eq!(sessions[1].next_frame().await, "x");
        assert!(!push(&registry, "u3", &NOBODY(), &"x".into()).any());
    }

    #[actix_rt::test]
    async fn a_session_that_is_too_slow_is_evicted_at_once_and_told_why() {
        let registry = registry();
        let slow = FakeSession::start("u1", "in1");
        slow.stop_reading();
        let _membership = registry.join(slow.handle(), false).unwrap();
        let mut outcomes = (0..).map(|_| push(&registry, "u1", &NOBODY(), &"x".into()));
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
        let _membership = registry.join(slow.handle(), false).unwrap();
        let half = ByteString::from("x".repeat(FakeSession::BOUNDS.bytes / 2));
        for _ in 0..10 {
            assert_eq!(push(&registry, "u1", &NOBODY(), &half).delivered, 1);
            slow.next_frame().await;
        }
        slow.stop_reading();
        let outcomes = [(); 3].map(|()| push(&registry, "u1", &NOBODY(), &half).delivered);
        assert_eq!(outcomes, [1, 1, 0]);
    }

    #[actix_rt::test]
    async fn an_ended_sign_in_is_closed_and_cannot_come_back() {
        let registry = registry();
        let (gone, kept) = (FakeSession::start("u1", "in1"), FakeSession::start("u1", "in2"));
        let _memberships = [&gone, &kept].map(|session| registry.join(session.handle(), false).unwrap());
        assert_eq!(registry.end_sign_ins(&"u1".into(), &["in1".into()]), 1);
        assert_eq!(gone.closed().await, CloseCode::SignInAgain);
        let late = FakeSession::start("u1", "in1");
        assert!(registry.join(late.handle(), false).is_none());
        assert_eq!(registry.sessions().len(), 2);
    }
    #[actix_rt::test]
    async fn a_stalled_session_loses_signals_and_no_message() {
        let registry = registry();
        let stalled = FakeSession::start("u1", "in1");
        let _membership = registry.join(stalled.handle(), true).unwrap();
        stalled.stop_reading();
        let quarter = FakeSession::BOUNDS.frames / 4;
        for _ in 0..=quarter {
            assert_eq!(signal(&registry, "u1", "signal").delivered, 1);
        }
        for _ in 0..100 {
            assert!(!signal(&registry, "u1", "signal").any(), "left out, and nobody is evicted");
        }
        let messages = FakeSession::BOUNDS.frames - quarter - 1;
        for _ in 0..messages {
            assert_eq!(push(&registry, "u1", &NOBODY(), &"message".into()).delivered, 1);
            assert!(!signal(&registry, "u1", "signal").any());
        }
        stalled.resume_reading();
        for expected in
            std::iter::repeat_n("signal", quarter + 1).chain(std::iter::repeat_n("message", messages))
        {
            assert_eq!(stalled.next_frame().await, expected);
        }
        assert_eq!(signal(&registry, "u1", "again").delivered, 1);
        assert_eq!(stalled.next_frame().await, "again");
    }

    #[actix_rt::test]
    async fn bytes_make_a_session_stalled_too() {
        let registry = registry();
        let stalled = FakeSession::start("u1", "in1");
        let _membership = registry.join(stalled.handle(), false).unwrap();
        stalled.stop_reading();
        let large = ByteString::from("x".repeat(FakeSession::BOUNDS.bytes / 4 + 1));
        assert_eq!(push(&registry, "u1", &NOBODY(), &large).delivered, 1);
        assert!(!signal(&registry, "u1", "signal").any());
        assert_eq!(push(&registry, "u1", &NOBODY(), &large).delivered, 1);
    }
}
