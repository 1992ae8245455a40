//! Waiting without sleeping: for a future, or for what a probe sees, and never for ever.

use std::future::Future;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a test waits for what must come. Generous: the machine may be small and busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// How often a probe looks.
const PROBE_EVERY: Duration = Duration::from_millis(40);

/// Waits for `future`; `what` names it when it does not come.
pub(crate) async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match timeout(DEADLINE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited {DEADLINE:?} in vain: {what}"),
    }
}

/// Waits until `probe` sees something.
pub(crate) async fn eventually<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(DEADLINE, what, probe).await
}

/// Waits until `probe` sees something, at the longest `limit`.
pub(crate) async fn eventually_within<T>(
    limit: Duration,
    what: &str,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> T {
    let looking = async {
        let mut tick = interval(PROBE_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Some(seen) = probe().await {
                return seen;
            }
        }
    };
    match timeout(limit, looking).await {
        Ok(seen) => seen,
        Err(_) => panic!("waited {limit:?} in vain: {what}"),
    }
}
