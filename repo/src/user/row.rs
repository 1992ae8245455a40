//! A user as a row.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use protos::model::{User, UserInfo, UserStatus};

/// What a query selects for a [`UserRow`].
macro_rules! user_columns {
    () => {
        "users.id AS user_id, users.username, users.avatar_url AS user_avatar_url, users.is_guest, \
         users.status AS user_status, users.created_at AS user_created_at, users.updated_at AS user_updated_at"
    };
}
pub(crate) use user_columns;

/// A user.
#[derive(Debug, QueryableByName)]
pub(crate) struct UserRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Text)]
    user_avatar_url: String,
    #[diesel(sql_type = Bool)]
    is_guest: bool,
    #[diesel(sql_type = Integer)]
    user_status: i32,
    #[diesel(sql_type = BigInt)]
    user_created_at: i64,
    #[diesel(sql_type = BigInt)]
    user_updated_at: i64,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.user_id.into(),
            username: row.username,
            avatar_url: row.user_avatar_url,
            is_guest: row.is_guest,
            status: status(row.user_status),
            created_at: row.user_created_at,
            updated_at: row.user_updated_at,
        }
    }
}

/// A status of a later version shuts out rather than lets in.
fn status(number: i32) -> UserStatus {
    [UserStatus::Normal, UserStatus::Deleted]
        .into_iter()
        .find(|status| *status as i32 == number)
        .unwrap_or(UserStatus::Disabled)
}

/// The part of a user that others see.
#[derive(Debug, QueryableByName)]
pub(crate) struct UserInfoRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Text)]
    avatar_url: String,
}

impl From<UserInfoRow> for UserInfo {
    fn from(row: UserInfoRow) -> Self {
        Self { id: row.user_id.into(), username: row.username, avatar_url: row.avatar_url }
    }
}
