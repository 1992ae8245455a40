//! Threads that make load: each has an event loop of its own, so that what a tool takes from the machine is known beforehand.

use std::future::Future;

use futures::future::try_join_all;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::command::Failure;

/// Runs `work` on so many threads, each told its number, until all are done or one has failed. The others' work is left where it is
/// then: the process is about to end.
pub(super) async fn on_threads<T, F>(
    count: usize,
    work: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<T, Failure>> + 'static,
    T: Send + 'static,
{
    let started = (0..count).map(|number| {
        let (done, outcome) = oneshot::channel();
        let work = work.clone();
        let body = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let result = match runtime {
                Ok(runtime) => LocalSet::new().block_on(&runtime, work(number)),
                Err(error) => Err(error.into()),
            };
            // Who waited may have given up.
            done.send(result).ok();
        };
        std::thread::Builder::new().name(format!("load-{number}")).spawn(body)?;
        Ok(outcome)
    });
    let started = started.collect::<Result<Vec<_>, std::io::Error>>()?;
    try_join_all(started.into_iter().map(async |outcome| match outcome.await {
        Ok(result) => result,
        Err(_) => Err("a thread of the load panicked".into()),
    }))
    .await
}
