//! From a delivery to the sessions of its receivers.
//!
//! - [`service`]: the gRPC services, `PusherService` for jobs and `RouterService` for logic and other gateways.
//! - [`router`]: here, and on the gateways that own the other receivers, each once.
//! - [`push`]: a job's push, also to users who are away; [`turns`], [`places`]: the order of pushes of one id, and of one stream.
//! - [`peers`]: the link to each other gateway.
//! - [`everywhere`]: what concerns every gateway: broadcasts, users' sessions.
//! - [`watch`]: the streams that tell who is online.
//! - [`delivery`], [`outcome`]: what goes out, and what became of it.
//! - [`convert`]: between the domain and `im.gateway.v1`.

mod convert;
mod delivery;
mod everywhere;
mod outcome;
mod peers;
mod places;
mod push;
mod router;
mod service;
mod turns;
mod watch;

pub(crate) use peers::Peers;
pub(crate) use push::Pushes;
pub(crate) use router::Router;
pub(crate) use service::{PusherRpc, RouterRpc};
