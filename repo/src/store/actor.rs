//! A thread, an actor and a database connection in one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, Handler, Message, SyncContext};
use protos::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::connection::{ConnectError, DbConnection};
use super::error::{StoreError, StoreResult};

/// Waits after a connection that failed: the first, and the longest that doubling leads to. Each is shortened by up to half at
/// random. Calls that come meanwhile are refused at once, so that an outage is not made worse by knocking.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How connections are made.
pub(super) type Connect = Arc<dyn Fn() -> Result<DbConnection, ConnectError> + Send + Sync>;

/// Owns a connection, made when first needed and again after it broke.
pub(super) struct StoreConnection {
    connect: Connect,
    connection: Option<DbConnection>,
    backoff: Duration,
    next_try: Option<Instant>,
}

/// Command: run this closure over the connection.
pub(super) struct Run<F, T> {
    pub(super) work: F,
    pub(super) reply: oneshot::Sender<Result<T>>,
    /// Held until the work is done: what is queued counts even when its caller went away.
    pub(super) permit: OwnedSemaphorePermit,
}

impl<F, T> Message for Run<F, T> {
    type Result = ();
}

impl Actor for StoreConnection {
    type Context = SyncContext<Self>;
}

impl<F, T> Handler<Run<F, T>> for StoreConnection
where
    F: FnOnce(&mut DbConnection) -> StoreResult<T> + Send + 'static,
    T: Send + 'static,
{
    type Result = ();

    fn handle(&mut self, run: Run<F, T>, _: &mut Self::Context) {
        let Run { work, reply, permit } = run;
        // Work that nobody waits for is not begun.
        if reply.is_closed() {
            return;
        }
        reply.send(self.run(work)).ok();
        drop(permit);
    }
}

impl StoreConnection {
    pub(super) fn new(connect: Connect) -> Self {
        Self { connect, connection: None, backoff: BACKOFF.0, next_try: None }
    }

    fn run<T>(&mut self, work: impl FnOnce(&mut DbConnection) -> StoreResult<T>) -> Result<T> {
        let connection = self.connected()?;
        // A panic must not take the thread along: SyncArbiter starts no other.
        match catch_unwind(AssertUnwindSafe(|| work(connection))) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                if matches!(error, StoreError::Database(_)) && connection.is_broken() {
                    self.connection = None;
                }
                Err(error.into_error())
            }
            Err(_) => {
                tracing::error!("a query panicked");
                // Its transaction may be open still.
                self.connection = None;
                Err(Error::internal("a query panicked"))
            }
        }
    }

    fn connected(&mut self) -> Result<&mut DbConnection> {
        if self.connection.is_none() {
            self.connection = Some(self.reconnect()?);
        }
        self.connection.as_mut().ok_or_else(|| Error::internal("there is no connection"))
    }

    fn reconnect(&mut self) -> Result<DbConnection> {
        let down = || Error::unavailable("the database does not answer");
        if self.next_try.is_some_and(|at| Instant::now() < at) {
            return Err(down());
        }
        match (self.connect)() {
            Ok(connection) => {
                self.backoff = BACKOFF.0;
                self.next_try = None;
                Ok(connection)
            }
            Err(ConnectError::Unusable(why)) => {
                tracing::error!(why, "the database cannot be used");
                Err(Error::internal("the database cannot be used"))
            }
            Err(ConnectError::Down(why)) => {
                tracing::warn!(why, "the database does not answer");
                self.next_try = Some(Instant::now() + self.backoff.mul_f64(rand::random_range(0.5..=1.0)));
                self.backoff = BACKOFF.1.min(self.backoff * 2);
                Err(down())
            }
        }
    }
}
