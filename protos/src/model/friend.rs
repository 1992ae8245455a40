//! Friends.

use crate::ids::FriendRequestId;

use super::UserInfo;

/// How a friend request stands. The numbers are the database's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum FriendRequestStatus {
    /// Not answered yet.
    Pending = 1,
    /// They are friends now, or were.
    Accepted = 2,
    /// Refused.
    Rejected = 3,
}

impl FriendRequestStatus {
    /// The status as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Rejected].into_iter().find(|status| status.as_str() == text)
    }
}

/// One user's wish to be another's friend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendRequest {
    /// Which.
    pub id: FriendRequestId,
    /// Who asks.
    pub from: UserInfo,
    /// Whom.
    pub to: UserInfo,
    /// A line of the asker's; may be empty.
    pub message: String,
    /// How it stands.
    pub status: FriendRequestStatus,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
}
