//! What a client says that its device has got.

use std::time::Duration;

use kit::token_bucket::{Allowance, TokenBucket};
use protos::ids::{ConversationId, Seq, UserId};
use tokio::time::Instant;

use crate::logic::{Delivered, LogicClient, Signal};

/// What a session may tell; more is dropped: the next one says what it said.
const ALLOWED: Allowance = Allowance { burst: 100, one_every: Duration::from_millis(50) };

/// Tells logic what a device has got.
pub(super) struct Receiver {
    user: UserId,
    logic: LogicClient,
    bucket: TokenBucket,
}

impl Receiver {
    /// Of a session that begins.
    pub(super) fn new(user: UserId, logic: LogicClient) -> Self {
        Self { user, logic, bucket: TokenBucket::full(Instant::now()) }
    }

    /// The client says that its device has got everything up to `seq`.
    pub(super) fn hear(&mut self, conversation_id: ConversationId, seq: Seq) {
        if conversation_id.is_world() || self.bucket.take(ALLOWED, Instant::now()).is_err() {
            return;
        }
        self.logic.signal(Signal::Delivered(Delivered { user_id: self.user.clone(), conversation_id, seq }));
    }
}
