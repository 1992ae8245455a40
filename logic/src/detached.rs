//! Work that goes on when its caller has gone.

use std::future::Future;

use protos::{Error, Result};

/// Runs `work` to its end even when the call that asked for it is given up: what has begun to be stored is also handed on.
pub(crate) async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "a task failed");
        Error::internal("the call failed")
    })?
}
