//! Real programs, killed in the middle of a load and started again: what was acknowledged is in history, once.

use std::io::Write;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep_until};

use crate::checker::{Histories, check};
use crate::cluster::{Account, Process, Processes, Session, Site, Size, eventually, eventually_within};
use crate::load::Load;

/// Clients that send all the time.
const CLIENTS: usize = 64;
/// Times that a repo and a logic are killed: each falls into another moment of a batch.
const ROUNDS: usize = 4;
/// Acknowledgements that must come between one event and the next, so that each falls into a running load.
const PROGRESS: usize = 150;
/// A kill falls anywhere within this time: right after an acknowledgement, which is when the load tells of progress, a batch has just
/// ended and little is under way.
const MOMENT: Duration = Duration::from_millis(60);
/// A killed gateway's users are offline after so long.
const GATEWAY_DEATH: Duration = Duration::from_secs(15);
/// What looking takes on a busy machine.
const SLACK: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_over_sqlite() {
    kill_each_in_turn(Size::Small).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_over_postgres_and_redis() {
    kill_each_in_turn(Size::Grown).await;
}

async fn kill_each_in_turn(size: Size) {
    let mut cluster = Processes::start(size).await;
    let site = cluster.site.clone();
    let mut members = vec![site.sign_up("owner").await];
    members.extend(site.guests(CLIENTS - 1).await);
    let bystanders = Bystanders::come(&site).await;

    let load = Load::start(&site, &members).await;
    for round in 0..ROUNDS {
        let victim = round % size.processes();
        kill_and_restart(&mut cluster.repos[victim], size, &load).await;
        kill_and_restart(&mut cluster.logics[victim], size, &load).await;
    }
    bystanders.are_seen(&site).await;
    kill_in_the_middle(&mut cluster.gateways[0], &load).await;
    let offline_after = bystanders.are_told_apart(&site).await;
    cluster.gateways[0].start_again();
    site.ready().await;
    load.progress(PROGRESS).await;

    let (conversations, retries) = (load.conversations.clone(), load.retries());
    let (sent, pushed) = load.stop().await;
    let findings = check(&histories(&site, &members, &conversations).await, &sent, pushed.iter());
    let told = format!(
        "kill -9 of repo, logic and gateway, {size:?}: {findings}; {retries} retries, offline after {offline_after:.1?}"
    );
    writeln!(std::io::stderr(), "{told}").unwrap();
    findings.assert_clean();
    drop(bystanders);
    nobody_is_online(&site, &members).await;
    cluster.stop().await;
}

/// Kills a process while the load runs, and starts it again: when there is another one, only after that has done the work alone.
async fn kill_and_restart(process: &mut Process, size: Size, load: &Load) {
    kill_in_the_middle(process, load).await;
    if size == Size::Grown {
        load.progress(PROGRESS).await;
    }
    process.start_again();
}

async fn kill_in_the_middle(process: &mut Process, load: &Load) {
    load.progress(PROGRESS).await;
    sleep_until(Instant::now() + MOMENT.mul_f64(rand::random())).await;
    process.kill();
}

/// Users who only listen: one on the first gateway, one on the second, and one on both.
struct Bystanders {
    accounts: [Account; 3],
    _sessions: Vec<Session>,
}

impl Bystanders {
    async fn come(site: &Site) -> Self {
        let accounts = site.sign_up_all(["first", "second", "both"]).await;
        let [first, second, both] = &accounts;
        let sessions = [(first, 0), (second, 1), (both, 0), (both, 1)];
        let sessions = sessions.map(|(account, gateway)| site.connect(account, gateway));
        Self { _sessions: join_all(sessions).await, accounts }
    }

    /// Waits until each is known to be where they are: a repo that was killed may have known it alone.
    async fn are_seen(&self, site: &Site) {
        let ids = self.accounts.each_ref().map(|account| account.id.as_str());
        let last = *gateway_ids(site).last().unwrap();
        let expected = [vec!["gateway-0"], vec![last], gateway_ids(site)];
        eventually("everybody is seen where they are", async || {
            let presences = site.repo(1).try_presences(&ids).await?;
            presences.iter().map(|presence| &presence.gateway_ids).eq(&expected).then_some(())
        })
        .await;
    }

    /// The first gateway has just been killed: its users are offline in time, those of the other are not. Tells how long it took.
    async fn are_told_apart(&self, site: &Site) -> Duration {
        let killed = Instant::now();
        let other = gateway_ids(site).split_off(1);
        let ids = self.accounts.each_ref().map(|account| account.id.as_str());
        eventually_within(GATEWAY_DEATH + SLACK, "a killed gateway's users are offline", async || {
            let [first, second, both]: [_; 3] = site.repo(1).try_presences(&ids).await?.try_into().ok()?;
            assert!(second.online || other.is_empty(), "the other gateway lives");
            let done = !first.online && second.gateway_ids == other && both.gateway_ids == other;
            done.then_some(())
        })
        .await;
        killed.elapsed()
    }
}

fn gateway_ids(site: &Site) -> Vec<&'static str> {
    ["gateway-0", "gateway-1"][..site.gateways.len()].to_vec()
}

async fn histories(site: &Site, members: &[Account], conversations: &[String]) -> Histories {
    // The group is the first conversation; then come the pairs, in the members' order.
    let readers = std::iter::once(&members[0]).chain(members.iter().step_by(2));
    let read = conversations.iter().zip(readers).map(async |(conversation, reader)| {
        (conversation.clone(), site.api(0).history(reader, conversation).await)
    });
    join_all(read).await.into_iter().collect()
}

async fn nobody_is_online(site: &Site, members: &[Account]) {
    let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
    eventually("everybody has gone", async || {
        let presences = site.repo(0).try_presences(&ids).await?;
        presences.iter().all(|presence| !presence.online).then_some(())
    })
    .await;
}
