//! How a session is to behave, and its first connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::driver::Driver;
use super::event::Events;
use super::handle::Session;
use super::order::Order;
use super::{history, link, outbox};
use crate::{Account, Result};

/// Requests under way by default.
const MAX_UNANSWERED: usize = 256;
/// Events that wait for the application by default.
const MAX_EVENTS: usize = 4_096;

/// A session before it is connected.
#[derive(Clone, Debug)]
pub struct SessionBuilder {
    pub(super) account: Account,
    pub(super) catch_up: bool,
    pub(super) patience: Duration,
    pub(super) max_unanswered: usize,
    pub(super) max_events: usize,
}

impl SessionBuilder {
    pub(crate) fn new(account: Account) -> Self {
        Self {
            account,
            catch_up: true,
            patience: outbox::PATIENCE,
            max_unanswered: MAX_UNANSWERED,
            max_events: MAX_EVENTS,
        }
    }

    /// Whether to ask for what was missed while there was no connection (so by default). That costs a list of all conversations
    /// on each connection, the first one included. Without it, only the gaps between live messages are filled.
    #[must_use]
    pub fn catch_up(self, catch_up: bool) -> Self {
        Self { catch_up, ..self }
    }

    /// How long a request is tried before it is given up; 60 seconds by default.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How many requests may be unanswered before [`Session::send`] waits; 256 by default, at least 1.
    #[must_use]
    pub fn max_unanswered(self, max_unanswered: usize) -> Self {
        Self { max_unanswered: max_unanswered.max(1), ..self }
    }

    /// How many events may wait to be read by the application; 4,096 by default, at least 1.
    #[must_use]
    pub fn max_events(self, max_events: usize) -> Self {
        Self { max_events: max_events.max(1), ..self }
    }

    /// Connects. When this returns, the session is announced: what is pushed to the user from now on reaches it, and messages that are
    /// stored from now on are handed out, whatever becomes of this connection.
    ///
    /// # Errors
    /// `INVALID_TOKEN` when the sign-in has ended; `FORBIDDEN`; no answer. Only the first try is told so: once connected, a session
    /// connects again by itself.
    pub async fn connect(self) -> Result<(Session, Events)> {
        let token = self.account.access_token().await?;
        let link = match link::open(&self.account, &token).await {
            Err(link::Broken::Refused { status: 401, .. }) => {
                let fresh = self.account.renew(&token).await?;
                link::open(&self.account, &fresh).await?
            }
            opened => opened?,
        };
        let mut order = Order::default();
        if self.catch_up {
            order.begin(history::all_positions(&self.account).await?);
        }
        let (commands, taken) = mpsc::channel(self.max_unanswered);
        let (queue, events) = mpsc::channel(self.max_events);
        let places = Arc::new(Semaphore::new(self.max_unanswered));
        let session = Session { commands, places, hello: link.hello.clone() };
        tokio::spawn(Driver::new(self, taken, queue, order).run(link));
        Ok((session, Events(events)))
    }
}
