//! Who may ask whom: pure functions. What stands between the two already is decided in repo, under the lock of both.

use protos::ids::UserId;
use protos::model::limits::FRIEND_REQUEST_MAX_CHARS;
use protos::model::{User, UserStatus};
use protos::{Error, Result};

use crate::user::not_for_guests;

/// May one user ask another, who is `None` when there is nobody of that id?
///
/// # Errors
/// `GUEST_NOT_ALLOWED` for a guest who asks; `USER_NOT_FOUND` for a guest who is asked, as for who is gone.
pub(super) fn may_ask(from: &User, to: Option<&User>) -> Result<()> {
    not_for_guests(from.is_guest, "have friends")?;
    match to {
        Some(to) if !to.is_guest && to.status != UserStatus::Deleted => Ok(()),
        _ => Err(Error::user_not_found()),
    }
}

/// Is this what somebody may say with a request?
///
/// # Errors
/// `INVALID_PARAMETER` beyond 200 characters.
pub(super) fn check_message(message: &str) -> Result<()> {
    if message.chars().count() > FRIEND_REQUEST_MAX_CHARS {
        return Err(Error::invalid(format!("message has at most {FRIEND_REQUEST_MAX_CHARS} characters")));
    }
    Ok(())
}

/// Refuses what somebody does to themselves.
///
/// # Errors
/// `INVALID_PARAMETER`.
pub(super) fn two_users(one: &UserId, other: &UserId) -> Result<()> {
    if one == other {
        return Err(Error::invalid("nobody does this to themselves"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protos::Reason;

    use super::*;

    fn user(is_guest: bool, status: UserStatus) -> User {
        User {
            id: "u".into(),
            username: "name".into(),
            avatar_url: String::new(),
            is_guest,
            status,
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn guests_neither_ask_nor_are_asked() {
        let (user_of, normal) = (|guest| user(guest, UserStatus::Normal), user(false, UserStatus::Normal));
        let reason = |from: &User, to: Option<&User>| may_ask(from, to).map_err(|error| error.reason());
        assert_eq!(reason(&normal, Some(&normal)), Ok(()));
        assert_eq!(reason(&normal, Some(&user(false, UserStatus::Disabled))), Ok(()));
        assert_eq!(reason(&user_of(true), Some(&normal)), Err(Reason::GuestNotAllowed));
        assert_eq!(reason(&user_of(true), None), Err(Reason::GuestNotAllowed));
        assert_eq!(reason(&normal, Some(&user_of(true))), Err(Reason::UserNotFound));
        assert_eq!(reason(&normal, Some(&user(false, UserStatus::Deleted))), Err(Reason::UserNotFound));
        assert_eq!(reason(&normal, None), Err(Reason::UserNotFound));
    }

    #[test]
    fn a_message_is_counted_in_characters() {
        assert!(check_message("").is_ok());
        assert!(check_message(&"界".repeat(200)).is_ok());
        assert_eq!(check_message(&"x".repeat(201)).unwrap_err().reason(), Reason::InvalidParameter);
    }

    #[test]
    fn nobody_asks_themselves() {
        assert!(two_users(&"a".into(), &"b".into()).is_ok());
        assert_eq!(two_users(&"a".into(), &"a".into()).unwrap_err().reason(), Reason::InvalidParameter);
    }
}
