//! Between `SendSignals` and the domain.

use protos::ids::{ConversationId, Seq, UserId};
use protos::pb::logic::{DeliverySignal, SendSignalsRequest, TypingSignal};
use protos::{Error, Result};

use super::{Receipt, Typing, What};

/// Signals in one call.
const MAX_SIGNALS: usize = 1_000;

/// What one call tells.
#[derive(Debug)]
pub(crate) struct Signalled {
    pub(crate) typings: Vec<Typing>,
    pub(crate) receipts: Vec<Receipt>,
}

/// The signals that can be one, in order.
pub(crate) fn signalled(request: SendSignalsRequest) -> Result<Signalled> {
    let SendSignalsRequest { signals, deliveries } = request;
    if signals.len().saturating_add(deliveries.len()) > MAX_SIGNALS {
        return Err(Error::invalid(format!("more than {MAX_SIGNALS} signals in one call")));
    }
    Ok(Signalled {
        typings: signals.into_iter().filter_map(typing).collect(),
        receipts: deliveries.into_iter().filter_map(delivered).collect(),
    })
}

fn typing(signal: TypingSignal) -> Option<Typing> {
    let user_id = UserId::parse("user_id", signal.user_id).ok()?;
    let conversation_id = ConversationId::parse("conversation_id", signal.conversation_id).ok()?;
    Some(Typing { user_id, conversation_id, typing: signal.typing })
}

fn delivered(signal: DeliverySignal) -> Option<Receipt> {
    let user_id = UserId::parse("user_id", signal.user_id).ok()?;
    let conversation_id = ConversationId::parse("conversation_id", signal.conversation_id).ok()?;
    let is_meant = signal.seq_id > 0 && !conversation_id.is_world();
    let seq = Seq(signal.seq_id);
    let receipt =
        Receipt { what: What::Delivered, conversation_id, user_id, seq, member_version: 0, origin: None };
    is_meant.then_some(receipt)
}
