//! Users and their sign-ins.

use crate::ids::{SignInId, UserId};

/// Whether a user may sign in. The numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum UserStatus {
    /// May.
    Normal = 1,
    /// Shut out by an operator.
    Disabled = 2,
    /// Gone; the row stays, because messages name it.
    Deleted = 3,
}

/// A user, as that user and the services see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// 3 to 32 characters, unique letter case aside.
    pub username: String,
    /// Empty when there is none.
    pub avatar_url: String,
    /// Signed in without registering.
    pub is_guest: bool,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
}

impl User {
    /// The part that others see.
    #[must_use]
    pub fn info(&self) -> UserInfo {
        UserInfo { id: self.id.clone(), username: self.username.clone(), avatar_url: self.avatar_url.clone() }
    }
}

/// The part of a user that others see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInfo {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub username: String,
    /// Empty when there is none.
    pub avatar_url: String,
}

/// One sign-in: the tokens that descend from one login live and die with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Which; the `sid` claim of its tokens.
    pub id: SignInId,
    /// Whose.
    pub user_id: UserId,
    /// What the client said it was.
    pub client_info: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last refresh, or of the sign-in.
    pub last_used_at: i64,
    /// Unix seconds; when its newest refresh token ends.
    pub expires_at: i64,
    /// Unix seconds; `None` while it lives.
    pub ended_at: Option<i64>,
}
