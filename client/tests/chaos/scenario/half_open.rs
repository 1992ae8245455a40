//! Clients whose network is gone without a word: the gateway finds out by itself, gives their sockets back, and presence follows.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::cluster::{Handshake, eventually, eventually_within};
use crate::fault::wire::{Fault, Wire};
use crate::row::Row;
use crate::run::Run;
use crate::settling::SLACK;

/// After a silent loss presence is right within this.
const OFFLINE_WITHIN: Duration = Duration::from_secs(80);
/// Sockets of the gateways' own that may come and go meanwhile.
const OWN_SOCKETS: usize = 8;

/// Lets the network of clients vanish, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let mut row = Row::new(&run);
    let mut cluster = run.setup().start().await;
    let site = cluster.site.clone();
    let users = site.guests(run.clients(20, 10)).await;
    let wires: Vec<Wire> = site.gateways.iter().map(|gateway| Wire::to(gateway.http)).collect();
    let open = users.iter().enumerate().map(async |(number, user)| {
        Handshake::bearer(wires[number % wires.len()].address(), &user.access).connect().await.unwrap()
    });
    let sessions = join_all(open).await;
    let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    eventually("everybody is online", async || {
        let seen = site.repo(0).try_presences(&ids).await?;
        seen.iter().all(|presence| presence.online).then_some(())
    })
    .await;
    let sockets = || cluster.gateways.iter().map(|gateway| gateway.sockets()).sum::<usize>();
    let before = sockets();
    let gone = Instant::now();
    wires.iter().for_each(|wire| wire.fail(Fault::BlackHole));
    row.inject(format!("the network of {} clients vanishes", users.len()));
    let reports = site.pusher(0).push(&ids, "notification", &json!({})).await;
    row.demand(reports.len() == ids.len(), || format!("a push meanwhile told of {} users", reports.len()));
    eventually_within(OFFLINE_WITHIN + SLACK, "everybody is offline", async || {
        let seen = site.repo(0).try_presences(&ids).await?;
        seen.iter().all(|presence| !presence.online).then_some(())
    })
    .await;
    row.present_after(gone.elapsed());
    eventually("the sockets are given back", async || {
        (sockets() + sessions.len() <= before + OWN_SOCKETS).then_some(())
    })
    .await;
    row.remark(format!("{before} sockets of the gateways before, {} after", sockets()));
    let reports = site.pusher(0).push(&ids, "notification", &json!({})).await;
    let wrong = reports.iter().filter(|report| report.status != "OFFLINE").count();
    row.demand(wrong == 0, || format!("a push to who is gone: {reports:?}"));
    drop((sessions, wires));
    row.wrong.extend(cluster.shut_down().await);
    row
}
