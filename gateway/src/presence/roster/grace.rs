//! Who went offline a moment ago, which others are not told yet: one who comes back in time was never gone.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use protos::ids::UserId;
use tokio::time::Instant;

use super::roll::{Move, Source};

/// Users who left a gateway within the grace. One entry for each, however often they come and go.
#[derive(Debug)]
pub(super) struct Grace {
    span: Duration,
    away: HashMap<UserId, Away>,
    by_time: BTreeSet<(Instant, UserId)>,
}

#[derive(Debug)]
struct Away {
    /// Whom they left, the latest last.
    left: Vec<Source>,
    /// When the latest departure is so long ago that it counts.
    until: Instant,
    /// False: they still are on another gateway.
    offline: bool,
}

/// One who has been offline for the grace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offline {
    pub(super) user: UserId,
    /// The gateways that they left, one after the other within the grace.
    pub(super) left: Vec<Source>,
}

impl Grace {
    /// Nobody has left yet.
    pub(super) fn new(span: Duration) -> Self {
        Self { span, away: HashMap::new(), by_time: BTreeSet::new() }
    }

    /// Takes note of a move at a gateway; true when the user has come online, as the others see it.
    pub(super) fn moved(&mut self, moved: &Move, source: Source, now: Instant) -> bool {
        if moved.here { moved.is_edge && !self.returned(&moved.user) } else { self.left(moved, source, now) }
    }

    /// Always false: nobody comes online by leaving.
    fn left(&mut self, moved: &Move, source: Source, now: Instant) -> bool {
        let until = now + self.span;
        let away = self.away.entry(moved.user.clone()).or_insert_with(|| Away {
            left: Vec::new(),
            until,
            offline: false,
        });
        self.by_time.remove(&(away.until, moved.user.clone()));
        away.until = until;
        away.offline = moved.is_edge;
        if !away.left.contains(&source) {
            away.left.push(source);
        }
        self.by_time.insert((until, moved.user.clone()));
        false
    }

    /// True when they were thought offline: the others have not noticed.
    fn returned(&mut self, user: &UserId) -> bool {
        let Some(away) = self.away.remove(user) else { return false };
        self.by_time.remove(&(away.until, user.clone()));
        away.offline
    }

    /// True for one who is offline, which the others do not know yet.
    pub(super) fn hides(&self, user: &UserId) -> bool {
        self.away.get(user).is_some_and(|away| away.offline)
    }

    /// Takes out those whose time is up, and tells who of them is offline.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Offline> {
        let mut due = Vec::new();
        while self.by_time.first().is_some_and(|(until, _)| *until <= now) {
            let Some((_, user)) = self.by_time.pop_first() else { break };
            if let Some(away) = self.away.remove(&user).filter(|away| away.offline) {
                due.push(Offline { user, left: away.left });
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(5);

    fn step(user: &str, here: bool, is_edge: bool) -> Move {
        Move { user: user.into(), here, is_edge }
    }

    #[tokio::test]
    async fn who_comes_back_in_time_was_never_gone() {
        let (mut grace, now, one) = (Grace::new(SPAN), Instant::now(), Source(1));
        assert!(grace.moved(&step("ann", true, true), one, now), "news");
        grace.moved(&step("ann", false, true), one, now);
        assert!(grace.hides(&"ann".into()));
        assert!(!grace.moved(&step("ann", true, true), Source(2), now + SPAN / 2), "a reload");
        assert!(!grace.hides(&"ann".into()));
        assert_eq!(grace.due(now + 2 * SPAN), []);
    }

    #[tokio::test]
    async fn who_stays_away_is_due_when_the_last_departure_is_the_grace_ago() {
        let (mut grace, now) = (Grace::new(SPAN), Instant::now());
        grace.moved(&step("ann", false, false), Source(1), now);
        assert!(!grace.hides(&"ann".into()), "still on the other");
        grace.moved(&step("ann", false, true), Source(2), now + SPAN / 2);
        assert_eq!(grace.due(now + SPAN), []);
        let left = vec![Source(1), Source(2)];
        assert_eq!(grace.due(now + SPAN + SPAN / 2), [Offline { user: "ann".into(), left }]);
        assert!(grace.away.is_empty() && grace.by_time.is_empty());
        assert!(grace.moved(&step("ann", true, true), Source(1), now + 2 * SPAN), "news again");
    }

    #[tokio::test]
    async fn who_left_one_of_two_gateways_is_not_due() {
        let (mut grace, now) = (Grace::new(SPAN), Instant::now());
        grace.moved(&step("ann", false, false), Source(1), now);
        assert_eq!(grace.due(now + SPAN), []);
        assert!(grace.away.is_empty());
    }

    #[tokio::test]
    async fn however_often_one_comes_and_goes_there_is_one_entry() {
        let (mut grace, mut now, one) = (Grace::new(SPAN), Instant::now(), Source(1));
        for _ in 0..1_000 {
            now += Duration::from_millis(1);
            grace.moved(&step("ann", false, true), one, now);
            grace.moved(&step("ann", true, true), one, now);
            grace.moved(&step("ann", false, true), one, now);
        }
        assert_eq!((grace.away.len(), grace.by_time.len()), (1, 1));
        assert_eq!(grace.due(now + SPAN).len(), 1);
    }
}
