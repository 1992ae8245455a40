//! Whole GoChat clusters for tests, and a client that knows nothing but the wire.
//!
//! - [`TestCluster`]: any number of each service in this process, over SQLite or over PostgreSQL and Redis.
//! - [`Processes`]: the same as programs of their own, which can be killed.
//! - [`Site`]: where a cluster's services are reached; accounts, HTTP ([`Api`]), sockets ([`Session`]) and gRPC ([`Rpc`]).

mod api;
mod clock;
mod deadline;
mod dynamic;
mod handshake;
mod inbox;
mod message;
mod node;
mod postgres;
mod postgres_server;
mod process;
mod processes;
mod redis;
mod rpc;
mod session;
mod settings;
mod setup;
mod site;
mod storage;
mod test_cluster;

pub(crate) use api::{Account, Answer, Api};
pub(crate) use clock::ShiftedClock;
pub(crate) use deadline::{DEADLINE, eventually, eventually_within, within};
pub(crate) use dynamic::{Dynamic, PROTOS, method};
pub(crate) use handshake::{Handshake, Socket};
pub(crate) use inbox::Frame;
pub(crate) use message::{Ack, Message};
pub(crate) use process::Process;
pub(crate) use processes::Processes;
pub(crate) use rpc::{Presence, PushReport, Pushed, Rpc};
pub(crate) use session::{Session, new_message};
pub(crate) use setup::{Hop, Setup};
pub(crate) use site::{GatewayAddress, Site};
pub(crate) use storage::{Size, Storage};
pub(crate) use test_cluster::TestCluster;
