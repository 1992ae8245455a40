//! Clients that never read, beside others: they are given up, the gateway's memory stays, the others are served as before, and those who
//! were given up come back and have everything.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep_until, timeout};

use crate::cluster::{Handshake, Socket};
use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// What a gateway may need more than before, in bytes.
const MEMORY: u64 = 64 * 1024 * 1024;
/// What a client's kernel takes for one that does not read, in bytes.
const RECEIVE_BUFFER: u32 = 4 * 1024;
/// The text of a push that fills mailboxes, in bytes.
const PUSH: usize = 32 * 1024;
/// Those who do not read are given up after so many pushes: a mailbox takes 1 MiB, the kernels some more.
const PUSHES: usize = 200;
/// On a machine that does other things too, a delay is longer by this now and then.
const NOISE: Duration = Duration::from_millis(50);

/// Measures without them, lets them come, measures again.
pub(crate) async fn run(run: Run) -> Row {
    let stalled = run.pick(50, 10);
    let window = run.pick(Duration::from_secs(60), Duration::from_secs(8));
    let cast = Cast::of(run.clients(200, 40) + stalled).stalled(stalled).pause(Duration::from_millis(500));
    let mut stage = Stage::set(&run, run.setup(), cast).await;
    stage.crowd.progress(100).await;
    let begun = Instant::now();
    sleep_until(begun + window).await;
    let control = stage.delay_since(begun);
    let before = stage.memory();

    let sockets = stage.stall().await;
    let begun = Instant::now();
    let (mut most, mut pushes) = (before, 0);
    let users: Vec<String> = stage.crowd.stalled_users();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let pusher = stage.cluster.site.pusher(0);
    loop {
        let data = json!({ "text": "x".repeat(PUSH) });
        let reports = pusher.push(&users, "bulk", &data).await;
        pushes += 1;
        most = most.max(stage.memory());
        if reports.iter().all(|report| report.status == "OFFLINE") {
            break;
        }
        if pushes == PUSHES {
            let left = reports.iter().filter(|report| report.status != "OFFLINE").count();
            stage.row.blame(format!("{left} of {stalled} that do not read are kept after {pushes} pushes"));
            break;
        }
    }
    stage.row.inject(format!("{stalled} clients never read"));
    stage.tell(&format!("{stalled} are given up after {pushes} pushes"));
    while begun.elapsed() < window {
        sleep_until(Instant::now() + Duration::from_millis(200)).await;
        most = most.max(stage.memory());
    }
    let meanwhile = stage.delay_since(begun);
    let more = most.saturating_sub(before);
    stage.row.demand(more <= MEMORY, || format!("a gateway needed {} MiB more", more >> 20));
    let ratio = meanwhile.as_secs_f64() / control.as_secs_f64();
    stage.row.remark(format!(
        "{pushes} pushes; a gateway's memory {} MiB, at most {} MiB more; p99 from send to push {control:.1?}, beside them {meanwhile:.1?}: ×{ratio:.2}",
        before >> 20,
        more >> 20,
    ));
    let served = !run.full || meanwhile <= 2 * control + NOISE;
    stage.row.demand(served, || format!("the others' p99 is ×{ratio:.2}"));
    drop(sockets);
    stage.crowd.let_stalled_come();
    stage.crowd.all_connected().await;
    stage.finish(Instant::now()).await
}

impl Stage {
    /// Opens a socket for each stalled member, which nobody reads.
    async fn stall(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        for (number, token) in self.crowd.stalled_tokens().into_iter().enumerate() {
            let at = self.cluster.site.gateway(number).http;
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
            let opening = async {
                let stream = socket.connect(at).await.unwrap();
                Handshake::bearer(at, &token).upgrade_over(stream).await.unwrap().0
            };
            sockets.push(timeout(Duration::from_secs(10), opening).await.unwrap());
        }
        sockets
    }

    /// The memory of the gateway that has most, in bytes.
    fn memory(&self) -> u64 {
        self.cluster.gateways.iter().map(|gateway| gateway.resident_bytes()).max().unwrap_or_default()
    }

    /// The 99th percentile of the times from send to push, of what was sent since.
    fn delay_since(&self, begun: Instant) -> Duration {
        let delays = self.crowd.notes(|notebook| {
            let since = notebook.delays.iter().filter(|(sent, _)| *sent >= begun);
            since.map(|(_, delay)| *delay).collect::<Vec<_>>()
        });
        let mut delays = delays.concat();
        delays.sort_unstable();
        assert!(!delays.is_empty(), "nothing was pushed");
        delays[delays.len() * 99 / 100]
    }
}
