//! Where somebody is signed in, and the ends of sign-ins: one by one, or all others with a new password.

use protos::ids::{SignInId, UserId};
use protos::model::SignIn;
use protos::model::limits::PASSWORD_MAX_BYTES;
use protos::{Error, Reason, Result};

use super::Auth;
use super::credentials::check_password;
use crate::detached::detached;
use crate::user::not_for_guests;

/// What changing a password takes. No `Debug`, so that none is ever logged.
#[derive(Clone)]
pub(crate) struct PasswordChange {
    pub(crate) user_id: UserId,
    pub(crate) old_password: String,
    pub(crate) new_password: String,
    /// The sign-in that lives on.
    pub(crate) keep: Option<SignInId>,
}

impl Auth {
    /// The user's living sign-ins, the one that was used last first.
    pub(crate) async fn sign_ins(&self, user_id: &UserId) -> Result<Vec<SignIn>> {
        self.repo.sign_ins_of(user_id).await
    }

    /// Ends one of the user's sign-ins and closes its sockets. Ending it again is no error.
    ///
    /// # Errors
    /// `NOT_FOUND` for a sign-in that is not there or another's.
    pub(crate) async fn end_sign_in(&self, user_id: UserId, id: SignInId) -> Result<()> {
        let auth = self.clone();
        detached(async move {
            if !auth.repo.end_sign_in(&id, &user_id).await? {
                return Err(Error::new(Reason::NotFound, "no such sign-in"));
            }
            auth.gateways.end_sign_ins(&user_id, &[id]).await;
            Ok(())
        })
        .await
    }

    /// Gives the user another password, ends their other sign-ins and closes those sockets.
    ///
    /// # Errors
    /// `GUEST_NOT_ALLOWED`, `WEAK_PASSWORD`, `INVALID_CREDENTIALS` when the old one is wrong, `RATE_LIMITED`.
    pub(crate) async fn change_password(&self, change: PasswordChange) -> Result<()> {
        let PasswordChange { user_id, old_password, new_password, keep } = change;
        not_for_guests(self.repo.user(&user_id).await?.is_guest, "have passwords")?;
        check_password(&new_password)?;
        let fits = old_password.len() <= PASSWORD_MAX_BYTES;
        if !fits || !self.repo.verify_password(&user_id, &old_password).await? {
            return Err(Error::new(Reason::InvalidCredentials, "the old password is wrong"));
        }
        let password_hash = self.credentials.hash(new_password).await?;
        let auth = self.clone();
        detached(async move {
            let ended = auth.repo.change_password(&user_id, &password_hash, keep.as_ref()).await?;
            auth.gateways.end_sign_ins(&user_id, &ended).await;
            Ok(())
        })
        .await
    }
}
