//! PostgreSQL killed, or standing still, for a minute under load: nothing is acknowledged that is not stored, sends work again within
//! 5 s of its return, and no process has to be started again.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cluster::Storage;
use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// Sends work again after so long.
const BACK: Duration = Duration::from_secs(5);
/// What looking takes on a busy machine.
const SLACK: Duration = Duration::from_secs(1);

/// Takes it down in both ways, and looks.
pub(crate) async fn run(run: Run) -> Row {
    let down = run.pick(Duration::from_secs(60), Duration::from_secs(5));
    let setup = run.setup().storage(Storage::with_own_postgres().await);
    let mut stage = Stage::set(&run, setup, Cast::of(run.clients(100, 30))).await;
    let mut healed = Instant::now();
    for round in 0..run.rounds(4, 2) {
        stage.crowd.progress(100).await;
        let kills = round % 2 == 0;
        let fault = if kills { "kill -9 PostgreSQL" } else { "SIGSTOP PostgreSQL" };
        stage.tell(&format!("{fault} for {down:?}"));
        let postgres = stage.cluster.storage.postgres();
        if kills {
            postgres.kill()
        } else {
            postgres.pause()
        }
        stage.row.inject(fault);
        sleep_until(Instant::now() + down).await;
        let postgres = stage.cluster.storage.postgres();
        if kills {
            postgres.start_again().await
        } else {
            postgres.resume()
        }
        healed = Instant::now();
        stage.acked_again().await;
        let after = healed.elapsed();
        stage
            .row
            .demand(after <= BACK + SLACK, || format!("the first ack came {after:.1?} after {fault} ended"));
    }
    let dead: Vec<String> =
        stage.cluster.all().filter_map(|one| (!one.is_running()).then(|| one.name.clone())).collect();
    stage.row.demand(dead.is_empty(), || format!("{dead:?} did not outlive it"));
    stage.finish(healed).await
}
