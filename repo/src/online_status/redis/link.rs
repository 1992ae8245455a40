//! The way to Redis: a pool over a single node or a Cluster, and a deadline for every command.

use std::time::Duration;

use deadpool_redis::cluster::{self, ClusterConnection};
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{
    AsyncConnectionConfig, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value,
};
use deadpool_redis::{Manager, Pool, PoolError, Runtime, Timeouts};
use futures::{StreamExt, TryStreamExt, stream};
use kit::process::Failure;
use tokio::time::timeout;

/// A command, or one pipeline, that takes longer has failed.
const COMMAND_DEADLINE: Duration = Duration::from_secs(1);
/// A connection takes longer: a Cluster's goes to every node, of which one may be dead without saying so.
pub(super) const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Connections that many calls share, each of them in order.
const CONNECTIONS: usize = 4;
/// Commands that are sent to a single node before their answers are read.
const PIPELINE_COMMANDS: usize = 2_000;
/// Pipelines of one call that are under way at once in a Cluster.
const PIPELINES: usize = 16;

/// Why Redis did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Redis's own word, or the connection's.
    #[error("{0}")]
    Redis(#[from] RedisError),
    /// No connection.
    #[error("no connection: {0}")]
    Connection(String),
    /// Silence.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
}

impl Fault {
    /// True when the next command would fare no better: the store as a whole is down.
    pub(super) fn is_outage(&self) -> bool {
        let Self::Redis(error) = self else { return true };
        match error.kind() {
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound | ErrorKind::AuthenticationFailed => true,
            ErrorKind::Server(kind) => matches!(
                kind,
                ServerErrorKind::BusyLoading
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
            ),
            _ => false,
        }
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        Self::Connection(error.to_string())
    }
}

/// The pool.
pub(super) enum Link {
    Single(Pool),
    Cluster(cluster::Pool),
}

/// A connection that others use too: answers find their callers, also when one of them gave up.
#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// A pool that connects when first needed.
    ///
    /// # Errors
    /// When a URL is not one of Redis, or a Cluster's URLs do not fit together. The message shows no URL: it may hold a password.
    pub(super) fn open(urls: &[String]) -> Result<Self, Failure> {
        let timeouts = Timeouts {
            wait: Some(COMMAND_DEADLINE),
            create: Some(CONNECT_DEADLINE),
            recycle: Some(COMMAND_DEADLINE),
        };
        let refused = |error: RedisError| format!("REDIS_URL is not usable: {error}");
        if let [url] = urls {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(COMMAND_DEADLINE))
                .set_response_timeout(Some(COMMAND_DEADLINE));
            let manager = Manager::new_with_config(url.as_str(), config).map_err(refused)?;
            let pool = Pool::builder(manager).max_size(CONNECTIONS).timeouts(timeouts);
            return Ok(Self::Single(pool.runtime(Runtime::Tokio1).build()?));
        }
        let urls = urls.iter().map(String::as_str).collect();
        let manager = cluster::Manager::new(urls, false).map_err(refused)?;
        let pool = cluster::Pool::builder(manager).max_size(CONNECTIONS).timeouts(timeouts);
        Ok(Self::Cluster(pool.runtime(Runtime::Tokio1).build()?))
    }

    /// Sends pipelines, each for one slot, in few round trips; answers them in their order, a value for every command.
    pub(super) async fn send(
        &self,
        pipelines: Vec<Pipeline>,
        connect_within: Duration,
    ) -> Result<Vec<Vec<Value>>, Fault> {
        if pipelines.is_empty() {
            return Ok(Vec::new());
        }
        let connection = timeout(connect_within, self.connection())
            .await
            .map_err(|_| Fault::Deadline(connect_within))??;
        match connection {
            Connection::Single(_) => send_merged(connection, pipelines).await,
            Connection::Cluster(_) => {
                let sent = pipelines.into_iter().map(|pipeline| send_one(connection.clone(), pipeline));
                stream::iter(sent).buffered(PIPELINES).try_collect().await
            }
        }
    }

    async fn connection(&self) -> Result<Connection, Fault> {
        // The connection goes back to the pool at once, checked; its clone stays usable.
        match self {
            Self::Single(pool) => Ok(Connection::Single((*pool.get().await?).clone())),
            Self::Cluster(pool) => Ok(Connection::Cluster((*pool.get().await?).clone())),
        }
    }
}

/// One node takes commands for any slot together.
async fn send_merged(connection: Connection, pipelines: Vec<Pipeline>) -> Result<Vec<Vec<Value>>, Fault> {
    let counts: Vec<usize> = pipelines.iter().map(Pipeline::len).collect();
    let mut values = Vec::with_capacity(counts.iter().sum());
    let mut merged = Pipeline::new();
    for command in pipelines.iter().flat_map(Pipeline::cmd_iter) {
        merged.add_command(command.clone());
        if merged.len() == PIPELINE_COMMANDS {
            values.extend(send_one(connection.clone(), std::mem::take(&mut merged)).await?);
        }
    }
    if !merged.is_empty() {
        values.extend(send_one(connection, merged).await?);
    }
    let mut values = values.into_iter();
    Ok(counts.into_iter().map(|count| values.by_ref().take(count).collect()).collect())
}

async fn send_one(connection: Connection, pipeline: Pipeline) -> Result<Vec<Value>, Fault> {
    let sent: RedisResult<Vec<Value>> = timeout(COMMAND_DEADLINE, async {
        match connection {
            Connection::Single(mut connection) => pipeline.query_async(&mut connection).await,
            Connection::Cluster(mut connection) => pipeline.query_async(&mut connection).await,
        }
    })
    .await
    .map_err(|_| Fault::Deadline(COMMAND_DEADLINE))?;
    Ok(sent?)
}
