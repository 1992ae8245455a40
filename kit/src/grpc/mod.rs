//! gRPC servers and clients as every process has them.

mod calls;
mod client;
mod server;
mod token;

pub use client::{Pool, PoolConfig, channel_to};
pub use server::{Health, Routes, Server, reply};
pub use token::AuthorizedChannel;

use std::time::Duration;

/// The largest request that a server reads, in bytes: 10,000 ids and 64 KiB of data fit several times over.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// The largest answer that a client reads, in bytes: a page of 200 messages of 32 KiB each fits twice over.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// No call takes longer, whatever its caller asked for.
pub const MAX_DEADLINE: Duration = Duration::from_secs(30);

/// What is gathered for one internal call stays under this, in bytes, far from [`MAX_REQUEST_BYTES`].
pub const BATCH_BYTES: usize = 1024 * 1024;
