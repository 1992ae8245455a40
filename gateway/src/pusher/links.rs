//! Who sends deliveries here, and whether they still do; pure but for the time it is given, which is the monotonic clock's.
//!
//! A sender that dies takes with it what it owes and what it had not sent yet; nobody but those it sent to can notice.

use std::collections::HashMap;
use std::time::Duration;

use protos::ids::LinkId;
use protos::model::LinkPosition;
use tokio::time::Instant;

/// Links that are followed; one more, and the one that has been silent for longest counts as broken.
const LINKS_MAX: usize = 4_096;
/// How long it is remembered that a link broke: others pass it on within a second or two.
const BREAKS_KEPT: Duration = Duration::from_secs(10);

/// The links to this gateway.
#[derive(Debug)]
pub(super) struct Links {
    silent_after: Duration,
    heard: HashMap<LinkId, Heard>,
    broken: HashMap<LinkId, Instant>,
}

#[derive(Debug)]
struct Heard {
    /// The highest number.
    number: i64,
    at: Instant,
    is_forwarded: bool,
}

/// A link that broke: what it carried may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) link: LinkId,
    /// True for a link from another gateway.
    pub(super) is_forwarded: bool,
}

impl Links {
    /// None yet; one that says nothing for `silent_after` is broken.
    pub(super) fn new(silent_after: Duration) -> Self {
        Self { silent_after, heard: HashMap::new(), broken: HashMap::new() }
    }

    /// A call came. A break: the sender knows a later one to be answered than was ever heard here, or there were too many links.
    ///
    /// A link that is new, or that is heard again after it broke, is taken as it stands.
    pub(super) fn heard(&mut self, position: &LinkPosition, now: Instant) -> Option<Break> {
        let is_forwarded = position.is_forwarded;
        if let Some(heard) = self.heard.get_mut(&position.link) {
            let has_jumped = position.answered > heard.number;
            heard.number = heard.number.max(position.number);
            heard.at = now;
            return has_jumped.then(|| self.broke(position.link.clone(), is_forwarded, now));
        }
        let evicted = if self.heard.len() < LINKS_MAX { None } else { self.longest_silent() };
        let evicted = evicted.and_then(|link| {
            let heard = self.heard.remove(&link)?;
            Some(self.broke(link, heard.is_forwarded, now))
        });
        self.heard.insert(position.link.clone(), Heard { number: position.number, at: now, is_forwarded });
        evicted
    }

    /// The sender has said goodbye: it owes nothing.
    pub(super) fn ended(&mut self, link: &LinkId) {
        self.heard.remove(link);
    }

    /// Links that have been silent for too long, each told once: they are forgotten.
    pub(super) fn silent(&mut self, now: Instant) -> Vec<Break> {
        self.broken.retain(|_, at| *at + BREAKS_KEPT > now);
        let silent_after = self.silent_after;
        let silent = self.heard.extract_if(|_, heard| heard.at + silent_after <= now);
        let silent: Vec<(LinkId, bool)> = silent.map(|(link, heard)| (link, heard.is_forwarded)).collect();
        silent.into_iter().map(|(link, is_forwarded)| self.broke(link, is_forwarded, now)).collect()
    }

    /// Another gateway says that this link broke; true when that is news here.
    pub(super) fn broke_elsewhere(&mut self, link: LinkId, now: Instant) -> bool {
        // Its silence would be the same break.
        self.heard.remove(&link);
        let is_news = self.broken.get(&link).is_none_or(|at| *at + BREAKS_KEPT <= now);
        if is_news {
            self.broke(link, true, now);
        }
        is_news
    }

    fn broke(&mut self, link: LinkId, is_forwarded: bool, now: Instant) -> Break {
        self.broken.insert(link.clone(), now);
        Break { link, is_forwarded }
    }

    fn longest_silent(&self) -> Option<LinkId> {
        self.heard.iter().min_by_key(|(_, heard)| heard.at).map(|(link, _)| link.clone())
    }
}

/// Spreads out what every session is told: at most once in a while, and the last wish is always granted.
#[derive(Debug)]
pub(super) struct ResyncAll {
    every: Duration,
    told_at: Option<Instant>,
    is_wanted: bool,
}

