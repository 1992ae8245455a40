//! Conversations: making them, who is in them, and reading them.

mod announce;
mod convert;
mod create;
mod edit;
mod members;
mod membership;
mod queries;
mod requests;
mod service;

pub(crate) mod policy;

pub(crate) use service::ConversationRpc;

use crate::fanout::{Fanout, GatewayLink};
use crate::repo::Repo;
use crate::signals::Receipts;

/// Everything about conversations but sending.
#[derive(Clone, Debug)]
pub(crate) struct Conversations {
    pub(crate) repo: Repo,
    pub(crate) fanout: Fanout,
    pub(crate) gateways: GatewayLink,
    pub(crate) receipts: Receipts,
}
