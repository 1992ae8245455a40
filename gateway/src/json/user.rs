//! Users.

use protos::model::{User, UserInfo};
use serde::Serialize;
use utoipa::ToSchema;

/// A user, as that user sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserJson<'a> {
    id: &'a str,
    username: &'a str,
    avatar_url: &'a str,
    is_guest: bool,
    /// 1 NORMAL, 2 DISABLED, 3 DELETED.
    #[schema(minimum = 1, maximum = 3)]
    status: i32,
    /// Unix seconds.
    created_at: i64,
    /// Unix seconds.
    updated_at: i64,
}

impl<'a> From<&'a User> for UserJson<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.as_str(),
            username: &user.username,
            avatar_url: &user.avatar_url,
            is_guest: user.is_guest,
            status: user.status as i32,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// The part of a user that others see.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserInfo)]
pub(crate) struct UserInfoJson<'a> {
    id: &'a str,
    username: &'a str,
    avatar_url: &'a str,
}

impl<'a> From<&'a UserInfo> for UserInfoJson<'a> {
    fn from(user: &'a UserInfo) -> Self {
        Self { id: user.id.as_str(), username: &user.username, avatar_url: &user.avatar_url }
    }
}

#[cfg(test)]
mod tests {
    use protos::model::UserStatus;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_has_the_contracts_fields() {
        let user = User {
            id: "u1".into(),
            username: "ann".into(),
            avatar_url: "a.png".into(),
            is_guest: true,
            status: UserStatus::Normal,
            created_at: 1,
            updated_at: 2,
        };
        let expected = json!({
            "id": "u1", "username": "ann", "avatarUrl": "a.png", "isGuest": true, "status": 1,
            "createdAt": 1, "updatedAt": 2,
        });
        assert_eq!(serde_json::to_value(UserJson::from(&user)).unwrap(), expected);
    }
}
