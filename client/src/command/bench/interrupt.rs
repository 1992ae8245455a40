//! What a measurement has from its beginning to its end.

use std::future::Future;
use std::io;

use kit::Shutdown;
use tokio::signal::unix::{SignalKind, signal};

use super::progress::Progress;
use crate::command::Failure;

/// Shows how far it is, and hears when it is to stop.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) progress: Progress,
    stop: Shutdown,
}

impl Bench {
    /// From now on Ctrl-C and SIGTERM stop the measurement in order: its processes first.
    ///
    /// # Errors
    /// When signals cannot be heard.
    pub(super) fn begin() -> io::Result<Self> {
        let stop = Shutdown::new();
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stopping = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            stopping.cancel();
        });
        Ok(Self { progress: Progress::of("starting"), stop })
    }

    /// Does it, unless the measurement is to stop.
    ///
    /// # Errors
    /// Its own.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.stop.cancelled() => Err("interrupted".into()),
        }
    }
}
