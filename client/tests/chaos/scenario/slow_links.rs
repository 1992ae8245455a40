//! Wires that are slow or thin, anywhere in the cluster and towards clients: everything takes its time, and nothing is lost.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use tokio::time::Instant;

use crate::crowd::Cast;
use crate::fault::wire::Fault;
use crate::fault::wires::Wires;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// Hops by who calls whom.
const HOPS: [(&str, &str); 5] =
    [("client", "gateway"), ("gateway", "logic"), ("logic", "repo"), ("*", "gateway"), ("gateway", "repo")];
/// Acknowledgements under each fault.
const PROGRESS: usize = 60;
/// Everything comes later by this much at the most.
const DELAY: Duration = Duration::from_millis(150);
/// Bytes a second that pass, at the least and at the most.
const RATE: std::ops::Range<u32> = 20_000..200_000;

/// Slows one kind of hop after another.
pub(crate) async fn run(run: Run) -> Row {
    let wires = Wires::default();
    let laid = wires.clone();
    let setup = run.setup().detour(move |hop| laid.lay(hop.from, hop.to, hop.at));
    let cast = Cast::of(run.clients(60, 24)).pause(Duration::from_millis(300));
    let mut stage = Stage::set(&run, setup, cast).await;
    for _ in 0..run.rounds(30, 4) {
        let (from, to) = *HOPS.choose(&mut stage.rng).unwrap();
        let (fault, name) = if stage.rng.random() {
            (Fault::Delay(DELAY.mul_f64(stage.rng.random())), "delay")
        } else {
            (Fault::Rate(stage.rng.random_range(RATE)), "few bytes a second")
        };
        stage.tell(&format!("{from} → {to}: {fault:?}"));
        let slow = wires.between(from, to);
        slow.iter().for_each(|wire| wire.fail(fault));
        stage.row.inject(name);
        stage.crowd.progress(PROGRESS).await;
        slow.iter().for_each(|wire| wire.heal());
        stage.acked_again().await;
    }
    stage.finish(Instant::now()).await
}
