//! What a client that was away lacks.
//!
//! The heads are read first: which conversations are the user's, and where each ended at that moment. Then rows are read, up to
//! those heads and no further. So what is sent or recalled meanwhile is late, never lost: the next sync begins where the heads were.
//!
//! A constant number of statements, whatever the number of conversations; what they read is bounded by the limits below.

mod plan;
mod query;
#[cfg(test)]
mod schedules;

use std::collections::HashMap;

use protos::ids::{ConversationId, Seq};
use protos::model::{Message, Recall, SyncPosition, SyncRequest, Synced, SyncedConversation};

use crate::store::{DbConnection, StoreResult};
use plan::share_out;

/// Content and extra of the messages in one answer, in bytes; the one that goes beyond it is the last.
const MAX_BYTES: i64 = 2 * 1024 * 1024;
/// Recalls in one answer.
const MAX_RECALLS: i64 = 1_000;
/// Conversations that are listed without having been named, those of the newest activity.
const MAX_LISTED: i64 = 5_000;

/// Where a conversation ended when it was looked at, for one of its members.
#[derive(Clone, Debug)]
struct Head {
    conversation_id: ConversationId,
    last_seq: Seq,
    last_change: i64,
    read: Seq,
}

/// What a sync is about, as it was at one moment.
#[derive(Debug)]
pub(super) struct Heads {
    /// Of the conversations that were named and that the user may see, in the order of the request.
    named: Vec<(SyncPosition, Head)>,
    gone: Vec<ConversationId>,
    others: Vec<Head>,
}

/// Answers a sync.
pub(super) fn sync(connection: &mut DbConnection, request: &SyncRequest) -> StoreResult<Synced> {
    let heads = heads(connection, request)?;
    complete(connection, request, heads)
}

/// Looks at the heads.
fn heads(connection: &mut DbConnection, request: &SyncRequest) -> StoreResult<Heads> {
    let ids: Vec<&ConversationId> = request.positions.iter().map(|named| &named.conversation_id).collect();
    let mut found: HashMap<ConversationId, Head> = query::named(connection, &request.user_id, &ids)?
        .into_iter()
        .map(|head| (head.conversation_id.clone(), head))
        .collect();
    let others = if request.partial {
        Vec::new()
    } else {
        query::others(connection, &request.user_id, &ids, MAX_LISTED)?
    };
    let mut heads = Heads { named: Vec::new(), gone: Vec::new(), others };
    for position in &request.positions {
        match found.remove(&position.conversation_id) {
            Some(head) => heads.named.push((position.clone(), head)),
            None => heads.gone.push(position.conversation_id.clone()),
        }
    }
    Ok(heads)
}

/// Reads what is lacking up to the heads.
fn complete(connection: &mut DbConnection, request: &SyncRequest, heads: Heads) -> StoreResult<Synced> {
    let Heads { named, gone, others } = heads;
    let mut parts = messages(connection, named, i64::from(request.limit))?;
    recalls(connection, &mut parts)?;
    let others = others.into_iter().map(|head| Part::listed(head).finish());
    Ok(Synced { conversations: parts.into_iter().map(Part::finish).chain(others).collect(), gone })
}

/// One conversation's part of the answer.
#[derive(Debug)]
struct Part {
    position: SyncPosition,
    head: Head,
    messages: Vec<Message>,
    recalls: Vec<Recall>,
    /// Recalls are told up to this change.
    change: i64,
}

impl Part {
    fn new(position: SyncPosition, head: Head) -> Self {
        let change = position.change.min(head.last_change);
        Self { position, head, messages: Vec::new(), recalls: Vec::new(), change }
    }

    /// Of a conversation that was not named: nothing was asked, so nothing was cut.
    fn listed(head: Head) -> Self {
        let position = SyncPosition {
            conversation_id: head.conversation_id.clone(),
            seq: head.last_seq,
            change: head.last_change,
        };
        Self::new(position, head)
    }

    fn messages_are_cut(&self) -> bool {
        let told = self.messages.last().map_or(self.position.seq, |message| message.seq);
        told < self.head.last_seq
    }

    /// How many recalls there are to be told, at most.
    ///
    /// While messages are cut, none: a client may go on from beyond the last one here, for the sake of those it got live, and a
    /// recall of those must not have been counted as told by then.
    fn recalls_due(&self) -> i64 {
        if self.messages_are_cut() { 0 } else { self.head.last_change - self.change }
    }

    fn finish(self) -> SyncedConversation {
        SyncedConversation {
            has_more: self.messages_are_cut() || self.change < self.head.last_change,
            conversation_id: self.head.conversation_id,
            last_seq: self.head.last_seq,
            change: self.change,
            read: self.head.read,
            messages: self.messages,
            recalls: self.recalls,
        }
    }
}

/// Each conversation's next messages, as many as fit. Seqs have no gap, so a range of seqs is a number of messages.
fn messages(
    connection: &mut DbConnection,
    named: Vec<(SyncPosition, Head)>,
    limit: i64,
) -> StoreResult<Vec<Part>> {
    let mut parts: Vec<Part> = named.into_iter().map(|(position, head)| Part::new(position, head)).collect();
    let lacking: Vec<i64> = parts.iter().map(|part| part.head.last_seq.0 - part.position.seq.0).collect();
    let ranges = parts.iter().zip(share_out(limit, &lacking)).filter(|(_, share)| *share > 0);
    let ranges: Vec<_> = ranges
        .map(|(part, share)| query::MessageRange {
            conversation_id: &part.head.conversation_id,
            after: part.position.seq,
            up_to: Seq(part.position.seq.0 + share),
        })
        .collect();
    let mut found: HashMap<ConversationId, Vec<Message>> = HashMap::new();
    if !ranges.is_empty() {
        for message in query::messages(connection, &ranges, MAX_BYTES)? {
            found.entry(message.conversation_id.clone()).or_default().push(message);
        }
    }
    for part in &mut parts {
        part.messages = found.remove(&part.head.conversation_id).unwrap_or_default();
    }
    Ok(parts)
}

/// The recalls of messages that the client has. Each change is one recall, so a range of changes is no more recalls than that.
fn recalls(connection: &mut DbConnection, parts: &mut [Part]) -> StoreResult<()> {
    let due: Vec<i64> = parts.iter().map(Part::recalls_due).collect();
    // Who had no message knows all recalls with the messages, which bear them.
    let wanted: Vec<i64> =
        parts.iter().zip(&due).map(|(part, due)| if part.position.seq.0 > 0 { *due } else { 0 }).collect();
    let shares = share_out(MAX_RECALLS, &wanted);
    let ranges: Vec<_> = parts
        .iter()
        .zip(&shares)
        .filter(|(_, share)| **share > 0)
        .map(|(part, share)| query::RecallRange {
            conversation_id: &part.head.conversation_id,
            seqs_up_to: part.position.seq,
            after: part.change,
            up_to: part.change + share,
        })
        .collect();
    let mut found: HashMap<ConversationId, Vec<Recall>> = HashMap::new();
    if !ranges.is_empty() {
        for (conversation, recall) in query::recalls(connection, &ranges)? {
            found.entry(conversation).or_default().push(recall);
        }
    }
    for ((part, share), due) in parts.iter_mut().zip(shares).zip(due) {
        part.change += if part.position.seq.0 > 0 { share } else { due };
        part.recalls = found.remove(&part.head.conversation_id).unwrap_or_default();
    }
    Ok(())
}
