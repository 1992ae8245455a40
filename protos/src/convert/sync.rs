//! What a client lacks: the same messages on every hop.

use crate::error::{Error, Result};
use crate::ids::{ConversationId, Seq, UserId};
use crate::model::{Message, Recall, SyncPosition, SyncRequest, Synced, SyncedConversation};
use crate::pb::types;

impl From<SyncRequest> for types::SyncRequest {
    fn from(request: SyncRequest) -> Self {
        let position = |position: SyncPosition| types::SyncPosition {
            conversation_id: position.conversation_id.into(),
            seq_id: position.seq.0,
            change: position.change,
        };
        Self {
            user_id: request.user_id.into(),
            positions: request.positions.into_iter().map(position).collect(),
            limit: i32::try_from(request.limit).unwrap_or(i32::MAX),
            partial: request.partial,
        }
    }
}

/// `INVALID_PARAMETER` as [`SyncRequest::new`] says, and for what is no id.
impl TryFrom<types::SyncRequest> for SyncRequest {
    type Error = Error;

    fn try_from(request: types::SyncRequest) -> Result<Self> {
        let user_id = UserId::parse("user_id", request.user_id)?;
        let positions = request.positions.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Self::new(user_id, positions, request.limit, request.partial)
    }
}

impl TryFrom<types::SyncPosition> for SyncPosition {
    type Error = Error;

    fn try_from(position: types::SyncPosition) -> Result<Self> {
        Ok(Self {
            conversation_id: ConversationId::parse("conversation_id", position.conversation_id)?,
            seq: Seq(position.seq_id),
            change: position.change,
        })
    }
}

impl From<Synced> for types::SyncResponse {
    fn from(synced: Synced) -> Self {
        Self {
            conversations: synced.conversations.into_iter().map(Into::into).collect(),
            gone: synced.gone.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<SyncedConversation> for types::SyncedConversation {
    fn from(synced: SyncedConversation) -> Self {
        let recall = |recall: Recall| types::RecalledMessage {
            seq_id: recall.seq.0,
            operator_id: recall.operator_id.into(),
            change: recall.change,
        };
        Self {
            conversation_id: synced.conversation_id.into(),
            last_seq_id: synced.last_seq.0,
            change: synced.change,
            read_seq_id: synced.read.0,
            has_more: synced.has_more,
            messages: synced.messages.into_iter().map(Into::into).collect(),
            recalls: synced.recalls.into_iter().map(recall).collect(),
        }
    }
}

impl TryFrom<types::SyncResponse> for Synced {
    type Error = Error;

    fn try_from(answer: types::SyncResponse) -> Result<Self> {
        Ok(Self {
            conversations: answer.conversations.into_iter().map(TryInto::try_into).collect::<Result<_>>()?,
            gone: answer.gone.into_iter().map(Into::into).collect(),
        })
    }
}

impl TryFrom<types::SyncedConversation> for SyncedConversation {
    type Error = Error;

    fn try_from(synced: types::SyncedConversation) -> Result<Self> {
        let recall = |recall: types::RecalledMessage| Recall {
            seq: Seq(recall.seq_id),
            operator_id: recall.operator_id.into(),
            change: recall.change,
        };
        Ok(Self {
            conversation_id: synced.conversation_id.into(),
            last_seq: Seq(synced.last_seq_id),
            change: synced.change,
            read: Seq(synced.read_seq_id),
            has_more: synced.has_more,
            messages: synced.messages.into_iter().map(TryInto::try_into).collect::<Result<Vec<Message>>>()?,
            recalls: synced.recalls.into_iter().map(recall).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;
    use crate::model::limits::SYNC_MAX_NAMED;

    fn position(id: &str, seq_id: i64, change: i64) -> types::SyncPosition {
        types::SyncPosition { conversation_id: id.into(), seq_id, change }
    }

    fn request(positions: Vec<types::SyncPosition>, limit: i32) -> types::SyncRequest {
        types::SyncRequest { user_id: "u".into(), positions, limit, partial: true }
    }

    #[test]
    fn a_request_is_checked_and_survives_the_wire() {
        let asked =
            SyncRequest::try_from(request(vec![position("c", 3, 2), position("d", 0, 0)], 0)).unwrap();
        assert_eq!(asked.limit, 200);
        assert_eq!(SyncRequest::try_from(types::SyncRequest::from(asked.clone())), Ok(asked));
        assert_eq!(SyncRequest::try_from(request(Vec::new(), 5_000)).unwrap().limit, 1_000);
        let many = |count: usize| (0..count).map(|number| position(&number.to_string(), 0, 0)).collect();
        assert!(SyncRequest::try_from(request(many(SYNC_MAX_NAMED), 0)).is_ok());
        for bad in [
            request(many(SYNC_MAX_NAMED + 1), 0),
            request(vec![position("c", -1, 0)], 0),
            request(vec![position("c", 0, -1)], 0),
            request(vec![position("", 0, 0)], 0),
            request(vec![position("c", 0, 0), position("c", 1, 0)], 0),
            request(Vec::new(), -1),
            types::SyncRequest { user_id: String::new(), ..request(Vec::new(), 0) },
        ] {
            assert_eq!(SyncRequest::try_from(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }

    #[test]
    fn an_answer_survives_the_wire() {
        let synced = Synced {
            conversations: vec![SyncedConversation {
                conversation_id: "c".into(),
                last_seq: Seq(9),
                change: 4,
                read: Seq(5),
                has_more: true,
                messages: Vec::new(),
                recalls: vec![Recall { seq: Seq(2), operator_id: "u".into(), change: 4 }],
            }],
            gone: vec!["d".into()],
        };
        assert_eq!(Synced::try_from(types::SyncResponse::from(synced.clone())), Ok(synced));
    }
}