impl ResyncAll {
    /// Nobody wants it yet; it happens at most once in `every`.
    pub(super) fn new(every: Duration) -> Self {
        Self { every, told_at: None, is_wanted: false }
    }

    /// Something broke.
    pub(super) fn want(&mut self) {
        self.is_wanted = true;
    }

    /// True when every session is to be told now.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.is_wanted && self.told_at.is_none_or(|at| at + self.every <= now);
        if is_due {
            (self.is_wanted, self.told_at) = (false, Some(now));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(link: &str, number: i64, answered: i64) -> LinkPosition {
        LinkPosition { link: link.into(), number, answered, is_forwarded: false }
    }

    fn of(link: &str) -> Break {
        Break { link: link.into(), is_forwarded: false }
    }

    fn links() -> (Links, Instant) {
        (Links::new(3 * SECOND), Instant::now())
    }

    #[test]
    fn who_falls_silent_without_goodbye_has_broken_once() {
        let (mut links, now) = links();
        for link in ["dies", "leaves", "lives"] {
            assert_eq!(links.heard(&at(link, 1, 0), now), None);
        }
        links.ended(&"leaves".into());
        links.heard(&at("lives", 2, 1), now + SECOND);
        assert_eq!(links.silent(now + 2 * SECOND), []);
        assert_eq!(links.silent(now + 3 * SECOND), [of("dies")]);
        assert_eq!(links.silent(now + 3 * SECOND), [], "once");
    }

    #[test]
    fn who_comes_back_with_the_next_number_has_not_broken_again() {
        let (mut links, now) = links();
        links.heard(&at("l", 7, 6), now);
        assert_eq!(links.silent(now + 3 * SECOND), [of("l")]);
        assert_eq!(links.heard(&at("l", 8, 7), now + 5 * SECOND), None);
        assert_eq!(links.silent(now + 7 * SECOND), []);
        assert_eq!(links.silent(now + 8 * SECOND), [of("l")], "silent a second time");
    }

    #[test]
    fn an_answered_call_that_was_never_heard_is_a_break_and_an_unanswered_one_is_none() {
        let (mut links, now) = links();
        links.heard(&at("l", 4, 3), now);
        assert_eq!(links.heard(&at("l", 7, 4), now), None, "5 and 6 are owed, or still under way");
        assert_eq!(links.heard(&at("l", 6, 4), now), None, "late");
        assert_eq!(links.heard(&at("l", 9, 8), now), Some(of("l")));
        assert_eq!(links.heard(&at("l", 10, 9), now), None, "once");
    }

    #[test]
    fn the_same_break_is_no_news_from_another_gateway() {
        let (mut links, now) = links();
        links.heard(&at("mine", 1, 0), now);
        links.heard(&at("theirs", 1, 0), now + SECOND);
        assert_eq!(links.silent(now + 3 * SECOND), [of("mine")]);
        assert!(!links.broke_elsewhere("mine".into(), now + 4 * SECOND));
        assert!(links.broke_elsewhere("theirs".into(), now + 3 * SECOND));
        assert_eq!(links.silent(now + 9 * SECOND), [], "nor is it from here after that");
        assert!(links.broke_elsewhere("mine".into(), now + 13 * SECOND), "another break");
    }

    #[test]
    fn the_number_of_links_is_bounded() {
        let (mut links, now) = links();
        for number in 0..LINKS_MAX {
            links.heard(&at(&format!("l{number}"), 1, 0), now + SECOND);
        }
        links.heard(&at("l7", 2, 1), now + 2 * SECOND);
        let Break { link, .. } = links.heard(&at("more", 1, 0), now + 2 * SECOND).unwrap();
        assert_ne!(link, "l7".into());
        assert_eq!(links.heard.len(), LINKS_MAX);
    }

    #[test]
    fn all_are_told_at_most_once_in_a_while_and_the_last_wish_is_granted() {
        let (mut all, now) = (ResyncAll::new(2 * SECOND), Instant::now());
        assert!(!all.is_due(now));
        all.want();
        assert!(all.is_due(now));
        for _ in 0..3 {
            all.want();
            assert!(!all.is_due(now + SECOND));
        }
        assert!(all.is_due(now + 2 * SECOND));
        assert!(!all.is_due(now + 9 * SECOND));
    }
}
