//! What a signed-in user may know of users, and tell of themselves.

mod convert;
mod policy;
mod queries;
mod service;

pub(crate) use policy::{check_avatar_url, not_for_guests};
pub(crate) use queries::Users;
pub(crate) use service::UserRpc;
