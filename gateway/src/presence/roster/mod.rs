//! Who is online on any gateway, as this one knows it by following all others.
//!
//! Each gateway offers `RouterService.WatchLocal`: its users, then who comes and goes. Every other live gateway follows it
//! ([`follow`]) and merges what all tell ([`roll`]). From that come `PusherService.WatchPresence` ([`watch`]), which tells the truth
//! without a grace, and the notices that contacts get ([`grace`], [`super::notices`]).
//!
//! Who tells the contacts:
//! - *online*: the gateway that the user came to. It tells when it knew them nowhere else; two gateways that a user comes to in the
//!   same instant both tell, and the second `online` changes nothing.
//! - *offline*: the gateway that the user left. When none of those that they left lives any more (it died, and its users with its
//!   lease; or it was stopped), the one of the live gateways that has the highest hash with the user (Thaler and Ravishankar, 1998).
//!   Each knows what the others know, so nothing has to be agreed on.
//!
//! A gateway is gone when its lease is. While only its stream is broken its users stay, until the stream is back and tells anew.
//! Users whom somebody set online by `SetUserOnline` are on no gateway and not in here.

mod follow;
mod grace;
mod roll;
mod state;
mod watch;

pub(super) use follow::Followers;
pub(crate) use watch::{Change, Watch};

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use kit::{SharedClock, Shutdown};
use protos::ids::{GatewayId, UserId};
use protos::{Error, Result};
use tokio::sync::{mpsc, watch as latest};
use tokio::time::{Instant, timeout};

use self::roll::Source;
use self::state::{OWN, State, Teller};
use crate::sync::{Mutex, MutexGuard};

/// How long one who wants to watch waits until every live gateway has told who is there: longer than a lease lives.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);

/// That a user's contacts are to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) user: UserId,
    pub(super) online: bool,
}

/// The handle of what is known. Cloning it shares it.
///
/// A table behind a lock, not an actor: its operations are short and its readers many. The lock is never held across an await.
#[derive(Clone)]
pub(crate) struct Roster(Arc<Inner>);

struct Inner {
    own: GatewayId,
    clock: SharedClock,
    state: Mutex<State>,
    /// True once every live gateway has told who is there.
    known: latest::Sender<bool>,
    stop: Shutdown,
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Roster({})", self.0.own)
    }
}

impl Roster {
    /// Knows of nobody yet; others are told that a user is offline after `grace`.
    pub(crate) fn new(own: GatewayId, clock: SharedClock, grace: Duration) -> Self {
        let state = State::new(own.clone(), grace);
        let known = latest::Sender::new(false);
        Self(Arc::new(Inner { own, clock, state: Mutex::new(state), known, stop: Shutdown::new() }))
    }

    /// A user came to this gateway or left it: `is_here` says which, at this moment. It must not call the roster.
    pub(super) fn refresh(&self, user: &UserId, is_here: impl FnOnce() -> bool) {
        let mut state = self.state();
        // Read under the lock: of two changes the later is also applied later.
        let here = is_here();
        let moved = state.roll.set(OWN, user, here);
        state.apply(OWN, moved.into_iter().collect(), self.0.clock.now());
    }

    /// The contacts of everybody who is on this gateway only are to be told anew: the others may have taken them for offline.
    pub(super) fn tell_anew(&self) {
        let mut state = self.state();
        let roll = &state.roll;
        let alone: Vec<UserId> =
            roll.users_of(OWN).filter(|user| roll.is_only_at(OWN, user)).cloned().collect();
        alone.into_iter().for_each(|user| state.notice(user, true));
    }

    /// Those of the users who are online as others see it: also who went a moment ago and may come back.
    pub(crate) fn shown_online(&self, mut users: Vec<UserId>) -> Vec<UserId> {
        let state = self.state();
        users.retain(|user| state.is_shown_online(user));
        users
    }

    /// Notices that were dropped, because too many waited.
    pub(crate) fn dropped(&self) -> u64 {
        self.state().dropped
    }

    /// How many users are online, on this gateway and those that it has heard.
    pub(crate) fn online(&self) -> usize {
        self.state().roll.online().count()
    }

    /// Those of the users who have a session anywhere.
    pub(super) fn present(&self, mut users: Vec<UserId>) -> Vec<UserId> {
        let state = self.state();
        users.retain(|user| state.roll.is_online(user));
        users
    }

