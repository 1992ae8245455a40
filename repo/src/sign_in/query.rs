//! What is asked of the table of sign-ins.

use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};
use protos::ids::{SignInId, UserId};
use protos::model::{SignIn, User};
use protos::{Error, Reason};

use super::convert::{NewSignIn, PasswordChange, Spending};
use super::rotation::{Presented, Rotation, Tokens, decide};
use crate::store::{DbConnection, StoreResult, list, sql};
use crate::user::{UserRow, set_password_hash, user_columns, user_infos};

/// A list of sign-ins ends here.
const MAX_LISTED: i64 = 500;
/// Sign-ins that ended so many seconds ago are told again, to a caller who may not have heard the first answer.
const TOLD_AGAIN: i64 = 60;

/// A sign-in with its user.
#[derive(Debug, QueryableByName)]
struct SignInRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    client_info: String,
    #[diesel(sql_type = Text)]
    current_hash: String,
    #[diesel(sql_type = Text)]
    previous_hash: String,
    #[diesel(sql_type = BigInt)]
    rotated_at_ms: i64,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
    #[diesel(sql_type = BigInt)]
    last_used_at: i64,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<i64>,
    #[diesel(sql_type = Bool)]
    in_world: bool,
    #[diesel(embed)]
    user: UserRow,
}

impl SignInRow {
    fn tokens(&self) -> Tokens {
        Tokens {
            current: self.current_hash.clone(),
            previous: self.previous_hash.clone(),
            rotated_at_ms: self.rotated_at_ms,
            expires_at: self.expires_at,
            ended: self.ended_at.is_some(),
        }
    }

    fn into_model(self) -> (SignIn, User) {
        let user = User::from(self.user);
        let sign_in = SignIn {
            id: self.id.into(),
            user_id: user.id.clone(),
            client_info: self.client_info,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            ended_at: self.ended_at,
        };
        (sign_in, user)
    }
}

/// What a query for [`SignInRow`]s begins with.
macro_rules! sign_in_select {
    () => {
        concat!(
            "SELECT s.id, s.client_info, s.current_hash, s.previous_hash, s.rotated_at_ms, s.created_at, \
             s.last_used_at, s.expires_at, s.ended_at, w.user_id IS NOT NULL AS in_world, ",
            user_columns!(),
            " FROM sign_ins s JOIN users ON users.id = s.user_id
             LEFT JOIN conversation_members w ON w.conversation_id = 'world' AND w.user_id = s.user_id"
        )
    };
}

fn find(connection: &mut DbConnection, id: &SignInId) -> StoreResult<Option<SignInRow>> {
    let row = sql(concat!(sign_in_select!(), " WHERE s.id = $1"))
        .bind::<Text, _>(id.as_str())
        .get_result::<SignInRow>(connection)
        .optional()?;
    Ok(row)
}

pub(super) fn not_found() -> Error {
    Error::new(Reason::NotFound, "no such sign-in")
}

/// The sign-in, dead or alive, and its user.
pub(super) fn get(connection: &mut DbConnection, id: &SignInId) -> StoreResult<(SignIn, User)> {
    Ok(find(connection, id)?.ok_or_else(not_found)?.into_model())
}

/// The same, and whether the user has joined WORLD, of many; what is not there is left out.
pub(super) fn get_with_world(
    connection: &mut DbConnection,
    ids: &[SignInId],
) -> StoreResult<Vec<((SignIn, User), bool)>> {
    let named = connection.dialect().among("s.id", "$1");
    let rows = sql(format!("{} WHERE {named}", sign_in_select!()))
        .bind::<Text, _>(list(ids))
        .load::<SignInRow>(connection)?;
    let with_world = |row: SignInRow| {
        let in_world = row.in_world;
        (row.into_model(), in_world)
    };
    Ok(rows.into_iter().map(with_world).collect())
}

/// Stores a sign-in. The same one again is the first: its caller may not have heard of it.
pub(super) fn create(
    connection: &mut DbConnection,
    new: &NewSignIn,
    now: i64,
) -> StoreResult<(SignIn, User)> {
    connection.transaction(|connection| {
        if user_infos(connection, std::slice::from_ref(&new.user_id))?.is_empty() {
            return Err(Error::user_not_found().into());
        }
        sql("INSERT INTO sign_ins (id, user_id, client_info, current_hash, previous_hash, rotated_at_ms, created_at,
                 last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, '', 0, $5, $5, $6) ON CONFLICT (id) DO NOTHING")
        .bind::<Text, _>(new.id.as_str())
        .bind::<Text, _>(new.user_id.as_str())
        .bind::<Text, _>(&new.client_info)
        .bind::<Text, _>(&new.token_hash)
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(new.expires_at)
        .execute(connection)?;
        let stored = find(connection, &new.id)?.ok_or_else(not_found)?;
        if stored.current_hash != new.token_hash {
            return Err(Error::invalid("this sign_in_id is taken").into());
        }
        Ok(stored.into_model())
    })
}

