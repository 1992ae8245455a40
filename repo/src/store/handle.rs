//! The handle of the connections: the only way to the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix::{Addr, SyncArbiter};
use protos::{Error, Result};
use tokio::sync::{Semaphore, oneshot};

use super::DatabaseUrl;
use super::actor::{Connect, Run, StoreConnection};
use super::connection::{Access, DbConnection};
use super::error::StoreResult;

/// Calls that wait or run, on the reading and on the writing connections each; one more is refused with `SERVICE_UNAVAILABLE`.
pub(super) const WAITING: usize = 512;

/// How many connections there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connections {
    /// For queries.
    pub(crate) read: usize,
    /// For transactions; SQLite has one writer, whatever this says.
    pub(crate) write: usize,
}

/// The database. Cloning it shares its connections.
#[derive(Clone)]
pub(crate) struct Store {
    readers: Pool,
    writers: Pool,
    open: Arc<AtomicBool>,
    one_writer: bool,
}

impl Store {
    /// Starts the threads; each connects when it first has something to do. Calls are refused until [`Store::set_open`].
    pub(crate) fn start(url: &DatabaseUrl, connections: Connections) -> Self {
        let one_writer = matches!(url, DatabaseUrl::Sqlite(_));
        let pool = |threads: usize, access: Access| {
            let url = url.clone();
            Pool::start(threads, Arc::new(move || DbConnection::open(&url, access)))
        };
        Self {
            readers: pool(connections.read.max(1), Access::Read),
            writers: pool(if one_writer { 1 } else { connections.write.max(1) }, Access::Write),
            open: Arc::new(AtomicBool::new(false)),
            one_writer,
        }
    }

    /// From now on the schema is as the queries need it.
    pub(crate) fn set_open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// True when all writes go over one connection, as SQLite wants it.
    pub(crate) fn has_one_writer(&self) -> bool {
        self.one_writer
    }

    /// Runs a query.
    pub(crate) async fn read<F, T>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut DbConnection) -> StoreResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.check_open()?;
        self.readers.run(work).await
    }

    /// Runs what may write, over a connection of its own while it lasts.
    pub(crate) async fn write<F, T>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut DbConnection) -> StoreResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.check_open()?;
        self.writers.run(work).await
    }

    fn check_open(&self) -> Result<()> {
        if self.open.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(Error::unavailable("the store is not open yet"))
    }
}

/// Threads that share one queue.
#[derive(Clone)]
pub(super) struct Pool {
    connections: Addr<StoreConnection>,
    permits: Arc<Semaphore>,
}

impl Pool {
    pub(super) fn start(threads: usize, connect: Connect) -> Self {
        let connections = SyncArbiter::start(threads, move || StoreConnection::new(Arc::clone(&connect)));
        Self { connections, permits: Arc::new(Semaphore::new(WAITING)) }
    }

    pub(super) async fn run<F, T>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut DbConnection) -> StoreResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| Error::unavailable("the store is saturated"))?;
        let (reply, answer) = oneshot::channel();
        let stopped = || Error::unavailable("the store has stopped");
        // The permits are the bound; a SyncArbiter's queue has none.
        self.connections.send(Run { work, reply, permit }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}
