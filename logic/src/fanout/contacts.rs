//! Which gateway to call: any that lives, the same one while it answers.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// A gateway that did not answer is passed over for so long, where there is another.
const PASSED_OVER: Duration = Duration::from_secs(5);
/// After the list of leases went empty, its last gateways are tried for so long: the store may have forgotten them, not they
/// their sessions.
const REMEMBERED: Duration = Duration::from_secs(15);

/// What is known of the gateways; pure but for the time it is given.
#[derive(Debug)]
pub(super) struct Contacts {
    first: Vec<String>,
    live: Vec<String>,
    /// When `live` was last told not to be empty.
    live_at: Option<Instant>,
    /// The last list told was empty, or none has been told yet.
    is_stale: bool,
    failed_at: HashMap<String, Instant>,
    preferred: Option<String>,
    /// When each gateway was last told to have a lease.
    leased_at: HashMap<String, Instant>,
}

impl Contacts {
    /// Knows only whom to ask first.
    pub(super) fn new(first: Vec<String>) -> Self {
        Self {
            first,
            live: Vec::new(),
            live_at: None,
            is_stale: true,
            failed_at: HashMap::new(),
            preferred: None,
            leased_at: HashMap::new(),
        }
    }

    /// Takes the URLs of the gateways whose lease lives.
    pub(super) fn told(&mut self, live: Vec<String>, now: Instant) {
        self.is_stale = live.is_empty();
        if !self.is_stale {
            self.leased_at.extend(live.iter().map(|url| (url.clone(), now)));
            self.live = live;
            self.live_at = Some(now);
        }
        self.leased_at.retain(|_, at| *at + REMEMBERED > now);
        self.failed_at.retain(|_, at| *at + PASSED_OVER > now);
    }

    /// Notes that a gateway did not answer.
    pub(super) fn failed(&mut self, url: &str, now: Instant) {
        self.failed_at.insert(url.to_owned(), now);
        self.preferred = self.preferred.take().filter(|preferred| preferred != url);
    }

    /// Notes that a gateway answered: the next call goes there too.
    pub(super) fn answered(&mut self, url: &str) {
        self.failed_at.remove(url);
        if self.preferred.as_deref() != Some(url) {
            self.preferred = Some(url.to_owned());
        }
    }

    /// Whom to call, `except` aside; `None` when there is nobody of whom an answer can be hoped.
    pub(super) fn pick(&self, except: Option<&str>, now: Instant) -> Option<&str> {
        // A lease says that a gateway lives, so it is tried however often it failed; a first contact is only a guess.
        let least_bad = || {
            let leased = self.candidates(now).filter(|_| !self.is_stale && except.is_none());
            leased.min_by_key(|url| self.failed_at.get(*url).copied())
        };
        self.pick_sound(except, now).or_else(least_bad)
    }

    /// The same, of those that have not failed lately: whose answer is worth waiting for.
    pub(super) fn pick_sound(&self, except: Option<&str>, now: Instant) -> Option<&str> {
        let candidates = || self.candidates(now).filter(|url| Some(*url) != except);
        let sound = |url: &&str| self.failed_at.get(*url).is_none_or(|at| *at + PASSED_OVER <= now);
        let preferred = candidates().filter(sound).find(|url| self.preferred.as_deref() == Some(*url));
        preferred.or_else(|| candidates().find(sound))
    }

    /// Who had a lease a moment ago, and may hold sessions.
    pub(super) fn leased(&self) -> impl Iterator<Item = &str> {
        self.leased_at.keys().map(String::as_str)
    }

    /// Every URL that may be called now or soon.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.live.iter().chain(&self.first).chain(self.leased_at.keys()).map(String::as_str)
    }

    fn candidates(&self, now: Instant) -> impl Iterator<Item = &str> {
        let remembers = self.live_at.is_some_and(|at| !self.is_stale || at + REMEMBERED > now);
        let live = self.live.iter().filter(move |_| remembers);
        let first = self.first.iter().filter(|_| self.is_stale);
        live.chain(first).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "http://a";
    const B: &str = "http://b";
    const FIRST: &str = "http://first";

    fn contacts() -> (Contacts, Instant) {
        (Contacts::new(vec![FIRST.into()]), Instant::now())
    }

    fn both() -> Vec<String> {
        vec![A.into(), B.into()]
    }

    #[test]
    fn first_contacts_serve_until_leases_are_told() {
        let (mut contacts, now) = contacts();
        assert_eq!(contacts.pick(None, now), Some(FIRST));
        contacts.told(both(), now);
        assert_eq!(contacts.pick(None, now), Some(A));
        assert_eq!(contacts.pick(Some(A), now), Some(B));
    }

    #[test]
    fn a_first_contact_that_fails_is_left_alone_for_a_while() {
        let (mut contacts, now) = contacts();
        contacts.failed(FIRST, now);
        assert_eq!(contacts.pick(None, now), None);
        assert_eq!(contacts.pick(None, now + PASSED_OVER), Some(FIRST));
    }

    #[test]
    fn the_one_that_answers_is_kept_and_the_one_that_fails_left() {
        let (mut contacts, now) = contacts();
        contacts.told(both(), now);
        contacts.answered(B);
        assert_eq!(contacts.pick(None, now), Some(B));
        contacts.failed(B, now);
        assert_eq!(contacts.pick(None, now), Some(A));
        contacts.failed(A, now + Duration::from_secs(1));
        assert_eq!(contacts.pick(None, now + Duration::from_secs(1)), Some(B), "leased: tried again");
        assert_eq!(contacts.pick(Some(B), now + Duration::from_secs(1)), None, "not both in one go");
    }

    #[test]
    fn who_failed_is_tried_and_not_waited_for() {
        let (mut contacts, now) = contacts();
        contacts.told(vec![A.into()], now);
        assert_eq!(contacts.pick_sound(None, now), Some(A));
        contacts.failed(A, now);
        assert_eq!((contacts.pick_sound(None, now), contacts.pick(None, now)), (None, Some(A)));
        contacts.answered(A);
        assert_eq!(contacts.pick_sound(None, now), Some(A));
    }

    #[test]
    fn a_gateway_whose_lease_is_missing_is_not_given_up_at_once() {
        let (mut contacts, now) = contacts();
        contacts.told(both(), now);
        contacts.told(vec![A.into()], now + Duration::from_secs(1));
        assert_eq!(contacts.leased().count(), 2);
        contacts.told(vec![A.into()], now + REMEMBERED);
        assert_eq!(contacts.leased().collect::<Vec<_>>(), [A]);
    }

    #[test]
    fn an_empty_list_is_not_believed_at_once() {
        let (mut contacts, now) = contacts();
        contacts.told(both(), now);
        contacts.answered(B);
        contacts.told(Vec::new(), now + Duration::from_secs(1));
        assert_eq!(contacts.pick(None, now + Duration::from_secs(2)), Some(B));
        assert_eq!(contacts.pick(None, now + REMEMBERED), Some(FIRST));
        contacts.told(vec![A.into()], now + REMEMBERED);
        assert_eq!(contacts.pick(None, now + REMEMBERED), Some(A));
    }
}
