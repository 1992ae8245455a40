//! Partitions between two kinds of process, both ways and one way: nothing is refused by a reset, it just does not arrive. Every
//! request is answered in time; and one that was done while its answer got lost is done once.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep_until};

use crate::cluster::{Account, Ack, Process, Session, eventually, new_message};
use crate::crowd::Cast;
use crate::fault::wire::{Fault, Wire};
use crate::fault::wires::Wires;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// A send is answered within this, whatever is cut: with an error at the latest.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// Acknowledgements before each partition.
const PROGRESS: usize = 60;
/// What is done to a wire, the one that tells most first.
const FAULTS: [(Fault, &str); 5] = [
    (Fault::BlackHole, "black hole"),
    (Fault::LoseToClient, "answers lost"),
    (Fault::LoseToServer, "requests lost"),
    (Fault::HoldToClient, "answers held back"),
    (Fault::HoldToServer, "requests held back"),
];

/// Between whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    GatewayAndLogic,
    LogicAndRepo,
    Gateways,
    GatewayAndRepo,
}

/// A wire of the partition.
struct Edge {
    wire: Arc<Wire>,
    /// The processes whose connections are meant, when others have some on it, too.
    only: Option<Vec<u32>>,
    /// It was laid towards the process that is cut off.
    mirrored: bool,
}

impl Edge {
    fn fail(&self, fault: Fault) {
        let fault = if self.mirrored { fault.mirrored() } else { fault };
        match &self.only {
            Some(only) => self.wire.fail_for(only, fault),
            None => self.wire.fail(fault),
        }
    }
}

/// Cuts one process of the first kind off from all of the second, again and again.
pub(crate) async fn run(run: Run, between: Between) -> Row {
    let wires = Wires::default();
    let laid = wires.clone();
    let setup = run.setup().detour(move |hop| laid.lay(hop.from, hop.to, hop.at));
    let cast = Cast::of(run.clients(100, 24)).pause(Duration::from_millis(200));
    let mut stage = Stage::set(&run, setup, cast).await;
    let accounts = stage.cluster.site.sign_up_all(["ann", "bob"]).await;
    let single = stage.cluster.site.api(0).create_single(&accounts[0], &accounts[1]).await;
    let count = run.size.processes();
    for round in 0..run.rounds(15, 2) {
        stage.crowd.progress(PROGRESS).await;
        let left = stage.rng.random_range(0..count);
        let (fault, name) = FAULTS[round % FAULTS.len()];
        let hold = run.pick(Duration::from_secs(12), Duration::from_secs(1)).mul_f64(stage.rng.random());
        let session = stage.cluster.site.connect(&accounts[0], left).await;
        let edges = edges(&stage, &wires, between, left);
        stage.tell(&format!("{name} at number {left}, {} wires", edges.len()));
        edges.iter().for_each(|edge| edge.fail(fault));
        stage.row.inject(name);
        let first = ask(&session, &single, round, &mut stage.row).await;
        sleep_until(Instant::now() + hold).await;
        edges.iter().for_each(|edge| edge.wire.heal());
        stage.acked_again().await;
        drop(session);
        ask_again(&mut stage, &accounts, &single, round, first).await;
    }
    stage.finish(Instant::now()).await
}

fn edges(stage: &Stage, wires: &Wires, between: Between, left: usize) -> Vec<Edge> {
    let (gateway, logic) = (format!("gateway-{left}"), format!("logic-{left}"));
    let ids = |processes: &[Process]| processes.iter().map(Process::id).collect::<Vec<u32>>();
    let edge = |only: Option<Vec<u32>>, mirrored: bool| {
        move |wire: Arc<Wire>| Edge { wire, only: only.clone(), mirrored }
    };
    let cluster = &stage.cluster;
    match between {
        Between::GatewayAndLogic => {
            let logics = ids(&cluster.logics);
            let there = wires.between(&gateway, "logic").into_iter().map(edge(None, false));
            let first_contact = wires.between("logic", &gateway).into_iter().map(edge(None, true));
            let back = wires.between("*", &gateway).into_iter().map(edge(Some(logics), true));
            there.chain(first_contact).chain(back).collect()
        }
        Between::LogicAndRepo => wires.between(&logic, "repo").into_iter().map(edge(None, false)).collect(),
        Between::GatewayAndRepo => {
            wires.between(&gateway, "repo").into_iter().map(edge(None, false)).collect()
        }
        Between::Gateways => {
            let mut others = ids(&cluster.gateways);
            let own = others.remove(left);
            let to_others = (0..cluster.gateways.len()).filter(|number| *number != left);
            let to_others = to_others.flat_map(|number| wires.between("*", &format!("gateway-{number}")));
            let there = to_others.map(edge(Some(vec![own]), false));
            there.chain(wires.between("*", &gateway).into_iter().map(edge(Some(others), true))).collect()
        }
    }
}

/// Sends a message over a gateway that is cut off: the seq if it was acknowledged.
async fn ask(session: &Session, single: &str, round: usize, row: &mut Row) -> Option<i64> {
    let key = format!("p{round}");
    let begun = Instant::now();
    let answer = session.try_request("send-message", &new_message(single, &key, &key), ANSWERED_WITHIN).await;
    let Some(answer) = answer else {
        row.blame(format!(
            "a send over a gateway that is cut off was not answered within {ANSWERED_WITHIN:?}"
        ));
        return None;
    };
    let told = if answer.kind == "message-ack" {
        "acknowledged".to_owned()
    } else {
        answer.data["code"].to_string()
    };
    row.remark(format!("{}: {told} after {:.1?}", FAULTS[round % FAULTS.len()].1, begun.elapsed()));
    (answer.kind == "message-ack").then(|| Ack::from_json(&answer.data).seq)
}

/// After healing the same key is acknowledged with the same seq, and stored once.
async fn ask_again(
    stage: &mut Stage,
    accounts: &[Account; 2],
    single: &str,
    round: usize,
    first: Option<i64>,
) {
    let key = format!("p{round}");
    let site = stage.cluster.site.clone();
    let session = site.connect(&accounts[0], round).await;
    let seq = eventually("the same key is acknowledged after healing", async || {
        let answer = session.send_message(single, &key, &key).await;
        (answer.kind == "message-ack").then(|| Ack::from_json(&answer.data).seq)
    })
    .await;
    let history = site.api(0).history(&accounts[1], single).await;
    let stored: Vec<i64> =
        history.iter().filter(|message| message.client_msg_id == key).map(|message| message.seq).collect();
    stage.row.demand(stored == [seq] && first.is_none_or(|first| first == seq), || {
        format!("{key} was acknowledged as {first:?} and as {seq}, and is stored as {stored:?}")
    });
}
