//! Presence in memory: a table that one actor owns.

use std::collections::HashMap;
use std::collections::hash_map;

use protos::ids::{GatewayId, Incarnation, PushId, UserId};
use protos::model::{GatewayLease, OnlineStatus};

use super::had_pushes::HadPushes;
use super::record::{Ended, Entry, Hold, Lease, Leases, LiveLease, Source, UserRecord, after};
use super::store::{Announcement, Heartbeat, Renewal};
use super::terms::{Terms, ms};

/// The whole of presence at a moment that [`Table::at`] sets.
#[derive(Debug)]
pub(super) struct Table {
    terms: Terms,
    leases: Leases,
    ended: Ended,
    users: HashMap<UserId, UserRecord>,
    pushes: HadPushes,
    /// How far the wall clock is ahead of the time that is kept here, in milliseconds.
    ahead_ms: i64,
}

impl Table {
    /// Nobody is anywhere.
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            leases: Leases::default(),
            ended: Ended::default(),
            users: HashMap::default(),
            pushes: HadPushes::default(),
            ahead_ms: 0,
        }
    }

    /// The table at this moment.
    pub(super) fn at(&mut self, now_ms: i64) -> &mut Self {
        self.leases.now_ms = now_ms;
        self
    }

    /// The table while the wall clock, by which it is told when a user was last seen, is so far ahead.
    pub(super) fn ahead_by(&mut self, ahead_ms: i64) -> &mut Self {
        self.ahead_ms = ahead_ms;
        self
    }

    pub(super) fn renew(&mut self, wish: GatewayLease) -> Renewal {
        let (held, continued) = self.take(wish);
        Renewal { held, continued, gateways: self.leases.list(), ttl: self.terms.lease }
    }

    fn take(&mut self, wish: GatewayLease) -> (bool, bool) {
        let now_ms = self.leases.now_ms;
        if self.ended.contains_key(&(wish.gateway_id.clone(), wish.incarnation.clone())) {
            return (false, false);
        }
        let held = self.leases.live(&wish.gateway_id).filter(|lease| lease.incarnation == wish.incarnation);
        let term = held.map(|lease| lease.term);
        let lease = Lease {
            incarnation: wish.incarnation.clone(),
            url: wish.url,
            term: term.unwrap_or(now_ms),
            renewed_ms: now_ms,
            deadline_ms: after(now_ms, self.terms.lease),
        };
        let before = self.leases.by_gateway.insert(wish.gateway_id.clone(), lease);
        if let Some(before) = before.filter(|before| before.incarnation != wish.incarnation) {
            self.ended.insert((wish.gateway_id, before.incarnation), before.renewed_ms);
        }
        (true, term.is_some())
    }

    pub(super) fn release(&mut self, gateway: GatewayId, incarnation: Incarnation) {
        if let hash_map::Entry::Occupied(lease) = self.leases.by_gateway.entry(gateway.clone())
            && lease.get().incarnation == incarnation
        {
            lease.remove();
        }
        self.ended.entry((gateway, incarnation)).or_insert(self.leases.now_ms);
    }

    pub(super) fn announce(&mut self, announcement: Announcement) {
        let Announcement { gateway, incarnation, online, offline } = announcement;
        let Some(hold) = self.leases.hold(&gateway).filter(|hold| hold.incarnation == incarnation) else {
            return;
        };
        for user in offline {
            let gone = self.entry(gateway.clone(), Source::Announced, Some(hold.clone()), String::new());
            self.remove(user, &gone);
        }
        for (user, client_info) in online {
            let entry = self.entry(gateway.clone(), Source::Announced, Some(hold.clone()), client_info);
            self.put(user, entry);
        }
    }

    pub(super) fn gateways(&self) -> Vec<LiveLease> {
        self.leases.list_with_ages()
    }

    pub(super) fn set_online(
        &mut self,
        user: UserId,
        gateway: GatewayId,
        client_info: String,
    ) -> OnlineStatus {
        let hold = self.leases.hold(&gateway);
        let entry = self.entry(gateway, Source::Set, hold, client_info);
        self.put(user.clone(), entry);
        self.status(user)
    }

    pub(super) fn set_offline(&mut self, user: UserId, gateway: GatewayId) {
        let gone = self.entry(gateway, Source::Set, None, String::new());
        self.remove(user, &gone);
    }

    pub(super) fn heartbeat(&mut self, user: UserId, gateway: &GatewayId) -> Heartbeat {
        let now_ms = self.leases.now_ms;
        let mut success = false;
        if let Some(record) = self.users.get_mut(&user) {
            for entry in record.entries.iter_mut().filter(|entry| entry.gateway == *gateway) {
                if entry.is_live(&self.leases, &self.terms) {
                    success = true;
                    entry.stamp_ms = now_ms;
                    record.seen_ms = now_ms;
                }
            }
        }
        Heartbeat { success, last_seen: self.status(user).last_seen }
    }

    pub(super) fn statuses(&self, users: Vec<UserId>) -> Vec<OnlineStatus> {
        users.into_iter().map(|user| self.status(user)).collect()
    }

    pub(super) fn locate(&self, users: Vec<UserId>) -> Vec<(UserId, Vec<GatewayId>)> {
        let locate = |user: UserId| {
            let gateways = self.users.get(&user)?.gateways(&self.leases, &self.terms);
            (!gateways.is_empty()).then_some((user, gateways))
        };
        users.into_iter().filter_map(locate).collect()
    }

    pub(super) fn cleanup(&mut self, before: i64, limit: usize) -> usize {
        let before_ms = before.saturating_mul(1_000).saturating_sub(self.ahead_ms);
        let mut cleaned = 0;
        self.users.retain(|_, record| {
            let goes = cleaned < limit
                && record.gateways(&self.leases, &self.terms).is_empty()
                && record.last_seen_ms(&self.leases, &self.ended) < before_ms;
            cleaned += usize::from(goes);
            !goes
        });
        cleaned
    }

    pub(super) fn note_pushes(&mut self, pushes: Vec<(PushId, Vec<UserId>)>) {
        let until_ms = after(self.leases.now_ms, self.terms.pushed);
        for (push, users) in pushes {
            users.into_iter().for_each(|user| self.pushes.note(push.clone(), user, until_ms));
        }
    }

    pub(super) fn had_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Vec<Vec<UserId>> {
        let now_ms = self.leases.now_ms;
        let had = pushes.into_iter().map(|(push, mut users)| {
            users.retain(|user| self.pushes.had(&push, user, now_ms));
            users
        });
        had.collect()
    }

    /// Forgets what no answer needs any more.
    pub(super) fn sweep(&mut self) {
        let now_ms = self.leases.now_ms;
        let forgotten_ms = now_ms - ms(self.terms.ended);
        self.leases.by_gateway.retain(|_, lease| lease.deadline_ms > forgotten_ms);
        self.ended.retain(|_, ended_ms| *ended_ms > forgotten_ms);
        self.pushes.forget(now_ms);
        let wall_ms = now_ms + self.ahead_ms;
        self.cleanup((wall_ms - ms(self.terms.user)).div_euclid(1_000), usize::MAX);
    }

    fn entry(&self, gateway: GatewayId, source: Source, hold: Option<Hold>, client_info: String) -> Entry {
        Entry { gateway, source, hold, stamp_ms: self.leases.now_ms, client_info }
    }

    fn put(&mut self, user: UserId, entry: Entry) {
        let record = self.users.entry(user).or_default();
        tidy(record, &self.leases, &self.ended, &self.terms);
        record.seen_ms = self.leases.now_ms;
        record.entries.retain(|other| !entry.replaces(other));
        record.entries.push(entry);
    }

    fn remove(&mut self, user: UserId, gone: &Entry) {
        let Some(record) = self.users.get_mut(&user) else { return };
        let before = record.entries.len();
        record.entries.retain(|other| !gone.replaces(other));
        if record.entries.len() < before {
            record.seen_ms = self.leases.now_ms;
        }
        tidy(record, &self.leases, &self.ended, &self.terms);
    }

    fn status(&self, user: UserId) -> OnlineStatus {
        match self.users.get(&user) {
            Some(record) => {
                let status = record.status(user, &self.leases, &self.ended, &self.terms);
                OnlineStatus { last_seen: status.last_seen + self.ahead_ms.div_euclid(1_000), ..status }
            }
            None => OnlineStatus { user_id: user, ..OnlineStatus::default() },
        }
    }
}

