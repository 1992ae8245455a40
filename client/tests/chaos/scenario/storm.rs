//! All clients are cut off at once, and again as soon as they are back: everybody comes back and has everything.

use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::eventually;
use crate::crowd::Cast;
use crate::fault::wires::Wires;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// Acknowledgements before each storm.
const PROGRESS: usize = 60;
/// One storm follows the other.
const TWICE: usize = 2;

/// Cuts everybody off, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let wires = Wires::default();
    let laid = wires.clone();
    let setup = run.setup().detour(move |hop| laid.lay(hop.from, hop.to, hop.at));
    let cast = Cast::of(run.clients(300, 60)).pause(Duration::from_millis(400));
    let mut stage = Stage::set(&run, setup, cast).await;
    let clients = wires.between("client", "gateway");
    let mut longest = Duration::ZERO;
    for _ in 0..run.rounds(10, 1) {
        stage.crowd.progress(PROGRESS).await;
        for _ in 0..TWICE {
            let before = stage.crowd.notes(|notebook| notebook.endings.len());
            let begun = Instant::now();
            clients.iter().for_each(|wire| wire.cut());
            stage.row.inject("everybody is cut off");
            eventually("everybody has noticed", async || {
                let now = stage.crowd.notes(|notebook| notebook.endings.len());
                now.iter().zip(&before).all(|(now, before)| now > before).then_some(())
            })
            .await;
            stage.crowd.all_connected().await;
            longest = longest.max(begun.elapsed());
        }
        stage.acked_again().await;
    }
    stage.row.remark(format!("all were back after {longest:.1?} at the latest"));
    stage.finish(Instant::now()).await
}
