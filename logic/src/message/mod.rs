//! Sending: checks, durable storage in batches, and the hand-over to the fan-out.

mod convert;
mod saves;
mod send;
mod service;
mod validation;
mod world_limit;

pub(crate) use saves::SaveBatch;
pub(crate) use send::Messages;
pub(crate) use service::MessageRpc;
pub(crate) use world_limit::WorldLimit;
