//! Users who come and go on several gateways at the same time, with and without a goodbye, in an order that the seed decides: once it
//! is quiet, every open session is known and gets what is pushed, and nothing else is. The end of one session, however late, must not
//! take another's place away.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::{join, join_all};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::json;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::cluster::{Account, Session, Site};
use crate::row::Row;
use crate::run::Run;
use crate::settling::SLACK;

/// Who comes and goes for one user at once: on each gateway two, when there are two gateways.
const RACERS: usize = 4;
/// A racer comes so often at the most.
const VISITS: usize = 4;
/// Waits between coming and going, at the most.
const MOMENT: Duration = Duration::from_millis(50);
/// Presence is right so long after the last connect or close.
const RIGHT_WITHIN: Duration = Duration::from_secs(2);

/// Lets them race, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let mut row = Row::new(&run);
    let mut rng = run.rng();
    let mut cluster = run.setup().start().await;
    let site = cluster.site.clone();
    let users = site.guests(run.clients(20, 8)).await;
    for round in 0..run.rounds(25, 4) {
        let races = users.iter().map(|user| race(&site, user, StdRng::seed_from_u64(rng.next_u64())));
        let settled =
            join_all(join_all(races).await.into_iter().zip(&users).map(|((open, visits), user)| {
                let site = &site;
                async move { (settle(site, user, open, round).await, visits) }
            }));
        for (outcome, visits) in settled.await {
            *row.injected.entry("connects and ends".to_owned()).or_default() += visits;
            match outcome {
                Ok(after) => row.present_after(after),
                Err(wrong) => row.blame(format!("round {round}: {wrong}")),
            }
        }
    }
    row.wrong.extend(cluster.shut_down().await);
    row
}

/// All racers of a user: the sessions that stay, and how many there were.
async fn race(site: &Site, user: &Account, mut rng: StdRng) -> (Vec<Session>, usize) {
    let racers = (0..RACERS).map(|gateway| racer(site, user, gateway, StdRng::seed_from_u64(rng.next_u64())));
    let (open, visits): (Vec<_>, Vec<_>) = join_all(racers).await.into_iter().unzip();
    (open.into_iter().flatten().collect(), visits.into_iter().sum())
}

async fn racer(site: &Site, user: &Account, gateway: usize, mut rng: StdRng) -> (Option<Session>, usize) {
    let visits = rng.random_range(1..=VISITS);
    for visit in 1..=visits {
        sleep_until(Instant::now() + MOMENT.mul_f64(rng.random())).await;
        let session = site.connect(user, gateway).await;
        sleep_until(Instant::now() + MOMENT.mul_f64(rng.random())).await;
        match rng.random_range(0..3) {
            0 if visit == visits => return (Some(session), visits),
            1 => session.close().await,
            // It breaks off: the gateway finds out by itself, perhaps after the next one has come.
            _ => drop(session),
        }
    }
    (None, visits)
}

/// Waits until the user is where their open sessions are, and for a push to reach each of them; then lets them go, and waits until
/// the user is nowhere. How long the longer wait took, or what was wrong.
async fn settle(site: &Site, user: &Account, open: Vec<Session>, round: usize) -> Result<Duration, String> {
    let begun = Instant::now();
    is_at(site, user, open.iter().map(|session| session.gateway_id.clone()).collect()).await?;
    let after = begun.elapsed();
    let reports = site.pusher(round).push(&[&user.id], "mark", &json!({ "round": round })).await;
    let (told, expected) = (usize::try_from(reports[0].sessions).unwrap(), open.len());
    if told != expected {
        return Err(format!("a push found {told} of {expected} sessions of {}: {:?}", user.id, reports[0]));
    }
    for session in &open {
        session.frame("the push", |frame| frame.kind == "mark" && frame.data["round"] == round).await;
    }
    let begun = Instant::now();
    let leaving = join_all(open.iter().map(Session::close));
    let ((), gone) = join(async { drop(leaving.await) }, is_at(site, user, BTreeSet::new())).await;
    gone.map(|()| after.max(begun.elapsed()))
}

async fn is_at(site: &Site, user: &Account, expected: BTreeSet<String>) -> Result<(), String> {
    let deadline = Instant::now() + RIGHT_WITHIN + SLACK;
    for repo in 0..site.repos.len() {
        let mut seen = None;
        let looking = async {
            loop {
                seen = site.repo(repo).try_presence(&user.id).await;
                if seen.as_ref().is_some_and(|seen| seen.gateway_ids.iter().eq(&expected)) {
                    return;
                }
                sleep_until(Instant::now() + Duration::from_millis(50)).await;
            }
        };
        if timeout_at(deadline, looking).await.is_err() {
            return Err(format!("repo-{repo} tells of {} {seen:?}, who is at {expected:?}", user.id));
        }
    }
    Ok(())
}
