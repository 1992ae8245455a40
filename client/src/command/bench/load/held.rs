//! Sessions that do nothing but be there.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::crew::{Crew, Listeners, complaint, share};
use super::threads::on_threads;
use crate::command::Failure;
use crate::command::bench::wire::{Address, Heard};

/// Open sessions, which answer pings.
pub(in super::super) struct Held {
    /// How many each thread shall hold.
    wanted: watch::Sender<usize>,
    opened: mpsc::UnboundedReceiver<()>,
    threads: usize,
    working: Pin<Box<dyn Future<Output = Result<Vec<()>, Failure>>>>,
}

impl Held {
    /// Nobody yet, of these.
    pub(in super::super) fn of(sessions: Vec<Address>, threads: usize) -> Self {
        let shares = Arc::new(share(sessions, threads));
        let threads = shares.len();
        let (wanted, wish) = watch::channel(0);
        let (tell, opened) = mpsc::unbounded_channel();
        let work = move |number: usize| {
            let (shares, wish, tell) = (shares.clone(), wish.clone(), tell.clone());
            async move { hold(&shares[number], wish, tell).await }
        };
        Self { wanted, opened, threads, working: Box::pin(on_threads(threads, work)) }
    }

    /// Opens sessions until there are so many (rounded up to a multiple of the threads).
    ///
    /// # Errors
    /// When one does not open, or an open one breaks.
    pub(in super::super) async fn grow_to(&mut self, count: usize) -> Result<(), Failure> {
        self.wanted.send_replace(count.div_ceil(self.threads));
        for _ in 0..self.threads {
            tokio::select! {
                _ = self.opened.recv() => {}
                broken = &mut self.working => return Err(ended(broken)),
            }
        }
        Ok(())
    }

    /// Closes them, and waits until their sockets are free for others.
    ///
    /// # Errors
    /// When one was broken.
    pub(in super::super) async fn end(self) -> Result<(), Failure> {
        drop(self.wanted);
        self.working.await.map(drop)
    }

    /// Waits for something that others do.
    ///
    /// # Errors
    /// When a session breaks meanwhile.
    pub(in super::super) async fn while_open<T>(
        &mut self,
        other: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = other => Ok(done),
            broken = &mut self.working => Err(ended(broken)),
        }
    }
}

fn ended(working: Result<Vec<()>, Failure>) -> Failure {
    working.err().unwrap_or_else(|| "the sessions ended before their time".into())
}

async fn hold(
    sessions: &[Address],
    mut wish: watch::Receiver<usize>,
    tell: mpsc::UnboundedSender<()>,
) -> Result<(), Failure> {
    let mut crews: Vec<(Crew, Listeners)> = Vec::new();
    let mut open = 0;
    loop {
        let wanted = (*wish.borrow_and_update()).min(sessions.len());
        if wanted > open {
            let mut crew = Crew::open(&sessions[open..wanted]).await?;
            open = wanted;
            let listeners = crew.listen(|_| {
                |heard| match heard {
                    Heard::Complaint(text) => Err(complaint(text)),
                    _ => Ok(false),
                }
            });
            crews.push((crew, listeners));
        }
        if wanted > 0 {
            tell.send(()).ok();
        }
        let changed = tokio::select! {
            failure = first_failure(&mut crews) => return Err(failure),
            changed = wish.changed() => changed,
        };
        if changed.is_err() {
            crews.iter().for_each(|(crew, _)| crew.close());
            return Ok(());
        }
    }
}

async fn first_failure(crews: &mut [(Crew, Listeners)]) -> Failure {
    let breaking: Vec<_> =
        crews.iter_mut().map(|(_, listeners)| Box::pin(listeners.first_failure())).collect();
    match breaking.is_empty() {
        true => std::future::pending().await,
        false => futures::future::select_all(breaking).await.0,
    }
}
