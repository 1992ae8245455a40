//! Everything started again in each of the six orders, and with its database down: each process waits for what it lacks, says so, and
//! is ready when that has come.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cluster::{GatewayAddress, Size, Storage};
use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::{Kind, Stage};

/// All orders of the three services.
const ORDERS: [[Kind; 3]; 6] = [
    [Kind::Repo, Kind::Logic, Kind::Gateway],
    [Kind::Repo, Kind::Gateway, Kind::Logic],
    [Kind::Logic, Kind::Repo, Kind::Gateway],
    [Kind::Logic, Kind::Gateway, Kind::Repo],
    [Kind::Gateway, Kind::Repo, Kind::Logic],
    [Kind::Gateway, Kind::Logic, Kind::Repo],
];
/// Between one tier's start and the next.
const APART: Duration = Duration::from_secs(2);
/// Who calls others looks for them again within this; then a gateway waits for its lease to be seen.
const READY: Duration = Duration::from_secs(15);

/// Starts, and looks.
pub(crate) async fn run(run: Run) -> Row {
    let setup = match run.size {
        Size::Small => run.setup(),
        Size::Grown => run.setup().storage(Storage::with_own_postgres().await),
    };
    let mut stage = Stage::set(&run, setup, Cast::of(run.clients(20, 8))).await;
    let mut healed = Instant::now();
    for order in ORDERS.into_iter().cycle().take(run.rounds(12, 6)) {
        stage.crowd.progress(10).await;
        stage.cluster.all().for_each(|process| process.kill());
        let names = order.map(Kind::name).join(", ");
        stage.row.inject(names.as_str());
        for (place, kind) in order.into_iter().enumerate() {
            stage.processes(kind).iter_mut().for_each(|process| process.start_again());
            if place < 2 {
                sleep_until(Instant::now() + APART).await;
                stage.waits(&names).await;
            }
        }
        healed = Instant::now();
        stage.becomes_ready(&names).await;
    }
    if run.size == Size::Grown {
        stage.crowd.progress(10).await;
        stage.cluster.all().for_each(|process| process.kill());
        stage.cluster.storage.postgres().kill();
        let what = "all, without PostgreSQL";
        stage.row.inject(what);
        stage.cluster.all().for_each(|process| process.start_again());
        sleep_until(Instant::now() + 2 * APART).await;
        stage.waits(what).await;
        stage.cluster.storage.postgres().start_again().await;
        healed = Instant::now();
        stage.becomes_ready(what).await;
    }
    stage.finish(healed).await
}

impl Stage {
    /// Not everything is there: whoever was started lives, and no gateway says that it is ready.
    async fn waits(&mut self, what: &str) {
        let dead: Vec<String> = self.cluster.all().filter(|one| one.starts() > 1).filter_map(ended).collect();
        let unstarted = self.cluster.gateways.iter_mut().all(|gateway| !gateway.is_running());
        if unstarted {
            return;
        }
        let gateways = self.cluster.site.gateways.clone();
        for gateway in gateways {
            let (alive, ready) =
                (self.status(gateway, "healthz").await, self.status(gateway, "readyz").await);
            self.row.demand(alive == Some(200), || format!("{what}: /healthz answers {alive:?} meanwhile"));
            self.row.demand(ready == Some(503), || {
                format!("{what}: /readyz answers {ready:?} meanwhile ({dead:?} are down)")
            });
        }
    }

    /// Everything is there: all live, and all gateways are ready in time.
    async fn becomes_ready(&mut self, what: &str) {
        let begun = Instant::now();
        self.cluster.site.ready().await;
        let after = begun.elapsed();
        self.tell(&format!("{what}: ready after {after:.1?}"));
        self.row.demand(after <= READY, || format!("{what}: ready only after {after:.1?}"));
        let dead: Vec<String> = self.cluster.all().filter_map(ended).collect();
        self.row.demand(dead.is_empty(), || format!("{what}: {dead:?} ended by themselves"));
        self.acked_again().await;
    }

    async fn status(&self, gateway: GatewayAddress, path: &str) -> Option<u16> {
        let url = format!("http://{}/{path}", gateway.http);
        let answer = self.cluster.site.http.get(url).timeout(Duration::from_secs(5)).send().await.ok()?;
        Some(answer.status().as_u16())
    }
}

fn ended(process: &mut crate::cluster::Process) -> Option<String> {
    (!process.is_running()).then(|| process.name.clone())
}
