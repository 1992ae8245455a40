//! Profiles and search.

use protos::Result;
use protos::ids::UserId;
use protos::model::{User, UserInfo};

use super::{check_avatar_url, not_for_guests};
use crate::auth::map_query;
use crate::conversation::policy;
use crate::repo::Repo;

/// Looks users up, and writes what they tell of themselves.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    pub(crate) repo: Repo,
}

impl Users {
    /// One's own profile.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`.
    pub(crate) async fn profile(&self, user_id: &UserId) -> Result<User> {
        self.repo.user(user_id).await
    }

    /// Users whose name begins with `query`.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`; `USER_NOT_FOUND` when the asker does not exist.
    pub(crate) async fn search(&self, asker: &UserId, query: &str, limit: u32) -> Result<Vec<UserInfo>> {
        policy::may_search_users(self.repo.user(asker).await?.is_guest)?;
        // No name is that long.
        let Some(query) = map_query(query) else { return Ok(Vec::new()) };
        let found = self.repo.search_users(&query, limit).await?;
        Ok(found.into_iter().map(|user| user.info()).collect())
    }

    /// Gives the user another picture, or with an empty URL none.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`, `INVALID_PARAMETER`, `USER_NOT_FOUND`.
    pub(crate) async fn update_profile(&self, user_id: &UserId, avatar_url: &str) -> Result<User> {
        check_avatar_url(avatar_url)?;
        not_for_guests(self.repo.user(user_id).await?.is_guest, "edit a profile")?;
        self.repo.set_avatar(user_id, avatar_url).await
    }
}
