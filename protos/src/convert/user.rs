//! Users and sign-ins.

use crate::model::{SignIn, User, UserInfo, UserStatus};
use crate::pb::{repo, types};

impl From<UserStatus> for types::UserStatus {
    fn from(status: UserStatus) -> Self {
        match status {
            UserStatus::Normal => Self::Normal,
            UserStatus::Disabled => Self::Disabled,
            UserStatus::Deleted => Self::Deleted,
        }
    }
}

impl From<types::UserStatus> for UserStatus {
    /// A status of a later version shuts out rather than lets in.
    fn from(status: types::UserStatus) -> Self {
        match status {
            types::UserStatus::Normal => Self::Normal,
            types::UserStatus::Deleted => Self::Deleted,
            types::UserStatus::Disabled | types::UserStatus::Unspecified => Self::Disabled,
        }
    }
}

impl From<User> for types::User {
    fn from(user: User) -> Self {
        Self {
            id: user.id.into(),
            username: user.username,
            avatar_url: user.avatar_url,
            is_guest: user.is_guest,
            status: types::UserStatus::from(user.status).into(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<types::User> for User {
    fn from(user: types::User) -> Self {
        let status = user.status().into();
        Self {
            id: user.id.into(),
            username: user.username,
            avatar_url: user.avatar_url,
            is_guest: user.is_guest,
            status,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<UserInfo> for types::UserInfo {
    fn from(user: UserInfo) -> Self {
        Self { id: user.id.into(), username: user.username, avatar_url: user.avatar_url }
    }
}

impl From<types::UserInfo> for UserInfo {
    fn from(user: types::UserInfo) -> Self {
        Self { id: user.id.into(), username: user.username, avatar_url: user.avatar_url }
    }
}

impl From<SignIn> for repo::SignIn {
    fn from(sign_in: SignIn) -> Self {
        Self {
            id: sign_in.id.into(),
            user_id: sign_in.user_id.into(),
            client_info: sign_in.client_info,
            created_at: sign_in.created_at,
            last_used_at: sign_in.last_used_at,
            expires_at: sign_in.expires_at,
            ended_at: sign_in.ended_at.unwrap_or(0),
        }
    }
}

impl From<repo::SignIn> for SignIn {
    fn from(sign_in: repo::SignIn) -> Self {
        Self {
            id: sign_in.id.into(),
            user_id: sign_in.user_id.into(),
            client_info: sign_in.client_info,
            created_at: sign_in.created_at,
            last_used_at: sign_in.last_used_at,
            expires_at: sign_in.expires_at,
            ended_at: (sign_in.ended_at != 0).then_some(sign_in.ended_at),
        }
    }
}
