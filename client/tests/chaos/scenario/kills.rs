//! kill -9 of each kind of process in a random order at random moments, under load: what was acknowledged is in history once, every
//! client ends with exactly the history, and nobody sees what is not theirs.

use std::time::Duration;

use rand::RngExt;
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep_until};

use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::{Kind, Stage};

/// Acknowledgements that must come between one kill and the next, so that each falls into a running load.
const PROGRESS: usize = 100;
/// A kill falls anywhere within this time: right after an acknowledgement a batch has just ended.
const MOMENT: Duration = Duration::from_millis(80);
/// A killed process stays dead for so long at the most.
const DEAD: Duration = Duration::from_secs(2);

/// Kills, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let cast = Cast::of(run.clients(200, 60))
        .pause(run.pick(Duration::from_millis(300), Duration::from_millis(200)));
    let (rounds, acks) = (run.rounds(60, 6), run.acks(100_000, 1_000));
    let mut stage = Stage::set(&run, run.setup(), cast).await;
    let mut victims: Vec<Kind> = Kind::ALL.into_iter().cycle().take(rounds).collect();
    victims.shuffle(&mut stage.rng);
    let each = acks / rounds.max(1);
    for (round, kind) in victims.into_iter().enumerate() {
        stage.crowd.progress(PROGRESS.max(each)).await;
        let moment = Instant::now() + MOMENT.mul_f64(stage.rng.random());
        let dead = DEAD.mul_f64(stage.rng.random());
        sleep_until(moment).await;
        let victim = stage.victim(kind);
        let name = stage.process(victim).name.clone();
        stage.tell(&format!("{} of {rounds}: kill -9 of {name}", round + 1));
        stage.process(victim).kill();
        stage.row.inject(format!("kill -9 {}", kind.name()));
        sleep_until(Instant::now() + dead).await;
        stage.process(victim).start_again();
        stage.acked_again().await;
    }
    stage.crowd.acked(acks).await;
    stage.finish(Instant::now()).await
}
