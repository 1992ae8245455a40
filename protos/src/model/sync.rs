//! What a client that was away asks for, and what it lacks.

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::ids::{ConversationId, Seq, UserId};

use super::Message;
use super::limits::{SYNC_MAX_NAMED, SYNC_PAGE};

/// What a client has, and how much it takes at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncRequest {
    /// Whose client.
    pub user_id: UserId,
    /// Each conversation once; at most [`SYNC_MAX_NAMED`].
    pub positions: Vec<SyncPosition>,
    /// Messages in the answer, as [`SYNC_PAGE`] has it.
    pub limit: u32,
    /// Leaves out the user's conversations that are not named.
    pub partial: bool,
}

impl SyncRequest {
    /// What a client asked for; `limit` 0 is the default.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for too many positions, two of one conversation, and negative numbers.
    pub fn new(user_id: UserId, positions: Vec<SyncPosition>, limit: i32, partial: bool) -> Result<Self> {
        if positions.len() > SYNC_MAX_NAMED {
            return Err(Error::invalid(format!("a sync names at most {SYNC_MAX_NAMED} conversations")));
        }
        if positions.iter().any(|position| position.seq.0 < 0 || position.change < 0) {
            return Err(Error::invalid("seq and change must not be negative"));
        }
        let mut named = HashSet::new();
        if !positions.iter().all(|position| named.insert(&position.conversation_id)) {
            return Err(Error::invalid("a sync names each conversation once"));
        }
        Ok(Self { user_id, limit: SYNC_PAGE.clamp(limit)?, partial, positions })
    }
}

/// How far a client has a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPosition {
    /// Which.
    pub conversation_id: ConversationId,
    /// It has every message up to here.
    pub seq: Seq,
    /// It knows of every recall up to this one.
    pub change: i64,
}

/// What a client lacked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// The named ones in their order, then the others, newest activity first.
    pub conversations: Vec<SyncedConversation>,
    /// Named, and not for this user's eyes.
    pub gone: Vec<ConversationId>,
}

/// What a client lacked of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncedConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// Its last message.
    pub last_seq: Seq,
    /// What to name next time: its last change, or the last one told here where recalls were cut.
    pub change: i64,
    /// The user's read pointer.
    pub read: Seq,
    /// Messages or recalls were cut.
    pub has_more: bool,
    /// After the position, in order, without a gap.
    pub messages: Vec<Message>,
    /// Of messages up to the position, in the order in which they were recalled.
    pub recalls: Vec<Recall>,
}

/// A message was recalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// Its place.
    pub seq: Seq,
    /// Who recalled it.
    pub operator_id: UserId,
    /// The recall's number among those of the conversation.
    pub change: i64,
}
