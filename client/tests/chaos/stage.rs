//! A cluster with a crowd on it, and the row that its run fills.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::time::Instant;

use crate::cluster::{Process, Processes, Setup};
use crate::crowd::{Cast, Crowd};
use crate::plan::tell;
use crate::row::{Row, counted};
use crate::run::Run;
use crate::settling::{leave, settle, settle_presence};

/// The three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway,
    Logic,
    Repo,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Gateway, Self::Logic, Self::Repo];

    /// The program's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Logic => "logic",
            Self::Repo => "repo",
        }
    }
}

/// One process of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Victim {
    pub(crate) kind: Kind,
    pub(crate) number: usize,
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) cluster: Processes,
    pub(crate) crowd: Crowd,
    pub(crate) rng: StdRng,
    pub(crate) row: Row,
    /// The end was clean: the logs may go.
    clean: bool,
}

impl Stage {
    /// Starts the cluster and lets the crowd chat.
    pub(crate) async fn set(run: &Run, setup: Setup, cast: Cast) -> Self {
        let mut rng = run.rng();
        let cluster = setup.start().await;
        let crowd = Crowd::gather(&cluster.site, cast, &mut rng).await;
        Self { cluster, crowd, rng, row: Row::new(run), clean: false }
    }

    /// Says how the run goes.
    pub(crate) fn tell(&self, what: &str) {
        let run = &self.row.run;
        tell(&format!("{}, {}: {what} ({} acked)", run.scenario, run.size.name(), self.crowd.acked_now()));
    }

    /// A random process of this kind.
    pub(crate) fn victim(&mut self, kind: Kind) -> Victim {
        let count = self.processes(kind).len();
        Victim { kind, number: self.rng.random_range(0..count) }
    }

    /// Every process of this kind.
    pub(crate) fn processes(&mut self, kind: Kind) -> &mut Vec<Process> {
        match kind {
            Kind::Gateway => &mut self.cluster.gateways,
            Kind::Logic => &mut self.cluster.logics,
            Kind::Repo => &mut self.cluster.repos,
        }
    }

    /// This process.
    pub(crate) fn process(&mut self, victim: Victim) -> &mut Process {
        &mut self.processes(victim.kind)[victim.number]
    }

    /// A fault has just ended: waits for the next acknowledgement.
    pub(crate) async fn acked_again(&mut self) {
        let after = self.crowd.next_ack().await;
        self.row.acked_after(after);
    }

    /// Everything was healed at `healed`: waits until all is as it must be, stops everything, and holds what clients were told against
    /// what is stored.
    pub(crate) async fn finish(mut self, healed: Instant) -> Row {
        self.tell("all is healed, everybody finishes");
        let site = self.cluster.site.clone();
        // At the same time: what is missing is waited for until the end.
        let settled = settle(&site, &self.crowd, healed, &mut self.row);
        let ((), (after, wrong)) = tokio::join!(settled, settle_presence(&site, &self.crowd, healed));
        self.row.present_after(after);
        self.row.wrong.extend(wrong.map(|wrong| format!("presence {after:.1?} after healing: {wrong}")));
        leave(&site, &mut self.crowd, &mut self.row).await;
        self.remark();
        self.stop().await
    }

    /// What clients saw besides messages.
    fn remark(&mut self) {
        let endings =
            self.crowd.notes(|notebook| notebook.endings.iter().map(|(_, how)| *how).collect::<Vec<_>>());
        self.row.remark(format!("connections ended: {}", counted(endings.concat().into_iter())));
        let troubles = self
            .crowd
            .notes(|notebook| notebook.troubles.iter().map(|one| one.what.clone()).collect::<Vec<_>>());
        let troubles = counted(troubles.concat().into_iter());
        if !troubles.is_empty() {
            self.row.remark(format!("errors that answered a send: {troubles}"));
        }
        let (mut syncs, mut resyncs, mut again, mut longest) = (0, 0, 0, Duration::ZERO);
        self.crowd.notes(|notebook| {
            syncs += notebook.syncs;
            resyncs += notebook.resyncs;
            let waits = notebook.ops.iter().filter_map(|op| Some(op.done? - op.begun));
            longest = waits.fold(longest, Duration::max);
            again += notebook.ops.iter().map(|op| op.tries.saturating_sub(1)).sum::<usize>();
        });
        self.row.remark(format!(
            "{again} sends again, the longest wait for an answer {longest:.1?}; {syncs} syncs, {resyncs} resyncs told"
        ));
    }

    /// Stops everything by SIGTERM.
    async fn stop(mut self) -> Row {
        let wrong = self.cluster.shut_down().await;
        self.row.wrong.extend(wrong);
        self.clean = self.row.is_clean();
        let row = self.row.clone();
        drop(self);
        row
    }
}

impl Drop for Stage {
    /// What was not clean leaves its logs behind.
    fn drop(&mut self) {
        if !self.clean {
            let folder = self.cluster.storage.keep().display().to_string();
            self.tell(&format!("the logs are in {folder}"));
        }
    }
}
