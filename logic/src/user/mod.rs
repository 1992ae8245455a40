//! What a signed-in user may know of users.

mod convert;
mod queries;
mod service;

pub(crate) use queries::Users;
pub(crate) use service::UserRpc;
