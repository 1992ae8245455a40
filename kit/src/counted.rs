//! Functions whose instructions `scripts/instructions.sh` counts under callgrind.
//!
//! They are those in modules `counted` whose names end in `_counted`: callgrind mixes up several patterns, so one must tell them. They
//! are part of the unit tests, which are built anyway and reach what is private: a feature or a public door for benchmarks would be
//! one more way to build each crate. A test calls each twice, and the second call counts: the first fills caches and takes pages.

use actix_rt::SystemRunner;
use futures::future::join_all;
use protos::Result;

use crate::batch::{Batches, Bounds, Flush};

const CALLS: u32 = 1_000;

/// Answers at once, so that what is counted is the gathering.
#[derive(Clone)]
struct Echo;

impl Flush for Echo {
    type Item = u32;
    type Reply = u32;

    fn weight(_: &u32) -> usize {
        1
    }

    async fn flush(self, batch: Vec<u32>) -> Vec<Result<u32>> {
        batch.into_iter().map(Ok).collect()
    }
}

/// A thousand callers' calls, from `submit` to their answers.
#[inline(never)]
fn gather_1000_calls_counted(system: &SystemRunner, batches: &Batches<Echo>) -> Vec<Result<u32>> {
    system.block_on(join_all((0..CALLS).map(|number| batches.submit(number))))
}

#[test]
fn gathered_calls_are_answered() {
    let bounds = Bounds { batch_items: 100, batch_bytes: 1_000, in_flight: 4, waiting: 1_000 };
    let system = actix_rt::System::new();
    let batches = system.block_on(async { Batches::start("echo", bounds, Echo) });
    for _ in 0..2 {
        let answers = gather_1000_calls_counted(&system, &batches);
        assert!(answers.into_iter().eq((0..CALLS).map(Ok)));
    }
}
