//! FLUSHALL: Redis forgets everything. Presence heals with the next renewal of the leases, and a revoked token stays revoked.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::settling::{SLACK, presence_is_right};
use crate::stage::Stage;

/// Gateways renew their leases this often.
const RENEWAL: Duration = Duration::from_secs(3);

/// Flushes, and looks.
pub(crate) async fn run(run: Run) -> Row {
    let rounds = run.rounds(20, 2);
    let mut stage = Stage::set(&run, run.setup(), Cast::of(run.clients(100, 30))).await;
    let site = stage.cluster.site.clone();
    let revoked = site.sign_up("revoked").await;
    site.api(0).call(Method::POST, "/auth/logout", &revoked.access, Some(json!({}))).await.data(200);
    for round in 0..rounds {
        stage.crowd.progress(50).await;
        stage.cluster.storage.redis().flush();
        stage.row.inject("FLUSHALL");
        let flushed = Instant::now();
        let wrong = presence_is_right(&site, &stage.crowd, flushed + RENEWAL + SLACK).await;
        let after = flushed.elapsed();
        stage.row.present_after(after);
        stage.tell(&format!("{} of {rounds}: presence is right {after:.1?} after FLUSHALL", round + 1));
        if let Some(wrong) = wrong {
            stage.row.blame(format!("presence {after:.1?} after FLUSHALL: {wrong}"));
        }
        for gateway in 0..site.gateways.len() {
            let status = site.api(gateway).get(&revoked, "/users/profile").await.status;
            stage
                .row
                .demand(status == 401, || format!("a revoked token is answered {status} after FLUSHALL"));
        }
        // The next one falls somewhere else between two renewals.
        let moment = RENEWAL.mul_f64(rand::RngExt::random(&mut stage.rng));
        sleep_until(Instant::now() + moment).await;
    }
    stage.finish(Instant::now()).await
}
