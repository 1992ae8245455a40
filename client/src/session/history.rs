//! What a session asks over HTTP: where its conversations stand, and the messages that it missed.

use futures::future::BoxFuture;
use protos::ids::{ConversationId, Seq};

use super::order::Position;
use crate::model::{Conversation, Message, Page};
use crate::{Account, Result};

/// The largest pages that the server gives.
const CONVERSATIONS: u32 = 100;
const MESSAGES: u32 = 200;
/// Beyond so many pages of conversations the oldest are not caught up with.
const MAX_PAGES: u32 = 100;

/// What came back.
pub(super) enum Fetched {
    /// Every conversation's place.
    Positions(Result<Vec<Position>>),
    /// The messages after a gap's beginning.
    Messages { conversation: ConversationId, outcome: Result<Page<Message>> },
}

/// Asks where every conversation stands, after a break.
pub(super) fn positions(account: Account) -> BoxFuture<'static, Fetched> {
    Box::pin(async move { Fetched::Positions(all_positions(&account).await) })
}

/// Asks for a page of what follows `after`.
pub(super) fn messages(
    account: Account,
    conversation: ConversationId,
    after: Seq,
) -> BoxFuture<'static, Fetched> {
    Box::pin(async move {
        let outcome = account.messages_after(&conversation, after, MESSAGES).await;
        Fetched::Messages { conversation, outcome }
    })
}

/// Asks where every conversation stands.
pub(super) async fn all_positions(account: &Account) -> Result<Vec<Position>> {
    let mut positions = Vec::new();
    for number in 1..=MAX_PAGES {
        let page = account.conversations(number, CONVERSATIONS).await?;
        positions.extend(page.items.iter().map(position));
        if !page.has_more {
            break;
        }
    }
    Ok(positions)
}

fn position(conversation: &Conversation) -> Position {
    let membership = conversation.my_membership.as_ref();
    Position {
        conversation: conversation.id.clone(),
        last: conversation.last_seq(),
        read: membership.map_or(conversation.last_seq(), |membership| membership.last_read_seq_id),
    }
}
