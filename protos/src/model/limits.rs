//! The limits that the contract names, and how a page's size is read.

use crate::error::{Error, Result};

/// Shortest username, in characters.
pub const USERNAME_MIN_CHARS: usize = 3;
/// Longest username, in characters.
pub const USERNAME_MAX_CHARS: usize = 32;
/// Shortest password, in characters.
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Longest password, in bytes: bcrypt reads 72 with its closing NUL, and nothing is ever cut off.
pub const PASSWORD_MAX_BYTES: usize = 71;
/// Content plus extra of a message, in bytes of UTF-8.
pub const MESSAGE_MAX_BYTES: usize = 32 * 1024;
/// A client's own key of a message, in bytes.
pub const CLIENT_MSG_ID_MAX_BYTES: usize = 128;
/// Members of a group.
pub const GROUP_MAX_MEMBERS: usize = 2_000;
/// Up to this size a group tells its members' read pointers.
pub const READ_POINTERS_MAX_MEMBERS: i32 = 100;
/// Users in one `PushToUsers`.
pub const PUSH_MAX_USERS: usize = 10_000;
/// Contacts of a user who are told when the user comes and goes.
pub const CONTACTS_MAX: u32 = 5_000;
/// Tokens, sign-ins or users that are looked up in one call for those who connect.
pub const CONNECTS_AT_ONCE: usize = 1_000;
/// Contacts that one answer tells, of many users; at least [`CONTACTS_MAX`].
pub const CONTACTS_AT_ONCE: usize = 100_000;
/// Users in one `WatchPresence`.
pub const WATCH_MAX_USERS: usize = 10_000;
/// Ids that a debt names; beyond, it is everybody's.
pub const DEBT_MAX_IDS: usize = 10_000;
/// JSON text of a pushed event's data, in bytes.
pub const PUSH_MAX_DATA_BYTES: usize = 64 * 1024;
/// A pushed event's type, in characters.
pub const PUSH_TYPE_MAX_CHARS: usize = 64;
/// How long a push may be kept for a user who is away, in seconds: 30 days.
pub const PUSH_MAX_TTL_SECONDS: i32 = 30 * 24 * 60 * 60;
/// Pushes in one call about pushes.
pub const PUSHES_AT_ONCE: usize = 256;
/// Users whose kept pushes are read in one call.
pub const PUSH_PAGE_USERS: usize = 100;
/// Conversations that one `sync` names.
pub const SYNC_MAX_NAMED: usize = 1_000;
/// A WebSocket frame, in bytes.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;
/// A name of a conversation, in characters.
pub const CONVERSATION_NAME_MAX_CHARS: usize = 100;
/// A description of a conversation, in characters.
pub const DESCRIPTION_MAX_CHARS: usize = 1_000;
/// An avatar's URL, in bytes.
pub const AVATAR_URL_MAX_BYTES: usize = 2_048;
/// What somebody says with a friend request, in characters.
pub const FRIEND_REQUEST_MAX_CHARS: usize = 200;
/// Users whose presence is asked for in one HTTP call.
pub const ONLINE_MAX_USERS: usize = 100;
/// What a client says it is, in bytes; the rest is cut off.
pub const CLIENT_INFO_MAX_BYTES: usize = 256;

/// A list's default and greatest size.
#[derive(Clone, Copy, Debug)]
pub struct PageSize {
    /// Taken for 0.
    pub default: u32,
    /// A greater wish is lowered to it.
    pub max: u32,
}

/// Conversations, and whatever has no size of its own.
pub const LIST_PAGE: PageSize = PageSize { default: 20, max: 100 };
/// Messages.
pub const MESSAGE_PAGE: PageSize = PageSize { default: 50, max: 200 };
/// Members.
pub const MEMBER_PAGE: PageSize = PageSize { default: 20, max: 500 };
/// Messages in the answer to one `sync`.
pub const SYNC_PAGE: PageSize = PageSize { default: 200, max: 1_000 };
/// Users found by a search.
pub const SEARCH_PAGE: PageSize = PageSize { default: 10, max: 20 };

impl PageSize {
    /// The size that a caller's wish comes to.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for a negative wish.
    pub fn clamp(self, wish: i32) -> Result<u32> {
        match u32::try_from(wish) {
            Err(_) => Err(Error::invalid("a size must not be negative")),
            Ok(0) => Ok(self.default),
            Ok(size) => Ok(size.min(self.max)),
        }
    }
}

/// The row to begin at for a page that counts from 1; 0 (absent) is the first.
///
/// # Errors
/// `INVALID_PARAMETER` for a negative page.
pub fn page_offset(page: i32, size: u32) -> Result<i64> {
    if page < 0 {
        return Err(Error::invalid("page must not be negative"));
    }
    Ok(i64::from(page.max(1) - 1) * i64::from(size))
}

/// Checks an offset that counts from 0.
///
/// # Errors
/// `INVALID_PARAMETER` for a negative offset.
pub fn offset(offset: i32) -> Result<i64> {
    u32::try_from(offset).map(i64::from).map_err(|_| Error::invalid("offset must not be negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_default_clamp_and_refuse() {
        assert_eq!(LIST_PAGE.clamp(0).unwrap(), 20);
        assert_eq!(LIST_PAGE.clamp(7).unwrap(), 7);
        assert_eq!(LIST_PAGE.clamp(i32::MAX).unwrap(), 100);
        assert!(LIST_PAGE.clamp(-1).is_err());
    }

    #[test]
    fn pages_count_from_one() {
        assert_eq!(page_offset(0, 20).unwrap(), 0);
        assert_eq!(page_offset(1, 20).unwrap(), 0);
        assert_eq!(page_offset(3, 20).unwrap(), 40);
        assert_eq!(page_offset(i32::MAX, 100).unwrap(), 214_748_364_600);
        assert!(page_offset(-1, 20).is_err());
    }
}
