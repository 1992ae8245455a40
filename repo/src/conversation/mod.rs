//! Conversations, their members and read pointers.

mod answers;
#[cfg(test)]
pub(crate) mod by_hand;
mod change;
mod convert;
mod create;
mod delete;
mod details;
mod edit;
mod leave;
mod list;
mod lock;
mod members;
mod operator;
mod read_pointer;
mod role;
mod roster;
mod row;
mod search;
mod service;
mod world;

pub(crate) use answers::Conversations;
pub(crate) use convert::conversation_ids;
pub(crate) use create::{open_single, single_between, single_key};
pub(crate) use lock::{Locked, lock, require_conversation, role_of};
pub(crate) use read_pointer::ReadPointers;
