//! From `main` to exit status.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::{Common, Shutdown, telemetry};

/// After SIGTERM a process has this long to finish what is in flight.
pub const DRAIN: Duration = Duration::from_secs(8);

/// What ends a process early.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs a process: logs, an actor system, and `run` until it returns. SIGTERM and Ctrl-C cancel
/// the [`Shutdown`] that `run` is given; it then has [`DRAIN`] to return. Status 0 when it returned `Ok`.
pub fn main<F, R>(name: &'static str, common: &Common, run: F) -> ExitCode
where
    F: FnOnce(Shutdown) -> R,
    R: Future<Output = Result<(), Failure>>,
{
    if let Err(error) = telemetry::init(&common.log, common.log_format) {
        return refuse(name, &error);
    }
    let system = actix::System::with_tokio_rt(runtime);
    match system.block_on(until_stopped(run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(name, &error),
    }
}

/// The runtime of a process: one thread, on which its actors and its gRPC both run. A hand-over between threads costs more than most
/// of what is handed over (measured: a fifth of a message's CPU, half of its way), so threads of their own have only what blocks or
/// computes (SQL, bcrypt) and the gateway's sessions. A machine with more cores runs more processes.
///
/// # Panics
/// When the machine refuses threads; there is nothing to go on with.
#[expect(clippy::expect_used, reason = "System::with_tokio_rt takes a function that cannot fail")]
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime's threads")
}

async fn until_stopped<F, R>(run: F) -> Result<(), Failure>
where
    F: FnOnce(Shutdown) -> R,
    R: Future<Output = Result<(), Failure>>,
{
    let shutdown = Shutdown::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = run(shutdown.clone());
    tokio::pin!(running);
    tokio::select! {
        done = &mut running => return done,
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    shutdown.cancel();
    match tokio::time::timeout(DRAIN, running).await {
        Ok(done) => done,
        Err(_) => {
            tracing::warn!("not everything ended within {DRAIN:?}");
            Ok(())
        }
    }
}

fn refuse(name: &str, error: &impl std::fmt::Display) -> ExitCode {
    use std::io::Write;
    // The log may be what failed, so this goes to standard error by hand; nobody is left to tell if that fails too.
    writeln!(std::io::stderr(), "{name}: {error}").ok();
    ExitCode::FAILURE
}
