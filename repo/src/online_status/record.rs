//! The rules of presence, the same for every store: when a lease lives, when a user is online, when one was last seen.

use std::collections::HashMap;
use std::time::Duration;

use protos::ids::{GatewayId, Incarnation, UserId};
use protos::model::{GatewayLease, OnlineStatus};

use super::terms::{Terms, ms};

/// A gateway's lease, live or run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    /// Who holds it.
    pub(super) incarnation: Incarnation,
    /// Where the gateway is reached.
    pub(super) url: String,
    /// When (Unix ms) this holding began. It changes when the lease had run out, which voids what was announced before.
    pub(super) term: i64,
    /// When it was last renewed, Unix ms.
    pub(super) renewed_ms: i64,
    /// When it runs out, Unix ms.
    pub(super) deadline_ms: i64,
}

/// A live lease, as operators are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LiveLease {
    /// Whose, and where they are reached.
    pub(super) lease: GatewayLease,
    /// How it stood when the store was asked; `None` when it is only what was known last.
    pub(super) age: Option<LeaseAge>,
}

/// How old a lease is, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeaseAge {
    /// Since this holding began.
    pub(super) held_ms: i64,
    /// Since the last renewal.
    pub(super) renewed_ms: i64,
    /// Until it runs out.
    pub(super) left_ms: i64,
}

/// All leases at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    /// The moment, by the store's own clock.
    pub(super) now_ms: i64,
    /// Those that ran out are kept for a while: they tell when their users were last seen.
    pub(super) by_gateway: HashMap<GatewayId, Lease>,
}

impl Leases {
    /// The gateway's lease, if it lives.
    pub(super) fn live(&self, gateway: &GatewayId) -> Option<&Lease> {
        self.by_gateway.get(gateway).filter(|lease| lease.deadline_ms > self.now_ms)
    }

    /// Every live lease, by gateway id.
    pub(super) fn list(&self) -> Vec<GatewayLease> {
        self.list_with_ages().into_iter().map(|live| live.lease).collect()
    }

    /// The same, and how old they are.
    pub(super) fn list_with_ages(&self) -> Vec<LiveLease> {
        let live = self.by_gateway.iter().filter(|(_, lease)| lease.deadline_ms > self.now_ms);
        let shown = live.map(|(gateway, lease)| LiveLease {
            lease: GatewayLease {
                gateway_id: gateway.clone(),
                incarnation: lease.incarnation.clone(),
                url: lease.url.clone(),
            },
            age: Some(LeaseAge {
                held_ms: self.now_ms - lease.term,
                renewed_ms: self.now_ms - lease.renewed_ms,
                left_ms: lease.deadline_ms - self.now_ms,
            }),
        });
        let mut list: Vec<LiveLease> = shown.collect();
        list.sort_unstable_by(|a, b| a.lease.gateway_id.cmp(&b.lease.gateway_id));
        list
    }

    /// What an entry made now under this gateway is bound to; `None` without a live lease.
    pub(super) fn hold(&self, gateway: &GatewayId) -> Option<Hold> {
        self.live(gateway).map(|lease| Hold { incarnation: lease.incarnation.clone(), term: lease.term })
    }

    fn holds(&self, gateway: &GatewayId, hold: &Hold) -> bool {
        self.live(gateway).is_some_and(|lease| hold.is_of(lease))
    }
}

/// One unbroken holding of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    /// By whom.
    pub(super) incarnation: Incarnation,
    /// Since when, see [`Lease::term`].
    pub(super) term: i64,
}

impl Hold {
    fn is_of(&self, lease: &Lease) -> bool {
        self.incarnation == lease.incarnation && self.term == lease.term
    }
}

/// Who says that a user is on a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The gateway, by `AnnounceUsers`.
    Announced,
    /// Somebody, by `SetUserOnline`.
    Set,
}

/// Says that a user is on a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which gateway.
    pub(super) gateway: GatewayId,
    /// Who says it.
    pub(super) source: Source,
    /// The lease that it lives and dies with; `None` (only of [`Source::Set`]): it lives on heartbeats.
    pub(super) hold: Option<Hold>,
    /// When it was last written, Unix ms.
    pub(super) stamp_ms: i64,
    /// What the client says it is.
    pub(super) client_info: String,
}

impl Entry {
    /// True while it counts.
    pub(super) fn is_live(&self, leases: &Leases, terms: &Terms) -> bool {
        match &self.hold {
            Some(hold) => leases.holds(&self.gateway, hold),
            None => leases.now_ms - self.stamp_ms < ms(terms.unleased),
        }
    }

    /// True for another version of the same statement, which it replaces.
    pub(super) fn replaces(&self, other: &Entry) -> bool {
        let incarnation = |entry: &Entry| entry.hold.as_ref().map(|hold| hold.incarnation.clone());
        self.source == other.source
            && self.gateway == other.gateway
            && (self.source == Source::Set || incarnation(self) == incarnation(other))
    }
}

/// When incarnations ended, Unix ms.
pub(super) type Ended = HashMap<(GatewayId, Incarnation), i64>;

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct UserRecord {
    /// When something was last said about them, Unix ms; 0: never.
    pub(super) seen_ms: i64,
    /// Who says that they are where.
    pub(super) entries: Vec<Entry>,
}

impl UserRecord {
    /// The gateways that they are on, the newest first.
    pub(super) fn gateways(&self, leases: &Leases, terms: &Terms) -> Vec<GatewayId> {
        let mut gateways = Vec::new();
        for entry in self.live(leases, terms) {
            if !gateways.contains(&entry.gateway) {
                gateways.push(entry.gateway.clone());
            }
        }
        gateways
    }

    /// Their status. Who is online is seen now.
    pub(super) fn status(&self, user: UserId, leases: &Leases, ended: &Ended, terms: &Terms) -> OnlineStatus {
        let gateways = self.gateways(leases, terms);
        let last_seen_ms = if gateways.is_empty() { self.last_seen_ms(leases, ended) } else { leases.now_ms };
        let client_info = match self.live(leases, terms).first() {
            Some(entry) => entry.client_info.clone(),
            None => String::new(),
        };
        OnlineStatus { user_id: user, gateways, last_seen: last_seen_ms.div_euclid(1_000), client_info }
    }

    /// When one who is offline was last seen, Unix ms: when something was last said about them, or when the lease of a gateway that
    /// they were on was last renewed.
    pub(super) fn last_seen_ms(&self, leases: &Leases, ended: &Ended) -> i64 {
        let lease_ends = self.entries.iter().filter_map(|entry| {
            let hold = entry.hold.as_ref()?;
            match leases.by_gateway.get(&entry.gateway) {
                Some(lease) if hold.is_of(lease) => Some(lease.renewed_ms),
                _ => ended.get(&(entry.gateway.clone(), hold.incarnation.clone())).copied(),
            }
        });
        lease_ends.fold(self.seen_ms, i64::max)
    }

    /// The entries that count no more.
    pub(super) fn dead(&self, leases: &Leases, terms: &Terms) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| !entry.is_live(leases, terms)).collect()
    }

    fn live(&self, leases: &Leases, terms: &Terms) -> Vec<&Entry> {
        let mut live: Vec<&Entry> =
            self.entries.iter().filter(|entry| entry.is_live(leases, terms)).collect();
        live.sort_by_key(|entry| std::cmp::Reverse(entry.stamp_ms));
        live
    }
}

/// The end of a span that begins now, Unix ms.
pub(super) fn after(now_ms: i64, span: Duration) -> i64 {
    now_ms.saturating_add(ms(span))
}
