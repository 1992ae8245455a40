//! What a user may know of users, and tell of themselves.

use protos::Result;
use protos::ids::UserId;
use protos::model::{User, UserInfo};
use protos::pb::logic as pb;
use protos::pb::logic::user_service_client::UserServiceClient;

use super::{LogicClient, call, convert};

impl LogicClient {
    /// The user's own profile.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, and transient ones.
    pub(crate) async fn profile(&self, user: &UserId) -> Result<User> {
        let request = pb::GetProfileRequest { user_id: user.to_string() };
        convert::user(call!(self.pool, idempotent(None), UserServiceClient, get_profile, request)?.user)
    }

    /// Users whose name begins with `query`; `limit` 0 is the default.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`, `INVALID_PARAMETER`.
    pub(crate) async fn search_users(
        &self,
        user: &UserId,
        query: String,
        limit: i32,
    ) -> Result<Vec<UserInfo>> {
        let request = pb::SearchUsersRequest { user_id: user.to_string(), query, limit };
        let found = call!(self.pool, idempotent(None), UserServiceClient, search_users, request)?;
        Ok(convert::infos(found.users))
    }

    /// Gives the user another picture; empty: none.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`, `INVALID_PARAMETER` for what is no http or https URL.
    pub(crate) async fn update_profile(&self, user: &UserId, avatar_url: String) -> Result<User> {
        let request = pb::UpdateProfileRequest { user_id: user.to_string(), avatar_url };
        convert::user(call!(self.pool, idempotent(None), UserServiceClient, update_profile, request)?.user)
    }
}
