//! Every process stopped by SIGTERM and started again, one after the other, under load: every socket is closed with 1012, each process
//! ends with status 0 within 10 s, and no user is shown an error.

use tokio::time::Instant;

use crate::crowd::Cast;
use crate::member::Lost;
use crate::row::{Row, counted};
use crate::run::Run;
use crate::stage::{Kind, Stage, Victim};

/// Restarts, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let rounds = run.rounds(20, 1);
    let mut stage = Stage::set(&run, run.setup(), Cast::of(run.clients(200, 40))).await;
    let mut healed = Instant::now();
    for round in 0..rounds {
        stage.tell(&format!("{} of {rounds}: all processes one after the other", round + 1));
        for kind in [Kind::Repo, Kind::Logic, Kind::Gateway] {
            for number in 0..stage.processes(kind).len() {
                let victim = Victim { kind, number };
                stage.crowd.progress(50).await;
                let wrong = stage.process(victim).terminate().await;
                stage.row.inject(format!("SIGTERM {}", kind.name()));
                stage.row.wrong.extend(wrong);
                stage.process(victim).start_again();
                healed = Instant::now();
                stage.acked_again().await;
                // The next one goes only when this one does its work again, as whoever rolls out a new version would wait.
                let site = &stage.cluster.site;
                let address = match kind {
                    Kind::Repo => site.repos[number],
                    Kind::Logic => site.logics[number],
                    Kind::Gateway => site.gateways[number].grpc,
                };
                site.serves(address).await;
                site.ready().await;
            }
        }
    }
    let endings =
        stage.crowd.notes(|notebook| notebook.endings.iter().map(|(_, how)| *how).collect::<Vec<_>>());
    let odd: Vec<Lost> = endings.concat().into_iter().filter(|how| *how != Lost::Closed(1012)).collect();
    stage.row.demand(odd.is_empty(), || {
        format!("connections ended otherwise than by 1012: {}", counted(odd.into_iter()))
    });
    // A second one is there to take over; in the small size sends wait or are refused for now, which is no failure of theirs.
    if stage.cluster.repos.len() > 1 {
        let troubles = stage
            .crowd
            .notes(|notebook| notebook.troubles.iter().map(|one| one.what.clone()).collect::<Vec<_>>());
        let troubles = troubles.concat();
        stage.row.demand(troubles.is_empty(), || {
            format!("sends were answered by errors: {}", counted(troubles.into_iter()))
        });
    }
    stage.finish(healed).await
}
