//! Many connect at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::timeout;

use super::course::{Course, Stage};
use super::crew::{complaint, share};
use super::drive::Span;
use super::tally::Tally;
use super::threads::on_threads;
use crate::command::Failure;
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::wire::{Address, Ear, Heard, Link};

/// All are connected by then.
const DEADLINE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const TO_HELLO: usize = 0;
const TO_SYNC: usize = 1;

/// Who connects, before anybody does.
#[derive(Clone, Debug)]
pub(in super::super) struct StormPlan {
    pub(in super::super) sessions: Vec<Newcomer>,
    /// How many connections are in the making at a time.
    pub(in super::super) at_once: usize,
    pub(in super::super) threads: usize,
}

/// One who connects.
#[derive(Clone, Debug)]
pub(in super::super) struct Newcomer {
    pub(in super::super) address: Address,
    /// What it asks for once it is greeted: the frame, and how many messages it has missed.
    pub(in super::super) sync: Option<(String, u64)>,
}

/// Lets all connect, as fast as they can. An operation is a session that was greeted and, where it asked, has got what it had missed.
///
/// # Errors
/// A session that does not open, or does not get what it has missed.
pub(in super::super) async fn storm(
    meter: &Meter,
    progress: &Progress,
    plan: StormPlan,
) -> Result<(Span, Tally), Failure> {
    let all = plan.sessions.len();
    let shares = Arc::new(share(plan.sessions, plan.threads));
    let threads = shares.len();
    let at_once = plan.at_once.div_ceil(threads);
    let course = Course::new();
    let shared = course.clone();
    let work = move |number: usize| {
        let (shares, course) = (shares.clone(), shared.clone());
        async move { connect(&shares[number], at_once, course).await }
    };
    let working = on_threads(threads, work);
    tokio::pin!(working);
    let measuring = async {
        course.connected(threads).await;
        let (before, began) = (meter.read()?, Instant::now());
        progress.says("connecting");
        course.enter(Stage::Measured);
        let finished = timeout(DEADLINE, course.finished(threads));
        tokio::select! {
            finished = finished => {
                finished.map_err(|_| format!("not all had connected within {DEADLINE:?}"))?;
            }
            never = show(progress, &course, all) => never,
        }
        let (elapsed, after) = (began.elapsed(), meter.read()?);
        course.enter(Stage::Draining);
        Ok::<Span, Failure>(Span { operations: course.operations(), elapsed, used: after.since(&before) })
    };
    let span = tokio::select! {
        ended = &mut working => return Err(ended.err().unwrap_or_else(|| "a load ended before its time".into())),
        span = measuring => span?,
    };
    let tallies = timeout(DEADLINE, working).await.map_err(|_| "the load does not end")??;
    Ok((span, Tally::sum(tallies)?))
}

async fn show(progress: &Progress, course: &Course, all: usize) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        progress.counts(usize::try_from(course.operations()).unwrap_or(all), all);
    }
}

async fn connect(sessions: &[Newcomer], at_once: usize, course: Course) -> Result<Tally, Failure> {
    let mut tally = Tally::of(["connect to hello", "sync"])?;
    course.begins().await;
    let connecting = stream::iter(sessions).map(async |session: &Newcomer| {
        let begun = Instant::now();
        let (link, mut ear) = session.address.open().await?;
        let greeted = begun.elapsed();
        let asked = Instant::now();
        let synced = match &session.sync {
            Some((frame, missed)) => {
                link.say(frame.as_bytes())?;
                catch_up(&mut ear, *missed).await?;
                Some(asked.elapsed())
            }
            None => None,
        };
        course.count(1);
        Ok::<_, Failure>(((link, ear), greeted, synced))
    });
    let mut connecting = connecting.buffer_unordered(at_once);
    let mut open: Vec<(std::rc::Rc<Link>, Ear)> = Vec::with_capacity(sessions.len());
    while let Some((session, greeted, synced)) = connecting.try_next().await? {
        tally.note(TO_HELLO, greeted);
        if let Some(synced) = synced {
            tally.note(TO_SYNC, synced);
        }
        open.push(session);
    }
    course.has_finished().await;
    open.iter().for_each(|(link, _)| link.close());
    Ok(tally)
}

/// Hears the messages that were missed, once each.
async fn catch_up(ear: &mut Ear, missed: u64) -> Result<(), Failure> {
    let mut heard_so_far = 0;
    ear.until(|heard| match heard {
        Heard::Delivered(_) => {
            heard_so_far += 1;
            Ok(false)
        }
        Heard::Complaint(text) => Err(complaint(text)),
        heard => Ok(heard == Heard::Synced),
    })
    .await?;
    match heard_so_far == missed {
        true => Ok(()),
        false => Err(format!("{missed} messages were missed, {heard_so_far} were told").into()),
    }
}