/// Drops a record's dead entries, and keeps what they tell of when the user was last seen.
fn tidy(record: &mut UserRecord, leases: &Leases, ended: &Ended, terms: &Terms) {
    record.seen_ms = record.last_seen_ms(leases, ended);
    record.entries.retain(|entry| entry.is_live(leases, terms));
}

#[cfg(test)]
mod tests {
    use super::super::record::LeaseAge;
    use super::*;

    const SECOND: i64 = 1_000;
    const DAY: i64 = 24 * 60 * 60 * SECOND;

    fn lease(incarnation: &str) -> GatewayLease {
        GatewayLease {
            gateway_id: "g1".into(),
            incarnation: incarnation.into(),
            url: "http://g1:9000".into(),
        }
    }

    /// A gateway with one user on it, at 0.
    fn table() -> Table {
        let mut table = Table::new(Terms::default());
        table.at(0).renew(lease("i1"));
        table.announce(Announcement {
            gateway: "g1".into(),
            incarnation: "i1".into(),
            online: vec![("ann".into(), String::new())],
            offline: Vec::new(),
        });
        table
    }

    fn is_online(table: &mut Table, user: &str, now_ms: i64) -> bool {
        !table.at(now_ms).locate(vec![user.into()]).is_empty()
    }

    #[test]
    fn a_lease_lives_ten_seconds_after_its_last_renewal() {
        let mut table = table();
        assert!(table.at(9 * SECOND).renew(lease("i1")).continued);
        assert!(is_online(&mut table, "ann", 19 * SECOND - 1));
        assert!(!is_online(&mut table, "ann", 19 * SECOND));
        assert_eq!(table.status("ann".into()).last_seen, 9, "the gateway was last heard of then");
        assert!(!table.renew(lease("i1")).continued);
    }

