//! What every GoChat process has, so that each of them says only what is its own.
//!
//! - [`process`]: from `main` to exit status: telemetry, the actor system, signals.
//! - [`settings`]: the settings that all share; secrets made at first start.
//! - [`grpc`]: servers and clients with the internal token, health, reflection, deadlines and limits.
//! - [`batch`]: gathers single calls into batches while one is in flight.
//! - [`link`]: numbers what is sent to a gateway.
//! - [`clock`]: the time, as something that a test can set.
//! - [`metrics`]: what a process counts about itself.
//! - [`token_bucket`]: a limit that lets short bursts pass.

mod allocator;
pub mod batch;
pub mod clock;
#[cfg(test)]
mod counted;
pub mod grpc;
pub mod link;
pub mod metrics;
pub mod process;
pub mod settings;
pub mod telemetry;
pub mod token_bucket;

pub use clock::{Clock, ManualClock, SharedClock, SystemClock};
pub use settings::{Common, Secret};
pub use tokio_util::sync::CancellationToken as Shutdown;
