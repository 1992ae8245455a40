//! Friends, friend requests and blocks.

mod convert;
mod friends;
mod policy;
mod service;

pub(crate) use friends::Friends;
pub(crate) use service::FriendRpc;
