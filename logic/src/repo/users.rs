//! Users.

use protos::convert::required;
use protos::ids::UserId;
use protos::model::User;
use protos::pb::repo::user_service_client::UserServiceClient;
use protos::pb::repo::{
    CreateUserRequest, GetUserByUsernameRequest, GetUserRequest, GetUsersRequest, SearchUsersRequest,
    UpdateUserRequest, VerifyPasswordRequest,
};
use protos::{Reason, Result};

use super::{Repo, client};

/// A user to be stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewUser {
    pub(crate) username: String,
    /// Empty: cannot sign in with a password.
    pub(crate) password_hash: String,
    pub(crate) avatar_url: String,
    pub(crate) is_guest: bool,
}

impl Repo {
    /// Stores a user; `USER_ALREADY_EXISTS` when the name is taken.
    pub(crate) async fn create_user(&self, user: NewUser) -> Result<User> {
        let request = CreateUserRequest {
            username: user.username,
            password_hash: user.password_hash,
            avatar_url: user.avatar_url,
            is_guest: user.is_guest,
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).create_user(request).await }
        };
        Ok(required("the user", self.0.once(call).await?.user)?.into())
    }

    /// One user; `USER_NOT_FOUND` when there is none.
    pub(crate) async fn user(&self, user_id: &UserId) -> Result<User> {
        let request = GetUserRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).get_user(request).await }
        };
        Ok(required("the user", self.0.idempotent(None, call).await?.user)?.into())
    }

    /// Those of the users that exist.
    pub(crate) async fn users(&self, user_ids: &[UserId]) -> Result<Vec<User>> {
        let request = GetUsersRequest { user_ids: user_ids.iter().map(ToString::to_string).collect() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).get_users(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.users.into_iter().map(Into::into).collect())
    }

    /// The user of that (mapped) name, if there is one.
    pub(crate) async fn user_by_username(&self, username: &str) -> Result<Option<User>> {
        let request = GetUserByUsernameRequest { username: username.to_owned() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).get_user_by_username(request).await }
        };
        match self.0.idempotent(None, call).await {
            Ok(answer) => Ok(Some(required("the user", answer.user)?.into())),
            Err(error) if error.reason() == Reason::UserNotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether that is the user's password; takes as long for a user that does not exist.
    pub(crate) async fn verify_password(&self, user_id: &UserId, password: &str) -> Result<bool> {
        let request = VerifyPasswordRequest { user_id: user_id.to_string(), password: password.to_owned() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).verify_password(request).await }
        };
        Ok(self.0.idempotent(None, call).await?.valid)
    }

    /// Gives a user another picture.
    pub(crate) async fn set_avatar(&self, user_id: &UserId, avatar_url: &str) -> Result<User> {
        let request = UpdateUserRequest {
            user_id: user_id.to_string(),
            avatar_url: avatar_url.to_owned(),
            update_mask: vec!["avatar_url".to_owned()],
            ..UpdateUserRequest::default()
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).update_user(request).await }
        };
        Ok(required("the user", self.0.idempotent(None, call).await?.user)?.into())
    }

    /// Users whose name begins with `query`.
    pub(crate) async fn search_users(&self, query: &str, limit: u32) -> Result<Vec<User>> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let request = SearchUsersRequest { query: query.to_owned(), limit };
        let call = |channel| {
            let request = request.clone();
            async move { client!(UserServiceClient, channel).search_users(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.users.into_iter().map(Into::into).collect())
    }
}