    /// Follows these users, or all when there are none: their present state, then every change.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when not every gateway's users are known in time or this one stops, `RATE_LIMITED` when too many watch.
    pub(crate) async fn watch(&self, users: Vec<UserId>) -> Result<Watch> {
        let mut known = self.0.known.subscribe();
        if timeout(KNOWN_WITHIN, known.wait_for(|known| *known)).await.is_err() {
            return Err(Error::unavailable("not every gateway has told who is there"));
        }
        let at = self.0.clock.now();
        let mut state = self.state();
        let state = &mut *state;
        let change = |user: UserId| Change { online: state.roll.is_online(&user), user, at };
        if users.is_empty() {
            let first = state.roll.online().cloned().map(change).collect();
            return state.everywhere.add(None, first);
        }
        let mut only = HashSet::new();
        let first = users.into_iter().filter(|user| only.insert(user.clone())).map(change).collect();
        state.everywhere.add(Some(only), first)
    }

    /// Follows the users of this gateway: those who are here, then who comes and goes.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when it stops, `RATE_LIMITED` when too many watch.
    pub(crate) fn watch_here(&self) -> Result<Watch> {
        let at = self.0.clock.now();
        let mut state = self.state();
        let users = state.roll.users_of(OWN).cloned();
        let first = users.map(|user| Change { user, online: true, at }).collect();
        state.here.add(None, first)
    }

    /// The gateway stops: what is open ends, and nobody is told of anything any more.
    pub(super) fn stop(&self) {
        self.0.stop.cancel();
        let mut state = self.state();
        state.everywhere.end();
        state.here.end();
        state.notices = None;
    }

    /// Cancelled when the gateway stops.
    pub(super) fn stopped(&self) -> &Shutdown {
        &self.0.stop
    }

    /// Where notices go from now on; none that finds no room.
    pub(super) fn set_notices(&self, notices: mpsc::Sender<Notice>) {
        self.state().notices = Some(notices);
    }

    /// Gives notice of those whose grace is over.
    pub(super) fn tick(&self) {
        let mut state = self.state();
        for offline in state.grace.due(Instant::now()) {
            if state.is_ours_to_tell(&offline) {
                state.notice(offline.user, false);
            }
        }
    }

    /// Another gateway lives.
    fn open(&self, gateway: GatewayId) -> Source {
        let mut state = self.state();
        let source = Source(state.last.0 + 1);
        state.last = source;
        state.roll.open(source);
        state.tellers.insert(source, Teller { gateway, is_heard: false, has_told: false });
        self.look_whether_known(&state);
        source
    }

    /// A gateway lives no more.
    fn close(&self, source: Source) {
        let mut state = self.state();
        state.tellers.remove(&source);
        let moves = state.roll.close(source);
        state.apply(source, moves, self.0.clock.now());
        self.look_whether_known(&state);
    }

    /// The other live gateways are open, and those that live no more are closed.
    fn listed(&self) {
        let mut state = self.state();
        state.listed = true;
        self.look_whether_known(&state);
    }

    /// A gateway has told everybody who is there.
    fn told_all(&self, source: Source, users: HashSet<UserId>) {
        let mut state = self.state();
        if let Some(teller) = state.tellers.get_mut(&source) {
            (teller.is_heard, teller.has_told) = (true, true);
        }
        let moves = state.roll.replace(source, users);
        state.apply(source, moves, self.0.clock.now());
        self.look_whether_known(&state);
    }

    /// A gateway has told who came and went.
    fn told(&self, source: Source, online: Vec<UserId>, offline: Vec<UserId>) {
        let mut state = self.state();
        let told = online.into_iter().map(|user| (user, true));
        let told = told.chain(offline.into_iter().map(|user| (user, false)));
        let moves = told.filter_map(|(user, here)| state.roll.set(source, &user, here)).collect();
        state.apply(source, moves, self.0.clock.now());
    }

    /// A gateway's stream is broken.
    fn unheard(&self, source: Source) {
        if let Some(teller) = self.state().tellers.get_mut(&source) {
            teller.is_heard = false;
        }
    }

    fn look_whether_known(&self, state: &State) {
        let known = state.listed && state.tellers.values().all(|teller| teller.has_told);
        self.0.known.send_if_modified(|before| std::mem::replace(before, known) != known);
    }

    /// A panic while it was held leaves at worst a user's state untold.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
