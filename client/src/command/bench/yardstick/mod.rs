//! What GoChat is held against in the same run, on the same machine: absolute figures tell little where others work, too.

mod bare;
mod calls;
mod echo;
mod inserts;

pub(super) use bare::Bare;
pub(super) use calls::{CallKind, Calls};
pub(super) use echo::EchoArgs;
pub(super) use inserts::Inserts;

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use super::cluster::Process;
use crate::command::Failure;

const STARTING: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until a program says where it listens.
async fn until_listening(process: &mut Process) -> Result<(), Failure> {
    let looking = async {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            process.must_run()?;
            if process.log().lines().any(|line| line.starts_with("listening ")) {
                return Ok(());
            }
        }
    };
    timeout(STARTING, looking)
        .await
        .map_err(|_| format!("a yardstick does not listen within {STARTING:?}"))?
}
