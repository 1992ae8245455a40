//! What the roster knows, behind its lock.

use std::collections::HashMap;
use std::time::Duration;

use protos::ids::{GatewayId, UserId};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Notice;
use super::grace::{Grace, Offline};
use super::roll::{Move, Roll, Source};
use super::watch::{Change, Watchers};

/// This gateway, among those who tell.
pub(super) const OWN: Source = Source(0);

/// Everything that is known, and who is to be told of it.
pub(super) struct State {
    pub(super) roll: Roll,
    pub(super) grace: Grace,
    pub(super) tellers: HashMap<Source, Teller>,
    pub(super) last: Source,
    /// True once the other live gateways are known.
    pub(super) listed: bool,
    pub(super) everywhere: Watchers,
    pub(super) here: Watchers,
    pub(super) notices: Option<mpsc::Sender<Notice>>,
    pub(super) dropped: u64,
}

/// One who tells.
pub(super) struct Teller {
    pub(super) gateway: GatewayId,
    /// False while its stream is broken.
    pub(super) is_heard: bool,
    /// True once it has told everybody who is there.
    pub(super) has_told: bool,
}

impl State {
    /// Knows of nobody yet.
    pub(super) fn new(own: GatewayId, grace: Duration) -> Self {
        let mut roll = Roll::default();
        roll.open(OWN);
        Self {
            roll,
            grace: Grace::new(grace),
            tellers: HashMap::from([(OWN, Teller { gateway: own, is_heard: true, has_told: true })]),
            last: OWN,
            listed: false,
            everywhere: Watchers::default(),
            here: Watchers::default(),
            notices: None,
            dropped: 0,
        }
    }

    /// Passes on what moved at a source.
    pub(super) fn apply(&mut self, source: Source, moves: Vec<Move>, at: i64) {
        let change = |moved: &Move| Change { user: moved.user.clone(), online: moved.here, at };
        if source == OWN {
            self.here.tell(&moves.iter().map(change).collect::<Vec<_>>());
        }
        let edges: Vec<Change> = moves.iter().filter(|moved| moved.is_edge).map(change).collect();
        self.everywhere.tell(&edges);
        let now = Instant::now();
        for moved in moves {
            if self.grace.moved(&moved, source, now) && source == OWN {
                self.notice(moved.user, true);
            }
        }
    }

    /// True for one who is online as others see it.
    pub(super) fn is_shown_online(&self, user: &UserId) -> bool {
        self.roll.is_online(user) || self.grace.hides(user)
    }

    /// True when it is this gateway that tells of one who is offline.
    pub(super) fn is_ours_to_tell(&self, offline: &Offline) -> bool {
        if offline.left.contains(&OWN) {
            return true;
        }
        let is_heard = |source: &Source| self.tellers.get(source).is_some_and(|teller| teller.is_heard);
        if offline.left.iter().any(is_heard) {
            return false;
        }
        let live = self.tellers.iter().filter(|(_, teller)| teller.is_heard);
        let first = live.max_by_key(|(_, teller)| weight(&offline.user, &teller.gateway));
        first.is_some_and(|(source, _)| *source == OWN)
    }

    /// Without room for it the notice is dropped: it is a signal, and a client that connects anew is told the present state.
    pub(super) fn notice(&mut self, user: UserId, online: bool) {
        let Some(notices) = &self.notices else { return };
        if notices.try_send(Notice { user, online }).is_err() {
            self.dropped += 1;
            // Now and then, not for each.
            if self.dropped.is_power_of_two() {
                tracing::warn!(
                    dropped = self.dropped,
                    "contacts are not told who comes and goes: too much at once"
                );
            }
        }
    }
}

/// The same on every gateway, whatever its version.
fn weight(user: &UserId, gateway: &GatewayId) -> [u8; 32] {
    Sha256::new()
        .chain_update(user.as_str())
        .chain_update("\n")
        .chain_update(gateway.as_str())
        .finalize()
        .into()
}