    #[test]
    fn a_lease_tells_how_old_it_is() {
        let mut table = table();
        table.at(3 * SECOND).renew(lease("i1"));
        let age = |table: &mut Table| table.gateways()[0].age.unwrap();
        let expected = LeaseAge { held_ms: 5 * SECOND, renewed_ms: 2 * SECOND, left_ms: 8 * SECOND };
        assert_eq!(age(table.at(5 * SECOND)), expected);
        assert!(table.at(13 * SECOND).gateways().is_empty());
        table.renew(lease("i1"));
        assert_eq!(age(&mut table).held_ms, 0, "it had run out");
    }

    #[test]
    fn without_a_lease_a_user_stays_sixty_seconds_after_the_last_heartbeat() {
        let mut table = table();
        table.set_online("bob".into(), "job".into(), String::new());
        assert!(table.at(59 * SECOND).heartbeat("bob".into(), &"job".into()).success);
        assert!(is_online(&mut table, "bob", 119 * SECOND - 1));
        assert!(!is_online(&mut table, "bob", 119 * SECOND));
        assert_eq!(table.heartbeat("bob".into(), &"job".into()), Heartbeat { success: false, last_seen: 59 });
    }

    #[test]
    fn a_clock_that_is_set_back_puts_nobody_offline() {
        let mut table = table();
        assert!(is_online(&mut table, "ann", -DAY));
        assert!(table.renew(lease("i1")).continued);
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_only_when_users_are_said_to_have_been_seen() {
        let mut table = table();
        table.set_online("bob".into(), "job".into(), String::new());
        table.at(9 * SECOND).ahead_by(DAY);
        assert!(is_online(&mut table, "ann", 9 * SECOND));
        assert_eq!(table.status("bob".into()).last_seen, DAY / SECOND + 9, "now");
        assert_eq!(table.at(100 * SECOND).status("bob".into()).last_seen, DAY / SECOND, "a while ago");
        assert_eq!(table.cleanup(DAY / SECOND, 10), 0, "nobody was seen before that");
        assert_eq!(table.cleanup(DAY / SECOND + 1, 10), 2);
    }

    #[test]
    fn a_sweep_forgets_what_is_old_and_keeps_who_is_online() {
        let mut table = table();
        table.renew(lease("i2"));
        table.set_online("bob".into(), "job".into(), String::new());
        table.at(DAY - SECOND).sweep();
        assert!(!table.renew(lease("i1")).held, "its end is remembered for a day");
        table.at(2 * DAY).sweep();
        assert!(table.ended.is_empty());
        assert_eq!(table.users.len(), 2);
        table.at(31 * DAY).renew(lease("i3"));
        table.set_online("cid".into(), "g1".into(), String::new());
        table.sweep();
        assert_eq!(table.users.keys().collect::<Vec<_>>(), [&UserId::from("cid")]);
    }

    #[test]
    fn dead_entries_do_not_pile_up() {
        let mut table = table();
        for start in 0..100 {
            table.renew(lease(&format!("start-{start}")));
            table.announce(Announcement {
                gateway: "g1".into(),
                incarnation: format!("start-{start}").into(),
                online: vec![("ann".into(), String::new())],
                offline: Vec::new(),
            });
        }
        assert_eq!(table.users[&UserId::from("ann")].entries.len(), 1);
    }
}
