//! A run's course: everything connects, warms up, is measured, comes to rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::{Notify, watch};

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Sessions are being opened.
    Connecting,
    /// The load runs; nothing counts yet.
    WarmUp,
    /// What happens now counts.
    Measured,
    /// Nothing more is begun.
    Draining,
}

/// What the threads of a load and who measures it know of each other. Cloning it shares it.
#[derive(Clone, Debug)]
pub(in super::super) struct Course(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stage: watch::Sender<Stage>,
    is_measured: AtomicBool,
    is_over: AtomicBool,
    connected: AtomicUsize,
    has_connected: Notify,
    finished: AtomicUsize,
    has_finished: Notify,
    operations: AtomicU64,
}

impl Course {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared {
            stage: watch::Sender::new(Stage::Connecting),
            is_measured: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            connected: AtomicUsize::new(0),
            has_connected: Notify::new(),
            finished: AtomicUsize::new(0),
            has_finished: Notify::new(),
            operations: AtomicU64::new(0),
        }))
    }

    /// A thread says that all its sessions are open, and waits until the load is to begin.
    pub(in super::super) async fn begins(&self) {
        self.0.connected.fetch_add(1, Ordering::AcqRel);
        self.0.has_connected.notify_one();
        self.reaches(Stage::WarmUp).await;
    }

    /// A thread says that it has done all that it had to do, and keeps its sessions until they are to end.
    pub(super) async fn has_finished(&self) {
        self.0.finished.fetch_add(1, Ordering::AcqRel);
        self.0.has_finished.notify_one();
        self.is_to_end().await;
    }

    /// Waits until nothing more is to be begun.
    pub(super) async fn is_to_end(&self) {
        self.reaches(Stage::Draining).await;
    }

    async fn reaches(&self, stage: Stage) {
        // The sender is here, so it is not gone.
        self.0.stage.subscribe().wait_for(|now| *now >= stage).await.ok();
    }

    /// Operations are done.
    pub(in super::super) fn count(&self, operations: u64) {
        self.0.operations.fetch_add(operations, Ordering::Relaxed);
    }

    /// Whether what happens now counts.
    pub(in super::super) fn is_measured(&self) -> bool {
        self.0.is_measured.load(Ordering::Relaxed)
    }

    /// Whether nothing more is to be begun.
    pub(in super::super) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// How many operations were done so far.
    pub(super) fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::Relaxed)
    }

    /// Waits until so many threads have all their sessions.
    pub(super) async fn connected(&self, threads: usize) {
        while self.0.connected.load(Ordering::Acquire) < threads {
            self.0.has_connected.notified().await;
        }
    }

    /// Waits until so many threads have done all that they had to do.
    pub(super) async fn finished(&self, threads: usize) {
        while self.0.finished.load(Ordering::Acquire) < threads {
            self.0.has_finished.notified().await;
        }
    }

    /// Goes on to this stage.
    pub(super) fn enter(&self, stage: Stage) {
        self.0.is_measured.store(stage == Stage::Measured, Ordering::Relaxed);
        self.0.is_over.store(stage >= Stage::Draining, Ordering::Relaxed);
        self.0.stage.send_replace(stage);
    }
}
