//! Users and their passwords.

mod convert;
mod credential;
mod query;
mod row;
mod service;

pub(crate) use convert::{avatar_url, password_hash, user_ids};
pub(crate) use credential::Credentials;
pub(crate) use row::{UserInfoRow, UserRow, user_columns};
pub(crate) use service::Users;

pub(crate) use query::{by_id, newest_hash, set_password_hash, user_infos};
