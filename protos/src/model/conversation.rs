//! Conversations and their members.

use crate::ids::{ConversationId, Seq, UserId};

use super::{Message, UserInfo};

/// The numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum ConversationType {
    /// Two users; there is one for each pair.
    Single = 1,
    /// A named group with roles.
    Group = 2,
    /// The one room that everybody may join.
    World = 3,
}

/// What a member may do, in rising order. The numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum Role {
    /// Reads and writes.
    Member = 1,
    /// Also changes the group and its members.
    Admin = 2,
    /// Also passes ownership on and closes the group. There is one.
    Owner = 3,
}

/// A conversation, without what differs from member to member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// What kind.
    pub kind: ConversationType,
    /// Empty for a SINGLE, which bears the other user's name.
    pub name: String,
    /// Empty when there is none.
    pub avatar_url: String,
    /// Empty when there is none.
    pub description: String,
    /// Only a group has one.
    pub owner_id: Option<UserId>,
    /// How many members.
    pub member_count: i32,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last change to name, avatar, description or owner.
    pub updated_at: i64,
}

/// A user in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserInfo,
    /// What they may do.
    pub role: Role,
    /// May read but not write.
    pub muted: bool,
    /// Unix seconds.
    pub joined_at: i64,
    /// Their read pointer.
    pub last_read: Seq,
}

/// A conversation as one member sees it: a row of their list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationDetails {
    /// The conversation. For a SINGLE, name and avatar are the other user's.
    pub conversation: Conversation,
    /// The member's own membership.
    pub membership: Member,
    /// `None` while nobody has written, or when it was not asked for.
    pub last_message: Option<Message>,
    /// Last seq − read pointer.
    pub unread_count: i64,
    /// Unix seconds of the last message, or of creation.
    pub last_activity_at: i64,
    /// SINGLE only: the other user.
    pub peer: Option<UserInfo>,
    /// The last message's place; 0 while nobody has written.
    pub last_seq: Seq,
}
