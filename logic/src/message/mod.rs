//! Sending: checks, durable storage in batches, and the hand-over to the fan-out.

mod convert;
mod saves;
mod send;
mod service;
mod validation;

pub(crate) use saves::SaveBatch;
pub(crate) use send::Messages;
pub(crate) use service::MessageRpc;
