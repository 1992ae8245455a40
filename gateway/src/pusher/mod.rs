//! From a delivery to the sessions of its receivers.
//!
//! - [`service`]: the gRPC services, `PusherService` for jobs and `RouterService` for logic and other gateways.
//! - [`router`]: here, and on the gateways that own the other receivers, each once; [`routed`]: their shares, put together again.
//! - [`push`]: a job's push, also to users who are away; [`turns`], [`places`]: the order of pushes of one id, and of one stream.
//! - [`peers`]: the link to each other gateway.
//! - [`debts`]: what other gateways did not take; [`keeper`]: tells them so, and that this one lives.
//! - [`links`]: who sends here, and whether they still do; [`repair`]: has sessions pull what may not have reached them.
//! - [`everywhere`]: what concerns every gateway: broadcasts, users' sessions.
//! - [`watch`]: the streams that tell who is online.
//! - [`delivery`], [`outcome`]: what goes out, and what became of it.
//! - [`convert`]: between the domain and `im.gateway.v1`.

mod convert;
#[cfg(test)]
mod counted;
mod debts;
mod delivery;
mod everywhere;
mod keeper;
mod links;
mod outcome;
mod peers;
mod places;
mod push;
mod repair;
mod routed;
mod router;
mod service;
mod turns;
mod watch;

pub(crate) use outcome::{Pushed, Status};
pub(crate) use peers::Peers;
pub(crate) use push::{ByHand, Pushes};
pub(crate) use repair::{Repair, RepairTerms};
pub(crate) use router::Router;
pub(crate) use service::{PusherRpc, RouterRpc};
