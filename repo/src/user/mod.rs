//! Users and their passwords.

mod convert;
mod credential;
mod query;
mod row;
mod service;

pub(crate) use convert::{avatar_url, user_ids};
pub(crate) use credential::Credentials;
pub(crate) use row::{UserRow, user_columns};
pub(crate) use service::Users;

pub(crate) use query::{newest_hash, user_infos};
