//! Friendships, friend requests and blocks. Whatever is between two users changes under the lock of both ([`pair`]).

mod block;
mod convert;
mod friendship;
mod pair;
mod request;
mod service;

pub(crate) use block::apply_to_new_single;
pub(crate) use pair::lock_pair;
pub(crate) use service::Friends;
