//! Between `SendSignals` and the domain.

use protos::ids::{ConversationId, UserId};
use protos::pb::logic::SendSignalsRequest;
use protos::{Error, Result};

use super::Typing;

/// Signals in one call.
const MAX_SIGNALS: usize = 1_000;

/// The signals that can be one, in order.
pub(crate) fn typings(request: SendSignalsRequest) -> Result<Vec<Typing>> {
    if request.signals.len() > MAX_SIGNALS {
        return Err(Error::invalid(format!("more than {MAX_SIGNALS} signals in one call")));
    }
    let typings = request.signals.into_iter().filter_map(|signal| {
        let user_id = UserId::parse("user_id", signal.user_id).ok()?;
        let conversation_id = ConversationId::parse("conversation_id", signal.conversation_id).ok()?;
        Some(Typing { user_id, conversation_id, typing: signal.typing })
    });
    Ok(typings.collect())
}
