//! The registry under concurrency: the product's own code, run by shuttle under many schedules.
//!
//! What runs is `registry.rs`, `registry/world.rs`, `session/handle.rs`, `presence/changes.rs` and `presence/roster/`, unchanged but for
//! [`crate::sync`], whose every operation lets the scheduler choose who is next. Sessions and the announcer cannot run without sockets
//! and a repo; [`stage`] does their steps in their order.
//!
//! When everything has come to rest, in every schedule:
//! - an open session gets what is delivered to its user, and got what was delivered all the while;
//! - repo, the roster and the registry agree with what is true about who is here, though calls to repo fail, with effect or without;
//! - `hello` goes out only once repo knows;
//! - nobody stays whose sign-in has ended, and everybody is in their place in WORLD;
//! - the late leave of a session that was evicted takes no other session along.
//!
//! Explored: of each of the five plays 1,000 random schedules and 500 by PCT with 3 preemptions that matter (Burckhardt et al., 2010),
//! other ones in each run; a failing one is printed so that it can be replayed. All of it takes 7 s of a debug build. That is no proof, as all orders would be; that the
//! checker finds what it should is shown by three broken variants, each found within the same number of schedules.

mod stage;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::thread::JoinHandle;
use shuttle::{Config, FailurePersistence};
use stage::{Announcing, Client, Stage};

use crate::sync::scheduled;

const RANDOM: usize = 1_000;
const PCT: usize = 500;
const PCT_DEPTH: usize = 3;

/// Who takes part: sessions, and others who act and end.
type Parts = (Vec<JoinHandle<()>>, Vec<JoinHandle<()>>);

/// A play, and whether it is about WORLD.
#[derive(Clone, Copy)]
struct Play {
    parts: fn(&Stage) -> Parts,
    is_about_world: bool,
}

/// Two sessions come and go while one stays.
const COMING_AND_GOING: Play = Play {
    parts: |stage| {
        let clients = [Client::Leaves, Client::Stays, Client::Leaves];
        (clients.map(|client| stage.session("in", false, client)).into(), vec![stage.deliverer(2)])
    },
    is_about_world: false,
};

/// Sessions come and go, and none stays.
const PASSING_BY: Play = Play {
    parts: |stage| {
        let sessions = [(); 3].map(|()| stage.session("in", false, Client::Leaves));
        (sessions.into(), vec![stage.deliverer(1)])
    },
    is_about_world: false,
};

/// One session is evicted while another comes, and leaves late.
const TOO_SLOW: Play = Play {
    parts: |stage| {
        let clients = [Client::Stalls, Client::Stays];
        (clients.map(|client| stage.session("in", false, client)).into(), vec![stage.deliverer(3)])
    },
    is_about_world: false,
};

/// A sign-in ends while sessions of it come, and one of another.
const SIGNED_OUT: Play = Play {
    parts: |stage| {
        let sign_ins = ["ended", "other", "ended"];
        let sessions = sign_ins.map(|sign_in| stage.session(sign_in, false, Client::Stays));
        (sessions.into(), vec![stage.ender("ended"), stage.deliverer(1)])
    },
    is_about_world: false,
};

/// The user joins WORLD and leaves it, while sessions come whose tokens were checked before, or in between.
const WORLD: Play = Play {
    parts: |stage| {
        let sessions = [true, false].map(|in_world| stage.session("in", in_world, Client::Stays));
        let leaver = stage.session("in", true, Client::Leaves);
        (sessions.into_iter().chain([leaver]).collect(), vec![stage.wanderer(&[true, false, true])])
    },
    is_about_world: true,
};

fn play(scheduler: impl Scheduler + 'static, config: Config, play: Play, announcing: Announcing) -> usize {
    scheduled::run(scheduler, config, move || {
        let stage = Stage::new();
        let announcer = stage.announcer(announcing);
        let (sessions, actors) = (play.parts)(&stage);
        actors.into_iter().for_each(|actor| actor.join().unwrap());
        stage.check(sessions, play.is_about_world);
        announcer.join().unwrap();
    })
}

fn check(the_play: Play) {
    let random = play(RandomScheduler::new(RANDOM), Config::new(), the_play, Announcing::AsItIs);
    let pct = play(PctScheduler::new(PCT_DEPTH, PCT), Config::new(), the_play, Announcing::AsItIs);
    assert_eq!((random, pct), (RANDOM, PCT));
}

/// The complaint of a play that has to fail.
fn complaint(the_play: Play, announcing: Announcing) -> String {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    let failed = std::panic::catch_unwind(|| {
        play(RandomScheduler::new(RANDOM), config, the_play, announcing);
    });
    let panic = failed.expect_err("the broken variant passed");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

#[test]
fn sessions_that_come_and_go_are_found_and_told() {
    check(COMING_AND_GOING);
}

#[test]
fn when_the_last_has_left_everybody_knows() {
    check(PASSING_BY);
}

#[test]
fn an_evicted_session_takes_no_other_along() {
    check(TOO_SLOW);
}

#[test]
fn nobody_stays_whose_sign_in_ended() {
    check(SIGNED_OUT);
}

#[test]
fn everybody_is_in_their_place_in_world() {
    check(WORLD);
}

#[test]
fn a_leave_that_compares_nothing_is_found() {
    let complaint = crate::planted::in_tests::while_all_leave(|| complaint(TOO_SLOW, Announcing::AsItIs));
    // Or, in other schedules, repo is told that the one who has just come is not here.
    assert!(complaint.contains("an open session") || complaint.contains("hello goes out"), "{complaint}");
}

#[test]
fn an_announcer_that_reads_before_it_takes_is_found() {
    let complaint = complaint(PASSING_BY, Announcing::ReadsFirst);
    assert!(complaint.contains("repo"), "{complaint}");
}

#[test]
fn an_announcer_that_can_be_woken_too_late_is_found() {
    let complaint = complaint(PASSING_BY, Announcing::WakesLate);
    assert!(complaint.contains("repo"), "{complaint}");
}
