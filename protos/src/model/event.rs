//! What users are told while they are online.

use crate::ids::{ConversationId, MessageId, Seq, UserId};

use super::{Conversation, FriendRequest, Message, UserInfo};

/// What happened in chat, as it goes from logic to the sessions of those who may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// Somebody wrote.
    NewMessage(Message),
    /// A message is gone; its place stays.
    MessageRecalled {
        /// Where.
        conversation_id: ConversationId,
        /// Which.
        message_id: MessageId,
        /// Its place.
        seq: Seq,
        /// Who recalled it.
        operator_id: UserId,
        /// The conversation's count of changes, this one included.
        change: i64,
    },
    /// The receiver has a conversation more.
    ConversationCreated(Box<ConversationShown>),
    /// Name, avatar, description or owner are others now.
    ConversationUpdated(Box<ConversationShown>),
    /// It is gone, for all.
    ConversationDeleted(ConversationId),
    /// Users have joined.
    MembersAdded(MembersChanged),
    /// Users have left or were removed; those removed are told too.
    MembersRemoved(MembersChanged),
    /// A member has read up to here.
    ReadReceipt {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        user_id: UserId,
        /// Their read pointer.
        seq: Seq,
    },
    /// A device of the other member of a SINGLE has got everything up to here.
    DeliveryReceipt {
        /// Where.
        conversation_id: ConversationId,
        /// Whose device.
        user_id: UserId,
        /// Up to where, by the device's own word.
        seq: Seq,
    },
    /// A member begins or stops to write.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        user_id: UserId,
        /// False: they stopped.
        typing: bool,
    },
    /// A contact came or went.
    OnlineStatus {
        /// Who.
        user_id: UserId,
        /// False: they went.
        online: bool,
    },
    /// Somebody wants to be the receiver's friend.
    FriendRequested(FriendRequest),
    /// Somebody has become the receiver's friend.
    FriendAccepted {
        /// Who.
        user: UserInfo,
        /// The SINGLE conversation that this opened.
        conversation_id: ConversationId,
    },
    /// The receiver may have missed something in these conversations; none: in any.
    Resync(Vec<ConversationId>),
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationShown {
    /// For a SINGLE, name and avatar are the peer's.
    pub conversation: Conversation,
    /// SINGLE only: the other user.
    pub peer: Option<UserInfo>,
}

/// Who joined or left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersChanged {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_ids: Vec<UserId>,
    /// Who did it; the member themselves when they left.
    pub operator_id: UserId,
}

impl ChatEvent {
    /// True for what a later one of its kind makes worthless: under load these go first, messages never.
    #[must_use]
    pub fn is_signal(&self) -> bool {
        matches!(
            self,
            Self::ReadReceipt { .. }
                | Self::DeliveryReceipt { .. }
                | Self::Typing { .. }
                | Self::OnlineStatus { .. }
        )
    }
}
