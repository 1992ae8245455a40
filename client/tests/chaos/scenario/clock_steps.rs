//! The wall clock is put forward and back by an hour and by a day under running programs: messages keep the order of their seqs, tokens
//! are good by the clock, nobody who is connected is said to be offline, and no spent refresh token comes back to life.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cluster::{Account, Setup, Site, eventually};
use crate::crowd::Cast;
use crate::fault::wall_clock::WallClock;
use crate::row::Row;
use crate::run::Run;
use crate::stage::Stage;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Where the clock stands, one after the other. Tokens made by a clock that is ahead are not good before their time, so it does not go
/// back from there.
const STEPS: [i64; 6] = [-HOUR, 0, -DAY, 0, HOUR, DAY + HOUR];
/// An access token's life.
const ACCESS_LIFETIME: i64 = 15 * 60;
/// What clocks and verifiers may differ by.
const LEEWAY: i64 = 120;
/// A spent refresh token is not forgiven after this.
const BEYOND_GRACE: i64 = 60;
/// Where the clock stands when they are spent: not so far ahead that anybody's access token would end.
const AHEAD: i64 = ACCESS_LIFETIME / 2;
/// Acknowledgements before each step.
const PROGRESS: usize = 40;
/// Presence is watched for so long after a step: longer than from one renewal of a lease to the next.
const WATCHED: Duration = Duration::from_secs(4);

/// The clocks of a cluster: repo's own can go wrong alone.
struct Clocks {
    repo: WallClock,
    others: WallClock,
}

impl Clocks {
    fn right() -> Result<Self, String> {
        Ok(Self { repo: WallClock::right()?, others: WallClock::right()? })
    }

    fn wear(&self, mut setup: Setup) -> Setup {
        for (whose, clock) in [("repo", &self.repo), ("logic", &self.others), ("gateway", &self.others)] {
            for (name, value) in clock.environment() {
                setup = setup.env(whose, name, value);
            }
        }
        setup
    }

    fn set(&self, seconds: i64) {
        self.repo.set(seconds);
        self.others.set(seconds);
    }
}

/// Puts the clock forward and back, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let clocks = match Clocks::right() {
        Ok(clocks) => clocks,
        Err(why) => {
            let mut row = Row::new(&run);
            row.blame(why);
            return row;
        }
    };
    let cast = Cast::of(run.clients(40, 16)).pause(Duration::from_millis(300));
    let mut stage = Stage::set(&run, clocks.wear(run.setup()), cast).await;
    let site = stage.cluster.site.clone();
    spent_tokens_stay_spent(&site, &clocks, &mut stage.row).await;
    let dora = site.sign_up("dora").await;
    let mut stands = 0;
    for step in STEPS {
        stage.crowd.progress(PROGRESS).await;
        let dora = site.api(0).sign_in(&dora).await;
        let session = site.connect(&dora, 0).await;
        stage.tell(&format!("the clock goes from {stands:+} s to {step:+} s"));
        clocks.repo.set(step);
        stage.row.inject(format!("clock to {step:+} s"));
        stays_online(&site, &dora, step, &mut stage.row).await;
        drop(session);
        let before = stage.crowd.notes(|notebook| notebook.endings.len());
        clocks.others.set(step);
        good_by_the_clock(&site, &dora, step - stands, &mut stage.row).await;
        if step > stands + ACCESS_LIFETIME && step > 0 {
            // Every session ends with its token, and its member comes again with another.
            eventually("every session has ended with its token", async || {
                let now = stage.crowd.notes(|notebook| notebook.endings.len());
                now.iter().zip(&before).all(|(now, before)| now > before).then_some(())
            })
            .await;
            stage.crowd.all_connected().await;
        }
        stage.acked_again().await;
        stands = step;
    }
    stage.finish(Instant::now()).await
}

/// Somebody who is connected stays online while repo's clock steps.
async fn stays_online(site: &Site, dora: &Account, step: i64, row: &mut Row) {
    let until = Instant::now() + WATCHED;
    let (mut looks, mut offline) = (0, 0);
    while Instant::now() < until {
        for repo in 0..site.repos.len() {
            if let Some(presence) = site.repo(repo).try_presence(&dora.id).await {
                looks += 1;
                offline += usize::from(!presence.online);
            }
        }
        sleep_until(Instant::now() + Duration::from_millis(20)).await;
    }
    row.demand(offline == 0 && looks > 0, || {
        format!("after repo's clock went to {step:+} s, one who is connected was offline at {offline} of {looks} looks")
    });
}

/// A token that was made before a step is good after it if the clock says so.
async fn good_by_the_clock(site: &Site, dora: &Account, step: i64, row: &mut Row) {
    let answer = site.api(0).get(dora, "/users/profile").await;
    let (status, code) = (answer.status, answer.body["code"].to_string());
    if step < 0 {
        row.remark(format!("a token from {} s ahead is answered {status} {code}", -step));
    } else {
        let expected = if step < ACCESS_LIFETIME - LEEWAY { 200 } else { 401 };
        row.demand(status == expected, || {
            format!("a token is answered {status} {code} after a step of {step:+} s")
        });
    }
}

/// A refresh token that is spent, and beyond its grace by the clock, is not good again when the clock goes back.
async fn spent_tokens_stay_spent(site: &Site, clocks: &Clocks, row: &mut Row) {
    let accounts = site.sign_up_all(["early", "late"]).await;
    // The tokens are older than any step back, so that only their being spent speaks against them.
    clocks.set(AHEAD);
    for account in &accounts {
        site.api(0).refresh(&account.refresh).await.data(200);
    }
    clocks.set(AHEAD + BEYOND_GRACE);
    let beyond = site.api(0).refresh(&accounts[0].refresh).await;
    row.demand(beyond.status == 401, || {
        format!("a spent refresh token is answered {} after its grace", beyond.status)
    });
    clocks.set(0);
    let revived = site.api(0).refresh(&accounts[1].refresh).await;
    row.demand(revived.status == 401, || {
        format!(
            "a spent refresh token is answered {} once the clock has gone back by {AHEAD} s",
            revived.status
        )
    });
}
