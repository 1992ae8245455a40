use futures::StreamExt;
use kit::ManualClock;

use super::*;

const GRACE: Duration = Duration::from_secs(5);

struct World {
    roster: Roster,
    notices: mpsc::Receiver<Notice>,
}

/// A gateway that knows of no others yet.
fn world(gateway: &str) -> World {
    let roster = Roster::new(gateway.into(), Arc::new(ManualClock::at_ms(7_000)), GRACE);
    let (sender, notices) = mpsc::channel(100);
    roster.set_notices(sender);
    World { roster, notices }
}

impl World {
    /// Another gateway that has told that nobody is there.
    fn peer(&self, gateway: &str) -> Source {
        let source = self.roster.open(gateway.into());
        self.roster.told_all(source, HashSet::new());
        source
    }

    fn here(&self, user: &str, here: bool) {
        self.roster.refresh(&user.into(), || here);
    }

    fn there(&self, source: Source, user: &str, here: bool) {
        let (online, offline) = if here { (vec![user.into()], vec![]) } else { (vec![], vec![user.into()]) };
        self.roster.told(source, online, offline);
    }

    /// The notices by now, as `+ann` and `-ann`.
    fn notices(&mut self) -> Vec<String> {
        let notices = std::iter::from_fn(|| self.notices.try_recv().ok());
        notices.map(|notice| format!("{}{}", if notice.online { '+' } else { '-' }, notice.user)).collect()
    }

    /// The same, once the grace of all who have left is over.
    async fn notices_after_grace(&mut self) -> Vec<String> {
        tokio::time::advance(GRACE).await;
        self.roster.tick();
        self.notices()
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateway_that_a_user_comes_to_tells_and_so_does_the_one_they_left() {
    let mut world = world("g1");
    let other = world.peer("g2");
    world.here("ann", true);
    world.there(other, "bob", true);
    assert_eq!(world.notices(), ["+ann"], "bob's gateway tells of bob");
    world.here("ann", false);
    world.there(other, "bob", false);
    assert_eq!(world.notices_after_grace().await, ["-ann"]);
}

#[tokio::test(start_paused = true)]
async fn a_reload_is_told_to_nobody_wherever_the_user_comes_back() {
    let mut world = world("g1");
    let other = world.peer("g2");
    world.here("ann", true);
    assert_eq!(world.notices(), ["+ann"]);
    world.here("ann", false);
    tokio::time::advance(GRACE / 2).await;
    world.there(other, "ann", true);
    assert_eq!(world.notices_after_grace().await, [""; 0]);
    world.there(other, "ann", false);
    tokio::time::advance(GRACE / 2).await;
    world.here("ann", true);
    assert_eq!(world.notices_after_grace().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_may_come_back_is_shown_online() {
    let mut world = world("g1");
    world.here("ann", true);
    world.here("ann", false);
    let ann = || vec![UserId::from("ann")];
    assert_eq!((world.roster.shown_online(ann()), world.roster.present(ann())), (ann(), vec![]));
    assert_eq!(world.notices_after_grace().await, ["+ann", "-ann"]);
    assert_eq!(world.roster.shown_online(ann()), []);
}

#[tokio::test(start_paused = true)]
async fn of_a_user_on_two_gateways_there_is_one_notice_each_way() {
    let mut world = world("g1");
    let other = world.peer("g2");
    world.there(other, "ann", true);
    world.here("ann", true);
    world.here("ann", false);
    assert_eq!(world.notices_after_grace().await, [""; 0]);
    world.here("ann", true);
    world.there(other, "ann", false);
    tokio::time::advance(GRACE).await;
    world.here("ann", false);
    assert_eq!(world.notices_after_grace().await, ["-ann"]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_gateways_users_are_told_of_by_one_survivor() {
    let (mut worlds, users) = ([world("g1"), world("g2")], ["a", "b", "c", "d", "e", "f", "g", "h"]);
    let mut told = Vec::new();
    for (world, other) in worlds.iter_mut().zip(["g2", "g1"]) {
        world.peer(other);
        let dead = world.peer("g3");
        users.iter().for_each(|user| world.there(dead, user, true));
        world.roster.close(dead);
        let notices = world.notices_after_grace().await;
        assert!(!notices.is_empty(), "each has a share");
        told.extend(notices);
    }
    told.sort();
    assert_eq!(told, users.map(|user| format!("-{user}")));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_was_stopped_or_began_anew_leaves_telling_to_the_others() {
    let mut world = world("g1");
    let stopping = world.peer("g2");
    world.there(stopping, "ann", true);
    world.there(stopping, "ann", false);
    world.roster.unheard(stopping);
    assert_eq!(world.notices_after_grace().await, ["-ann"], "its lease still lives");
    world.roster.close(stopping);
    let old = world.peer("g3");
    // Users enough for some to be this gateway's share.
    let users: Vec<String> = (0..20).map(|number| format!("u{number}")).collect();
    users.iter().for_each(|user| world.there(old, user, true));
    world.roster.close(old);
    world.peer("g3");
    assert!(!world.notices_after_grace().await.is_empty(), "the new incarnation did not know them");
}

#[tokio::test(start_paused = true)]
async fn after_the_lease_was_lost_those_who_are_only_here_are_told_of_anew() {
    let mut world = world("g1");
    let other = world.peer("g2");
    world.here("ann", true);
    world.there(other, "bob", true);
    world.here("bob", true);
    assert_eq!(world.notices(), ["+ann"]);
    world.roster.tell_anew();
    assert_eq!(world.notices(), ["+ann"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_begins_with_the_present_state_and_goes_on_with_edges() {
    let world = world("g1");
    world.roster.listed();
    let other = world.peer("g2");
    world.there(other, "ann", true);
    let mut all = world.roster.watch(vec![]).await.unwrap();
    let mut some = world.roster.watch(vec!["bob".into(), "ann".into(), "bob".into()]).await.unwrap();
    let change = |user: &str, online| Change { user: user.into(), online, at: 7 };
    assert_eq!(std::mem::take(&mut all.first), [change("ann", true)]);
    assert_eq!(std::mem::take(&mut some.first), [change("bob", false), change("ann", true)]);
    world.here("ann", true);
    world.here("carl", true);
    // A break after which the gateway tells anew.
    world.roster.unheard(other);
    world.roster.told_all(other, HashSet::from(["bob".into()]));
    world.here("ann", false);
    let edges = |watch: Watch, count| watch.changes().take(count).map(Result::unwrap).concat();
    assert_eq!(edges(all, 3).await, [change("carl", true), change("bob", true), change("ann", false)]);
    assert_eq!(edges(some, 2).await, [change("bob", true), change("ann", false)]);
}

#[tokio::test(start_paused = true)]
async fn nobody_watches_before_every_gateway_has_told_who_is_there() {
    let world = world("g1");
    world.roster.listed();
    let source = world.roster.open("g2".into());
    let error = world.roster.watch(vec![]).await.unwrap_err();
    assert_eq!(error.reason(), protos::Reason::ServiceUnavailable);
    let watching = world.roster.watch(vec![]);
    let (watch, ()) =
        tokio::join!(watching, async { world.roster.told_all(source, HashSet::from(["ann".into()])) });
    assert_eq!(watch.unwrap().first.len(), 1);
}
