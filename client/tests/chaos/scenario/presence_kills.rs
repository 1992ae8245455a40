//! Gateways killed again and again: presence is right everywhere within 15 s of each death, whether the gateway comes back or not.

use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep_until};

use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::settling::{SLACK, presence_is_right};
use crate::stage::{Kind, Stage};

/// A killed gateway's users are known to be elsewhere, or offline, after so long.
const DEATH: Duration = Duration::from_secs(15);

/// Kills, and looks.
pub(crate) async fn run(run: Run) -> Row {
    let cast = Cast::of(run.clients(50, 20)).pause(Duration::from_secs(1));
    let rounds = run.rounds(50, 2);
    let mut stage = Stage::set(&run, run.setup(), cast).await;
    let site = stage.cluster.site.clone();
    for round in 0..rounds {
        let victim = stage.victim(Kind::Gateway);
        stage.process(victim).kill();
        stage.row.inject("kill -9 gateway");
        let killed = Instant::now();
        // Every other one comes back before its lease has ended.
        let back_first = stage.rng.random();
        if back_first {
            stage.process(victim).start_again();
        }
        let name = format!("gateway-{}", victim.number);
        stage.crowd.noticed(&name, killed).await;
        let wrong = presence_is_right(&site, &stage.crowd, killed + DEATH + SLACK).await;
        let after = killed.elapsed();
        stage.row.present_after(after);
        stage.tell(&format!(
            "{} of {rounds}: presence is right {after:.1?} after a gateway's death",
            round + 1
        ));
        if let Some(wrong) = wrong {
            stage.row.blame(format!("presence {after:.1?} after a gateway's death: {wrong}"));
        }
        if !back_first {
            stage.process(victim).start_again();
        }
        stage.crowd.all_connected().await;
        let moment = Duration::from_millis(500).mul_f64(stage.rng.random());
        sleep_until(Instant::now() + moment).await;
    }
    stage.finish(Instant::now()).await
}
