//! Redis killed for minutes, under load: no send fails on an established session, and presence is either told rightly or not at all.

use std::time::Duration;

use tokio::time::{Instant, interval};

use crate::crowd::Cast;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

/// How often presence is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Kills, waits, looks, starts it again.
pub(crate) async fn run(run: Run) -> Row {
    let down = run.pick(Duration::from_secs(300), Duration::from_secs(10));
    let mut stage = Stage::set(&run, run.setup(), Cast::of(run.clients(100, 30))).await;
    stage.crowd.progress(100).await;
    stage.tell(&format!("Redis is killed for {down:?}"));
    stage.cluster.storage.redis().kill();
    stage.row.inject("kill -9 Redis");
    let (killed, before) = (Instant::now(), stage.crowd.acked_now());
    let mut look = interval(LOOK_EVERY);
    let (mut told, mut untold) = (0, 0);
    while killed.elapsed() < down {
        look.tick().await;
        match wrongly_offline(&stage).await {
            Some(wrong) if wrong.is_empty() => told += 1,
            Some(wrong) => stage.row.blame(format!("told to be offline, and connected: {wrong:?}")),
            None => untold += 1,
        }
    }
    let meanwhile = stage.crowd.acked_now() - before;
    stage.row.remark(format!(
        "{meanwhile} acked while Redis was down; presence was told {told} times, refused {untold} times"
    ));
    let lost = stage.crowd.notes(|notebook| notebook.endings.iter().filter(|(at, _)| *at >= killed).count());
    let lost: usize = lost.iter().sum();
    stage.row.demand(lost == 0, || format!("{lost} connections ended while Redis was down"));
    let troubles =
        stage.crowd.notes(|notebook| notebook.troubles.iter().filter(|one| one.at >= killed).count());
    let troubles: usize = troubles.iter().sum();
    stage.row.demand(troubles == 0, || {
        format!("{troubles} sends were answered with an error while Redis was down")
    });
    stage.cluster.storage.redis().start_again().await;
    let healed = Instant::now();
    stage.acked_again().await;
    stage.finish(healed).await
}

/// Members that a repo says are offline, though they are connected; `None` when it does not tell.
async fn wrongly_offline(stage: &Stage) -> Option<Vec<String>> {
    let before = stage.crowd.whereabouts();
    let users: Vec<&str> =
        before.iter().filter(|(_, at)| at.is_some()).map(|(user, _)| user.as_str()).collect();
    let mut wrong = Vec::new();
    for repo in 0..stage.cluster.site.repos.len() {
        let seen = stage.cluster.site.repo(repo).try_presences(&users).await?;
        // Who has come and gone meanwhile may be told either way.
        let after = stage.crowd.whereabouts();
        let offline =
            users.iter().zip(seen).filter(|(user, seen)| !seen.online && after[**user] == before[**user]);
        wrong.extend(offline.map(|(user, _)| format!("{user} by repo-{repo}")));
    }
    Some(wrong)
}
