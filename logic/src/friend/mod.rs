//! Friends, friend requests and blocks.

mod service;

pub(crate) use service::FriendRpc;
