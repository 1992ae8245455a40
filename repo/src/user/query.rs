//! What is asked of the table of users.

use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::ids::UserId;
use protos::model::{User, UserInfo, UserStatus};
use protos::{Error, Reason};

use super::convert::{NewUser, UserChanges};
use super::row::{UserInfoRow, UserRow, user_columns};
use crate::store::{DbConnection, StoreResult, list, sql};

/// Stores a user.
///
/// # Errors
/// `USER_ALREADY_EXISTS` when the name is taken, letter case aside.
pub(super) fn create(connection: &mut DbConnection, new: &NewUser, now: i64) -> StoreResult<User> {
    let created = sql(concat!(
        "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (username_key) DO NOTHING RETURNING ",
        user_columns!()
    ))
    .bind::<Text, _>(UserId::generate().as_str())
    .bind::<Text, _>(&new.username)
    .bind::<Text, _>(key_of(&new.username))
    .bind::<Text, _>(&new.password_hash)
    .bind::<Text, _>(&new.avatar_url)
    .bind::<Bool, _>(new.is_guest)
    .bind::<Integer, _>(UserStatus::Normal as i32)
    .bind::<BigInt, _>(now)
    .get_result::<UserRow>(connection)
    .optional()?;
    let taken = || Error::new(Reason::UserAlreadyExists, "this username is taken");
    Ok(created.ok_or_else(taken)?.into())
}

/// The user of that id.
pub(crate) fn by_id(connection: &mut DbConnection, id: &UserId) -> StoreResult<User> {
    let found = sql(concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1"))
        .bind::<Text, _>(id.as_str())
        .get_result::<UserRow>(connection)
        .optional()?;
    Ok(found.ok_or_else(Error::user_not_found)?.into())
}

/// The user of that name, letter case aside.
pub(super) fn by_username(connection: &mut DbConnection, username: &str) -> StoreResult<User> {
    let found = sql(concat!("SELECT ", user_columns!(), " FROM users WHERE username_key = $1"))
        .bind::<Text, _>(key_of(username))
        .get_result::<UserRow>(connection)
        .optional()?;
    Ok(found.ok_or_else(Error::user_not_found)?.into())
}

/// The users of these ids, in their order; unknown ones are left out.
pub(super) fn by_ids(connection: &mut DbConnection, ids: &[UserId]) -> StoreResult<Vec<User>> {
    let source = connection.dialect().texts("$1");
    let found = sql(format!(
        "SELECT {} FROM {source} JOIN users ON users.id = k.value ORDER BY k.key",
        user_columns!()
    ))
    .bind::<Text, _>(list(ids))
    .load::<UserRow>(connection)?;
    Ok(found.into_iter().map(User::from).collect())
}

/// What others see of these users, in the order of the ids; unknown and deleted ones are left out.
pub(crate) fn user_infos(connection: &mut DbConnection, ids: &[UserId]) -> StoreResult<Vec<UserInfo>> {
    let source = connection.dialect().texts("$1");
    let found = sql(format!(
        "SELECT users.id AS user_id, users.username, users.avatar_url
         FROM {source} JOIN users ON users.id = k.value WHERE users.status <> $2 ORDER BY k.key"
    ))
    .bind::<Text, _>(list(ids))
    .bind::<Integer, _>(UserStatus::Deleted as i32)
    .load::<UserInfoRow>(connection)?;
    Ok(found.into_iter().map(UserInfo::from).collect())
}

/// Writes what `changes` holds.
pub(super) fn update(
    connection: &mut DbConnection,
    id: &UserId,
    changes: &UserChanges,
    now: i64,
) -> StoreResult<User> {
    let updated = sql(concat!(
        "UPDATE users SET avatar_url = COALESCE($1, avatar_url), status = COALESCE($2, status),
             password_hash = COALESCE($3, password_hash), updated_at = $4
         WHERE id = $5 RETURNING ",
        user_columns!()
    ))
    .bind::<Nullable<Text>, _>(&changes.avatar_url)
    .bind::<Nullable<Integer>, _>(changes.status.map(|status| status as i32))
    .bind::<Nullable<Text>, _>(&changes.password_hash)
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(id.as_str())
    .get_result::<UserRow>(connection)
    .optional()?;
    Ok(updated.ok_or_else(Error::user_not_found)?.into())
}

/// Writes a new password hash.
///
/// # Errors
/// `USER_NOT_FOUND`.
pub(crate) fn set_password_hash(
    connection: &mut DbConnection,
    id: &UserId,
    password_hash: &str,
    now: i64,
) -> StoreResult<()> {
    let changes = UserChanges { password_hash: Some(password_hash.to_owned()), ..UserChanges::default() };
    update(connection, id, &changes, now).map(drop)
}

/// Users who may sign in and whose name begins with `prefix`, letter case aside, in the order of their names; no guests.
pub(super) fn search(connection: &mut DbConnection, prefix: &str, limit: u32) -> StoreResult<Vec<User>> {
    // A range needs no escaping, as a pattern would. No name holds the last code point.
    let from = key_of(prefix);
    let until = format!("{from}{}", char::MAX);
    let found = sql(concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE NOT is_guest AND username_key >= $1 AND username_key < $2 AND status = $3
         ORDER BY username_key LIMIT $4"
    ))
    .bind::<Text, _>(from)
    .bind::<Text, _>(until)
    .bind::<Integer, _>(UserStatus::Normal as i32)
    .bind::<BigInt, _>(i64::from(limit))
    .load::<UserRow>(connection)?;
    Ok(found.into_iter().map(User::from).collect())
}

#[derive(QueryableByName)]
struct HashRow {
    #[diesel(sql_type = Text)]
    password_hash: String,
}

/// The stored password hash; `None` for an unknown user and for one without a password.
pub(super) fn password_hash(connection: &mut DbConnection, id: &UserId) -> StoreResult<Option<String>> {
    let found = sql("SELECT password_hash FROM users WHERE id = $1")
        .bind::<Text, _>(id.as_str())
        .get_result::<HashRow>(connection)
        .optional()?;
    Ok(found.map(|row| row.password_hash).filter(|hash| !hash.is_empty()))
}

/// The hash that was made last, to know what hashes cost.
pub(crate) fn newest_hash(connection: &mut DbConnection) -> StoreResult<Option<String>> {
    let found = sql(
        "SELECT password_hash FROM users WHERE NOT is_guest AND password_hash <> '' ORDER BY id DESC LIMIT 1",
    )
    .get_result::<HashRow>(connection)
    .optional()?;
    Ok(found.map(|row| row.password_hash))
}

/// What makes a name unique.
fn key_of(username: &str) -> String {
    username.to_lowercase()
}
