//! Conversations, their members and read pointers.

mod answers;
mod change;
mod convert;
mod create;
mod details;
mod list;
mod lock;
mod members;
mod read_pointer;
mod role;
mod roster;
mod row;
mod service;
mod world;

pub(crate) use answers::Conversations;
pub(crate) use convert::conversation_ids;
pub(crate) use create::{open_single, single_between, single_key};
pub(crate) use lock::{Locked, is_member, lock, require_conversation};
pub(crate) use read_pointer::ReadPointers;
