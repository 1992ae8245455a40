//! Sending: checks, durable storage in batches, and the hand-over to the fan-out. Recalling, and what a client lacks.

mod convert;
#[cfg(test)]
mod counted;
mod policy;
mod recall;
mod saves;
mod send;
mod service;
mod validation;
mod world_limit;

pub(crate) use policy::RecallPermit;
pub(crate) use saves::SaveBatch;
pub(crate) use send::Messages;
pub(crate) use service::MessageRpc;
pub(crate) use world_limit::WorldLimit;
