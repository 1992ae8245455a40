//! The task behind a session: one connection after the other, until the session ends.

use std::future::Future;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::builder::SessionBuilder;
use super::delivery::Delivery;
use super::event::{Ended, Event};
use super::handle::Command;
use super::history::Fetched;
use super::link::{self, Broken, Link};
use super::order::Order;
use super::outbox::Outbox;
use super::policy::{self, Backoff, Next};

/// Owns everything of a session.
pub(super) struct Driver {
    pub(super) settings: SessionBuilder,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) delivery: Delivery,
    pub(super) outbox: Outbox,
    pub(super) order: Order,
    /// Calls under way over HTTP.
    pub(super) fetches: FuturesUnordered<BoxFuture<'static, Fetched>>,
    /// When to ask where the conversations stand: after a break, when the server says so, for a new conversation.
    pub(super) catch_up_at: Option<Instant>,
    /// How often that is being asked at present.
    pub(super) listings: usize,
    /// To be told when the goodbye was said.
    pub(super) closing: Option<oneshot::Sender<()>>,
    backoff: Backoff,
}

/// Why [`Driver::serve`] returned.
pub(super) enum Served {
    /// The application asked for the end.
    Closed,
    Broken(Broken),
}

impl Driver {
    pub(super) fn new(
        settings: SessionBuilder,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
        order: Order,
    ) -> Self {
        Self {
            settings,
            commands,
            delivery: Delivery::new(events),
            outbox: Outbox::default(),
            order,
            fetches: FuturesUnordered::new(),
            catch_up_at: None,
            listings: 0,
            closing: None,
            backoff: Backoff::default(),
        }
    }

    /// Serves until the session ends.
    pub(super) async fn run(mut self, first: Link) {
        let mut link = first;
        let ended = loop {
            let connected_at = Instant::now();
            let broken = match self.serve(link).await {
                Served::Closed => break Ended::Closed,
                Served::Broken(broken) => broken,
            };
            tracing::debug!(?broken, "a session's connection broke");
            link = match self.reconnect(broken, connected_at).await {
                Ok(link) => link,
                Err(ended) => break ended,
            };
            self.delivery.push(Event::Connected(link.hello.clone()));
            if self.settings.catch_up {
                self.catch_up_at = Some(Instant::now());
            }
        };
        self.end(ended).await;
    }

    async fn end(self, ended: Ended) {
        let Self { mut delivery, outbox, commands, closing, .. } = self;
        // Whoever still waits for an answer is told by their dropped channels that none will come.
        drop((outbox, commands));
        if let Some(done) = closing {
            done.send(()).ok();
        }
        delivery.push(Event::Ended(ended));
        delivery.finish().await;
    }

    async fn reconnect(&mut self, mut broken: Broken, mut since: Instant) -> Result<Link, Ended> {
        let account = self.settings.account.clone();
        loop {
            let renewal = match policy::next(&broken) {
                Next::Stop(ended) => return Err(ended),
                Next::RenewToken(_) => true,
                Next::Reconnect => false,
            };
            let wait = self.backoff.after(since.elapsed(), rand::random());
            if self.delivery.has_room() {
                self.delivery.push(Event::Disconnected { code: broken.code(), retry_in: wait });
            }
            self.meanwhile(sleep_until(Instant::now() + wait)).await?;
            since = Instant::now();
            let opening = async {
                let held = account.access_token().await;
                let token = match held {
                    Ok(stale) if renewal => account.renew(&stale).await,
                    held => held,
                };
                match token {
                    Ok(token) => Ok(link::open(&account, &token).await),
                    Err(error) if error.is_transient() => Ok(Err(Broken::Lost(error.to_string()))),
                    Err(error) => Err(Ended::SignedOut(error.to_string())),
                }
            };
            match self.meanwhile(opening).await?? {
                Ok(link) => return Ok(link),
                Err(again) => broken = again,
            }
        }
    }

    /// Does `work` while there is no connection, and takes commands all the time.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::pin!(work);
        loop {
            let wake = self.outbox.next_wake();
            tokio::select! {
                done = &mut work => return Ok(done),
                command = self.commands.recv() => if !self.take(command) { return Err(Ended::Closed) },
                () = self.delivery.next(), if !self.delivery.is_done() => {}
                () = at(wake), if wake.is_some() => self.outbox.expire(Instant::now()),
            }
        }
    }

    /// Takes a command; false when it asks for the end.
    pub(super) fn take(&mut self, command: Option<Command>) -> bool {
        match command {
            Some(Command::Ask(unanswered)) => {
                self.outbox.add(unanswered, Instant::now() + self.settings.patience);
                true
            }
            Some(Command::Close(done)) => {
                self.closing = Some(done);
                false
            }
            // Every handle was dropped.
            None => false,
        }
    }
}

/// Waits until then; not to be polled without a time.
pub(super) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
