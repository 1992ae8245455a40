//! Messages.

use crate::ids::{ClientMsgId, ConversationId, MessageId, Seq, UserId};

use super::{ConversationType, UserInfo};

/// The numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum MessageType {
    /// Plain text.
    Text = 1,
    /// `content` is an image's URL.
    Image = 2,
    /// `content` is a file's URL.
    File = 3,
    /// Written by the server: joins, leaves, renames.
    System = 4,
    /// `content` is a recording's URL.
    Voice = 5,
    /// `content` is a film's URL.
    Video = 6,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which; made from `conversation_id` and `seq`.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub sender: UserInfo,
    /// What kind.
    pub kind: MessageType,
    /// Empty once recalled.
    pub content: String,
    /// 1, 2, 3 … in its conversation.
    pub seq: Seq,
    /// The sender's own key.
    pub client_msg_id: ClientMsgId,
    /// Recalled: the row stays, the content is gone.
    pub deleted: bool,
    /// JSON text, or empty.
    pub extra: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
}

/// What storing a message came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMessage {
    /// The stored row; the first one when this was a repetition.
    pub message: Message,
    /// True when an earlier save with the same key had stored it.
    pub duplicate: bool,
    /// The member list's version when this save held the conversation's lock.
    pub member_version: i64,
    /// The conversation's type.
    pub conversation_type: ConversationType,
}

/// What recalling a message came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecalledMessage {
    /// What is left of it.
    pub message: Message,
    /// Who recalled it, the first time.
    pub operator_id: UserId,
    /// The recall's number among those of the conversation; the first one's when this was a repetition.
    pub change: i64,
    /// The member list's version when this held the conversation's lock.
    pub member_version: i64,
}
