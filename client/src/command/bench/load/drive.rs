//! Takes a load through its course, and measures the part of it that counts.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, timeout};

use super::course::{Course, Stage};
use super::threads::on_threads;
use crate::command::Failure;
use crate::command::bench::meter::{Meter, Used};
use crate::command::bench::progress::Progress;

/// All sessions are open by then.
const CONNECTING: Duration = Duration::from_secs(120);
/// Nothing was done for so long: nothing will be.
const STALLED: Duration = Duration::from_secs(15);
/// What is under way has come to rest by then.
const DRAINING: Duration = Duration::from_secs(30);
/// How often the progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a load runs.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Timing {
    pub(in super::super) warm_up: Duration,
    pub(in super::super) measured: Duration,
    pub(in super::super) threads: usize,
}

/// What was done in the measured part, and what it took.
#[derive(Clone, Debug)]
pub(in super::super) struct Span {
    pub(in super::super) operations: u64,
    pub(in super::super) elapsed: Duration,
    pub(in super::super) used: Used,
}

/// Runs `work` on threads of its own through all stages: what was measured, and what each thread tells.
///
/// # Errors
/// The first failure of a thread; a stage that does not end.
pub(in super::super) async fn drive<T, F>(
    timing: Timing,
    meter: &Meter,
    progress: &Progress,
    work: impl Fn(usize, Course) -> F + Clone + Send + 'static,
) -> Result<(Span, Vec<T>), Failure>
where
    F: Future<Output = Result<T, Failure>> + 'static,
    T: Send + 'static,
{
    let course = Course::new();
    let shared = course.clone();
    let threads = on_threads(timing.threads, move |number| work(number, shared.clone()));
    tokio::pin!(threads);
    let span = tokio::select! {
        ended = &mut threads => return Err(ended.err().unwrap_or_else(|| "a load ended before its time".into())),
        span = measure(timing, meter, progress, &course) => span?,
    };
    let told = timeout(DRAINING, threads).await;
    let told = told.map_err(|_| format!("what was under way did not come to rest within {DRAINING:?}"))??;
    Ok((span, told))
}

async fn measure(
    timing: Timing,
    meter: &Meter,
    progress: &Progress,
    course: &Course,
) -> Result<Span, Failure> {
    progress.says("connecting");
    let connecting = timeout(CONNECTING, course.connected(timing.threads));
    connecting.await.map_err(|_| format!("not all sessions were open within {CONNECTING:?}"))?;
    course.enter(Stage::WarmUp);
    progress.says("warming up");
    watch(timing.warm_up, progress, course).await?;
    let (before, began, done) = (meter.read()?, Instant::now(), course.operations());
    course.enter(Stage::Measured);
    progress.says("measuring");
    watch(timing.measured, progress, course).await?;
    let (operations, elapsed, after) = (course.operations() - done, began.elapsed(), meter.read()?);
    course.enter(Stage::Draining);
    progress.says("coming to rest");
    Ok(Span { operations, elapsed, used: after.since(&before) })
}

/// Waits for so long, as long as the load gets on.
async fn watch(duration: Duration, progress: &Progress, course: &Course) -> Result<(), Failure> {
    let end = Instant::now() + duration;
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = (Instant::now(), course.operations());
    progress.begins(duration);
    while Instant::now() < end {
        tokio::select! {
            _ = look.tick() => {}
            () = tokio::time::sleep_until(end.into()) => {}
        }
        let operations = course.operations();
        progress.has_done(operations, duration.saturating_sub(end.saturating_duration_since(Instant::now())));
        if operations != last.1 {
            last = (Instant::now(), operations);
        } else if last.0.elapsed() > STALLED {
            return Err(format!("nothing was done for {STALLED:?}").into());
        }
    }
    Ok(())
}
