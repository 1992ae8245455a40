//! The writer as it is passes; each broken variant is found.

use std::io::Write;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use super::writer::{Bounds, Variant, Writer};

/// Visits every state until a property is found to be broken, and answers which.
fn explore(variant: Variant, bounds: Bounds) -> Vec<&'static str> {
    let began = Instant::now();
    let checker = Writer { variant, bounds }
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    writeln!(
        std::io::stderr(),
        "{variant:?}, {bounds:?}: {} states, {} of them different, depth {}, {:.1} s",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed().as_secs_f64()
    )
    .unwrap();
    let mut broken: Vec<_> =
        checker.discoveries().into_keys().filter(|name| *name != "everything can be acknowledged").collect();
    broken.sort_unstable();
    assert!(checker.discovery("everything can be acknowledged").is_some() || !broken.is_empty());
    broken
}

const BOUNDS: Bounds = Bounds { calls: 2, deaths: 2 };

#[test]
fn in_every_state_nothing_is_lost_doubled_or_out_of_place() {
    assert_eq!(explore(Variant::AsItIs, BOUNDS), [""; 0]);
}

#[test]
fn without_a_unique_key_a_message_is_doubled() {
    assert!(explore(Variant::NoUniqueKey, BOUNDS).contains(&"a sender's key has one row"));
}

#[test]
fn an_answer_before_the_commit_is_lost_in_a_crash() {
    assert!(
        explore(Variant::AckBeforeCommit, BOUNDS).contains(&"what was acknowledged is there, with that seq")
    );
}

#[test]
fn a_seq_that_is_read_outside_of_the_lock_is_taken_twice() {
    assert!(explore(Variant::SeqOutsideLock, BOUNDS).contains(&"seqs are 1, 2, 3 …"));
}

#[test]
fn a_member_that_is_looked_up_outside_of_the_lock_writes_after_the_removal() {
    assert!(explore(Variant::MemberOutsideLock, BOUNDS).contains(&"who was removed stores nothing"));
}