/// Spends a refresh token under the row's lock. The second half is absent for an unknown sign-in.
pub(super) fn rotate(
    connection: &mut DbConnection,
    spending: &Spending,
    now_ms: i64,
) -> StoreResult<(Rotation, Option<(SignIn, User)>)> {
    connection.transaction(|connection| {
        lock(connection, &spending.id)?;
        let Some(row) = find(connection, &spending.id)? else { return Ok((Rotation::Ended, None)) };
        let presented =
            Presented { hash: &spending.presented_hash, grace_ms: spending.grace_seconds * 1_000, now_ms };
        let rotation = decide(&row.tokens(), &presented);
        let now = now_ms.div_euclid(1_000);
        match &rotation {
            Rotation::Rotate { previous, rotated_at_ms } => {
                replace_token(connection, spending, previous, *rotated_at_ms, now)?;
            }
            Rotation::Reused => {
                end_row(connection, &spending.id, now)?;
            }
            Rotation::Ended => {}
        }
        Ok((rotation, find(connection, &spending.id)?.map(SignInRow::into_model)))
    })
}

fn lock(connection: &mut DbConnection, id: &SignInId) -> StoreResult<()> {
    let lock_rows = connection.dialect().lock_rows();
    sql(format!("SELECT id FROM sign_ins WHERE id = $1{lock_rows}"))
        .bind::<Text, _>(id.as_str())
        .execute(connection)?;
    Ok(())
}

fn replace_token(
    connection: &mut DbConnection,
    spending: &Spending,
    previous: &str,
    rotated_at_ms: i64,
    now: i64,
) -> StoreResult<()> {
    sql("UPDATE sign_ins SET current_hash = $1, previous_hash = $2, rotated_at_ms = $3, expires_at = $4, last_used_at = $5
         WHERE id = $6")
    .bind::<Text, _>(&spending.successor_hash)
    .bind::<Text, _>(previous)
    .bind::<BigInt, _>(rotated_at_ms)
    .bind::<BigInt, _>(spending.successor_expires_at)
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(spending.id.as_str())
    .execute(connection)?;
    Ok(())
}

fn end_row(connection: &mut DbConnection, id: &SignInId, now: i64) -> StoreResult<bool> {
    let ended = sql("UPDATE sign_ins SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL")
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(id.as_str())
        .execute(connection)?;
    Ok(ended == 1)
}

/// Ends a user's sign-in; false when it had ended before.
pub(super) fn end(
    connection: &mut DbConnection,
    id: &SignInId,
    owner: &UserId,
    now: i64,
) -> StoreResult<bool> {
    let (sign_in, _) = get(connection, id)?;
    if sign_in.user_id != *owner {
        return Err(not_found().into());
    }
    end_row(connection, id, now)
}

/// A user's living sign-ins, the one that was used last first.
pub(super) fn living(connection: &mut DbConnection, user: &UserId, now: i64) -> StoreResult<Vec<SignIn>> {
    let rows = sql(concat!(
        sign_in_select!(),
        " WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2
         ORDER BY s.last_used_at DESC, s.id DESC LIMIT $3"
    ))
    .bind::<Text, _>(user.as_str())
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(MAX_LISTED)
    .load::<SignInRow>(connection)?;
    Ok(rows.into_iter().map(|row| row.into_model().0).collect())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Stores a new password hash and ends every other sign-in of the user; answers which ended now or a moment ago.
pub(super) fn change_password(
    connection: &mut DbConnection,
    change: &PasswordChange,
    now: i64,
) -> StoreResult<Vec<SignInId>> {
    connection.transaction(|connection| {
        set_password_hash(connection, &change.user_id, &change.password_hash, now)?;
        let keep = change.keep.as_ref().map(SignInId::as_str).unwrap_or_default();
        sql("UPDATE sign_ins SET ended_at = $1 WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(change.user_id.as_str())
            .bind::<Text, _>(keep)
            .execute(connection)?;
        let ended = sql("SELECT id FROM sign_ins WHERE user_id = $1 AND id <> $2 AND ended_at >= $3")
            .bind::<Text, _>(change.user_id.as_str())
            .bind::<Text, _>(keep)
            .bind::<BigInt, _>(now - TOLD_AGAIN)
            .load::<IdRow>(connection)?;
        Ok(ended.into_iter().map(|row| row.id.into()).collect())
    })
}
