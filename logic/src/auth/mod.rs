//! Who someone is: accounts, sign-ins and their tokens.

mod convert;
mod credentials;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod service;
mod sign_in;
mod sign_ins;
mod tokens;
mod username;

pub(crate) use credentials::Credentials;
#[cfg(any(test, feature = "fuzzing"))]
pub use fuzzing::{tokens, usernames};
pub(crate) use service::AuthRpc;
pub(crate) use sign_in::Auth;
pub(crate) use tokens::Tokens;
pub(crate) use username::map_query;
