//! Which sessions get what is for WORLD.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

use protos::ids::UserId;
use tokio::time::Instant;

use crate::session::SessionHandle;
use crate::sync::{DashMap, Mutex, MutexGuard};

/// How long it is remembered that a user joined or left: longer than a socket takes from its token's check to the registry.
const NOTE_KEPT: Duration = Duration::from_secs(30);

/// The sessions whose users have joined, so that a message costs as much as there are of them.
#[derive(Debug, Default)]
pub(super) struct World {
    /// By [`SessionHandle::key`], which is small.
    sessions: DashMap<usize, SessionHandle>,
    /// Who has just joined (true) or left.
    notes: Mutex<HashMap<UserId, (bool, Instant)>>,
}

impl World {
    /// Remembers that a user has joined or left. Whoever does so looks for their sessions after that, and [places](World::place)
    /// them.
    pub(super) fn note(&self, user: &UserId, joined: bool) {
        let now = Instant::now();
        let mut notes = self.notes();
        notes.retain(|_, (_, at)| *at + NOTE_KEPT > now);
        notes.insert(user.clone(), (joined, now));
    }

    /// Puts one user's sessions where the last note says that they belong, or else where `otherwise` says.
    ///
    /// All of it happens under the notes' lock: of two who place a session at once, both go by the same note.
    pub(super) fn place(&self, sessions: &[SessionHandle], otherwise: Option<bool>) {
        let Some(user) = sessions.first().map(SessionHandle::user) else { return };
        let notes = self.notes();
        let Some(in_world) = notes.get(user).map(|(joined, _)| *joined).or(otherwise) else { return };
        for session in sessions {
            if in_world {
                self.sessions.insert(session.key(), session.clone());
            } else {
                self.remove(session);
            }
        }
    }

    pub(super) fn remove(&self, session: &SessionHandle) {
        self.sessions.remove(&session.key());
    }

    /// Every session in it, in no order.
    pub(super) fn for_each(&self, mut act: impl FnMut(&SessionHandle)) {
        self.sessions.iter().for_each(|session| act(&session));
    }

    /// A panic while it was held leaves nothing half done.
    fn notes(&self) -> MutexGuard<'_, HashMap<UserId, (bool, Instant)>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use protos::ids::SessionId;

    use crate::metrics::SharedMetrics;
    use crate::presence::Changes;
    use crate::registry::{Mail, Membership, Reached, Registry};
    use crate::session::fake::FakeSession;

    const NOBODY: fn() -> HashSet<SessionId> = HashSet::new;

    fn registry() -> Registry {
        Registry::new(Changes::default(), SharedMetrics::default())
    }

    fn push_to_world(registry: &Registry, exclude: &HashSet<SessionId>, frame: &str) -> Reached {
        registry.deliver_to_world(Mail { frame: &frame.into(), exclude, is_signal: false })
    }

    #[actix_rt::test]
    async fn only_who_has_joined_world_gets_what_is_for_it() {
        let registry = registry();
        let sessions = [("u1", true), ("u1", true), ("u2", false), ("u3", true)]
            .map(|(user, in_world)| (FakeSession::start(user, "in"), in_world));
        let mut memberships: Vec<Membership> = sessions
            .iter()
            .map(|(session, in_world)| registry.join(session.handle(), *in_world).unwrap())
            .collect();
        let exclude = HashSet::from([sessions[0].0.handle().id().clone()]);
        assert_eq!(push_to_world(&registry, &exclude, "one").delivered, 2);
        assert_eq!(registry.set_world(&"u2".into(), true), 1);
        assert_eq!(registry.set_world(&"u1".into(), false), 2);
        assert_eq!(push_to_world(&registry, &NOBODY(), "two").delivered, 2);
        // Who leaves the registry leaves WORLD.
        memberships.pop();
        assert_eq!(push_to_world(&registry, &NOBODY(), "three").delivered, 1);
        for (number, expected) in [(1, vec!["one"]), (2, vec!["two", "three"]), (3, vec!["one", "two"])] {
            for frame in expected {
                assert_eq!(sessions[number].0.next_frame().await, frame, "session {number}");
            }
        }
        assert_eq!(registry.0.world.sessions.len(), 1);
    }

    #[actix_rt::test]
    async fn a_session_that_comes_just_after_its_user_joined_world_or_left_it_is_in_its_place() {
        let registry = registry();
        registry.set_world(&"joined".into(), true);
        registry.set_world(&"left".into(), false);
        // Their tokens were checked before.
        let sessions = [("joined", false), ("left", true)].map(|(user, in_world)| {
            let session = FakeSession::start(user, "in");
            let membership = registry.join(session.handle(), in_world).unwrap();
            (session, membership)
        });
        assert_eq!(push_to_world(&registry, &NOBODY(), "x").delivered, 1);
        assert_eq!(sessions[0].0.next_frame().await, "x");
    }

    #[actix_rt::test]
    async fn a_session_of_world_that_is_too_slow_is_evicted() {
        let registry = registry();
        let slow = FakeSession::start("u1", "in1");
        slow.stop_reading();
        let _membership = registry.join(slow.handle(), true).unwrap();
        let accepted = (0..).take_while(|_| push_to_world(&registry, &NOBODY(), "x").delivered == 1).count();
        assert_eq!(accepted, FakeSession::BOUNDS.frames);
        assert!(registry.sessions().is_empty() && registry.0.world.sessions.is_empty());
    }
}
