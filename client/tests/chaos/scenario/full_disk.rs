//! The disk of data and logs is full: nothing is acknowledged that is not stored, histories are read, and once there is room again
//! sends work without a restart. Every other time repo is killed while the disk is full, and started on it.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cluster::{Account, Ack, DEADLINE, Session, Storage, eventually, new_message};
use crate::crowd::Cast;
use crate::fault::disk::SmallDisk;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// Room for the database, its log and the programs' logs.
const DISK_BYTES: usize = 48 * 1024 * 1024;
/// Acknowledgements before the disk is filled.
const PROGRESS: usize = 60;
/// A repo that gives up on a full disk has done so within this.
const STARTING: Duration = Duration::from_secs(2);
/// Sends while the disk is full, after the first that failed. Each takes as long as its deadline: a short run makes few.
const SENDS: (usize, usize) = (10, 2);

/// Fills the disk, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let disk = match SmallDisk::mount(DISK_BYTES) {
        Ok(disk) => disk,
        Err(why) => {
            let mut row = Row::new(&run);
            row.blame(why);
            return row;
        }
    };
    let setup = run.setup().storage(Storage::inside(disk.path()));
    let cast = Cast::of(run.clients(60, 16)).pause(Duration::from_millis(200));
    let mut stage = Stage::set(&run, setup, cast).await;
    let accounts = stage.cluster.site.sign_up_all(["ann", "bob"]).await;
    let single = stage.cluster.site.api(0).create_single(&accounts[0], &accounts[1]).await;
    let session = stage.cluster.site.connect(&accounts[0], 0).await;
    session.send(&single, "before", "before").await;
    for round in 0..run.rounds(6, 2) {
        stage.crowd.progress(PROGRESS).await;
        disk.fill();
        stage.row.inject("disk full");
        let sends = run.pick(SENDS.0, SENDS.1);
        let probes = Probes { session: &session, single: &single, round, sends };
        probes.send_while_full(&mut stage).await;
        read(&mut stage, &accounts, &single).await;
        if round % 2 == 1 {
            restart_on_a_full_disk(&mut stage, &disk).await;
        } else {
            disk.free();
        }
        stage.acked_again().await;
    }
    drop(session);
    stage.finish(Instant::now()).await
}

/// A repo that cannot start for want of room may give up; once there is room, whoever looks after it starts it again.
async fn restart_on_a_full_disk(stage: &mut Stage, disk: &SmallDisk) {
    stage.row.inject("kill -9 repo on a full disk");
    stage.cluster.repos[0].kill();
    stage.cluster.repos[0].start_again();
    sleep_until(Instant::now() + STARTING).await;
    disk.free();
    if !stage.cluster.repos[0].is_running() {
        stage.row.remark("repo gave up when it was started on a full disk");
        stage.cluster.repos[0].start_again();
    }
}

struct Probes<'a> {
    session: &'a Session,
    single: &'a str,
    round: usize,
    /// After the first that failed.
    sends: usize,
}

impl Probes<'_> {
    /// Sends until one is refused, and some more. What is acknowledged all the same must be readable at once.
    async fn send_while_full(&self, stage: &mut Stage) {
        let mut number = 0;
        let code = eventually("a send is refused for want of room", async || {
            number += 1;
            self.send(number).await.err()
        })
        .await;
        let mut acked = number - 1;
        let mut codes = vec![code];
        for _ in 0..self.sends {
            number += 1;
            match self.send(number).await {
                Ok(_) => acked += 1,
                Err(code) => codes.push(code),
            }
        }
        stage.row.remark(format!(
            "{acked} of {number} sends to a full disk still found room; the others: {}",
            crate::row::counted(codes.into_iter())
        ));
    }

    async fn send(&self, number: usize) -> Result<i64, String> {
        let key = format!("full-{}-{number}", self.round);
        let answer =
            self.session.try_request("send-message", &new_message(self.single, &key, &key), DEADLINE).await;
        let answer = answer.ok_or("no answer")?;
        if answer.kind == "message-ack" {
            return Ok(Ack::from_json(&answer.data).seq);
        }
        Err(answer.data["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// The history is read while the disk is full; no seq is missing in it.
async fn read(stage: &mut Stage, accounts: &[Account; 2], single: &str) {
    let history = stage.cluster.site.api(0).history(&accounts[1], single).await;
    let gaps = history.iter().zip(1..).filter(|(message, seq)| message.seq != *seq).count();
    stage.row.demand(gaps == 0 && !history.is_empty(), || {
        format!("{gaps} gaps in a history of {}", history.len())
    });
}
