//! Between the wire and the users' queries.

use std::collections::HashSet;

use protos::convert::text;
use protos::ids::UserId;
use protos::model::{User, UserStatus, limits};
use protos::pb::{repo as pb, types};
use protos::{Error, Reason, Result};

/// Longer than any bcrypt hash.
const HASH_MAX_BYTES: usize = 128;

/// A user to be stored.
#[derive(Debug)]
pub(super) struct NewUser {
    pub(super) username: String,
    pub(super) password_hash: String,
    pub(super) avatar_url: String,
    pub(super) is_guest: bool,
}

/// What is to be written; `None` stays as it is.
#[derive(Debug, Default)]
pub(super) struct UserChanges {
    pub(super) avatar_url: Option<String>,
    pub(super) status: Option<UserStatus>,
    pub(super) password_hash: Option<String>,
}

pub(super) fn new_user(request: pb::CreateUserRequest) -> Result<NewUser> {
    Ok(NewUser {
        username: username(request.username)?,
        password_hash: password_hash(request.password_hash)?,
        avatar_url: avatar_url(request.avatar_url)?,
        is_guest: request.is_guest,
    })
}

pub(super) fn changes(request: pb::UpdateUserRequest) -> Result<(UserId, UserChanges)> {
    let id = UserId::parse("user_id", request.user_id.as_str())?;
    let mut changes = UserChanges::default();
    if request.update_mask.is_empty() {
        return Err(Error::invalid("update_mask is empty"));
    }
    for field in &request.update_mask {
        match field.as_str() {
            "avatar_url" => changes.avatar_url = Some(avatar_url(request.avatar_url.clone())?),
            "password_hash" => changes.password_hash = Some(password_hash(request.password_hash.clone())?),
            "status" => changes.status = Some(status(request.status)?),
            _ => return Err(Error::invalid("update_mask names avatar_url, status and password_hash")),
        }
    }
    Ok((id, changes))
}

/// Distinct ids in order of first appearance.
pub(crate) fn user_ids(field: &str, ids: Vec<String>) -> Result<Vec<UserId>> {
    if ids.len() > limits::PUSH_MAX_USERS {
        return Err(Error::invalid(format!("at most {} {field} in one call", limits::PUSH_MAX_USERS)));
    }
    let mut seen = HashSet::new();
    let ids = ids.into_iter().map(|id| UserId::parse(field, id)).collect::<Result<Vec<_>>>()?;
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

pub(super) fn search_prefix(query: String) -> Result<String> {
    let prefix = text("query", query)?.trim().to_owned();
    if prefix.is_empty() {
        return Err(Error::invalid("query is empty"));
    }
    Ok(prefix)
}

pub(super) fn user(user: User) -> pb::UserResponse {
    pb::UserResponse { user: Some(user.into()) }
}

pub(super) fn users(users: Vec<User>) -> Vec<types::User> {
    users.into_iter().map(Into::into).collect()
}

fn username(value: String) -> Result<String> {
    let length = value.chars().count();
    let fits = (limits::USERNAME_MIN_CHARS..=limits::USERNAME_MAX_CHARS).contains(&length);
    if !fits || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::new(Reason::InvalidUsername, "a username has 3 to 32 characters and no space"));
    }
    Ok(value)
}

pub(crate) fn password_hash(value: String) -> Result<String> {
    if value.len() > HASH_MAX_BYTES {
        return Err(Error::invalid("password_hash is too long"));
    }
    text("password_hash", value)
}

pub(crate) fn avatar_url(value: String) -> Result<String> {
    if value.len() > limits::AVATAR_URL_MAX_BYTES {
        return Err(Error::invalid(format!("avatar_url has at most {} bytes", limits::AVATAR_URL_MAX_BYTES)));
    }
    text("avatar_url", value)
}

fn status(number: i32) -> Result<UserStatus> {
    match types::UserStatus::try_from(number) {
        Ok(types::UserStatus::Unspecified) | Err(_) => {
            Err(Error::invalid(format!("{number} is not a user's status")))
        }
        Ok(status) => Ok(status.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_writes_only_what_its_mask_names() {
        let request = pb::UpdateUserRequest {
            user_id: "u".into(),
            avatar_url: "a".into(),
            password_hash: "h".into(),
            status: 2,
            update_mask: vec!["status".into()],
        };
        let (_, changes) = changes(request.clone()).unwrap();
        assert_eq!(changes.status, Some(UserStatus::Disabled));
        assert!(changes.avatar_url.is_none() && changes.password_hash.is_none());
        for mask in [vec![], vec!["username".to_owned()]] {
            let refused = super::changes(pb::UpdateUserRequest { update_mask: mask, ..request.clone() });
            assert_eq!(refused.unwrap_err().reason(), Reason::InvalidParameter);
        }
    }

    #[test]
    fn ids_are_made_distinct_in_order() {
        let ids = user_ids("user_ids", ["b", "a", "b"].map(str::to_owned).to_vec()).unwrap();
        assert_eq!(ids, ["b".into(), "a".into()]);
        assert!(user_ids("user_ids", vec!["x".into(); limits::PUSH_MAX_USERS + 1]).is_err());
    }
}
