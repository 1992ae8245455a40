//! The lock on what is between two users.

use diesel::RunQueryDsl;
use diesel::sql_types::{Integer, Text};
use protos::Error;
use protos::ids::UserId;
use protos::model::{UserInfo, UserStatus};

use crate::store::{DbConnection, StoreResult, list, sql};
use crate::user::UserInfoRow;

/// Locks two users until the transaction ends, in the order of their ids: nobody else makes them friends, blocks one for the other or
/// opens their SINGLE meanwhile. It is taken before a conversation's lock.
///
/// # Errors
/// `USER_NOT_FOUND` when one is not there, or not any more.
pub(crate) fn lock_pair(
    connection: &mut DbConnection,
    one: &UserId,
    other: &UserId,
) -> StoreResult<[UserInfo; 2]> {
    let dialect = connection.dialect();
    let (either, lock_rows) = (dialect.among("users.id", "$1"), dialect.lock_rows());
    let rows = sql(format!(
        "SELECT users.id AS user_id, users.username, users.avatar_url FROM users
         WHERE {either} AND users.status <> $2 ORDER BY users.id{lock_rows}"
    ))
    .bind::<Text, _>(list([one, other]))
    .bind::<Integer, _>(UserStatus::Deleted as i32)
    .load::<UserInfoRow>(connection)?;
    let found: Vec<UserInfo> = rows.into_iter().map(UserInfo::from).collect();
    let pick = |id: &UserId| found.iter().find(|user| user.id == *id).cloned();
    match (pick(one), pick(other)) {
        (Some(one), Some(other)) => Ok([one, other]),
        _ => Err(Error::user_not_found().into()),
    }
}
