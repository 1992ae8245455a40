//! SIGSTOP of each kind of process, and SIGCONT: a process that stands still with its connections open loses nothing, and neither does
//! what goes on without it.

use std::time::Duration;

use rand::RngExt;
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep_until};

use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::{Kind, Stage};

/// Acknowledgements between one pause and the next.
const PROGRESS: usize = 100;

/// Pauses, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let longest = run.pick(Duration::from_secs(30), Duration::from_secs(5));
    let cast = Cast::of(run.clients(100, 40));
    let rounds = run.rounds(12, 3);
    let mut stage = Stage::set(&run, run.setup(), cast).await;
    let mut victims: Vec<Kind> = Kind::ALL.into_iter().cycle().take(rounds).collect();
    victims.shuffle(&mut stage.rng);
    for (round, kind) in victims.into_iter().enumerate() {
        stage.crowd.progress(PROGRESS).await;
        let victim = stage.victim(kind);
        // The first is the longest that there is.
        let share = if round == 0 { 1.0 } else { stage.rng.random_range(0.1..1.0) };
        let still = longest.mul_f64(share);
        let name = stage.process(victim).name.clone();
        stage.tell(&format!("{} of {rounds}: {name} stands still for {still:.1?}", round + 1));
        stage.process(victim).pause();
        stage.row.inject(format!("SIGSTOP {}", kind.name()));
        sleep_until(Instant::now() + still).await;
        stage.process(victim).resume();
        stage.acked_again().await;
    }
    stage.crowd.acked(run.acks(10_000, 0)).await;
    stage.finish(Instant::now()).await
}
