//! Between `im.logic.v1.MessageService` and the domain.

use protos::convert::parse_message_type;
use protos::ids::{ClientMsgId, ConversationId, MessageId, SessionId, UserId};
use protos::model::{Message, SavedMessage};
use protos::pb::logic::{
    RecallMessageRequest, RecallMessageResponse, SendMessageFailure, SendMessageOutcome, SendMessageRequest,
    SendMessageResponse, SendMessagesRequest, SendMessagesResponse, send_message_outcome::Outcome,
};
use protos::{Error, Result};

use super::recall::Recall;
use super::send::Draft;
use super::validation;
use crate::repo::NewMessage;

/// Messages in one `SendMessages`.
const MAX_MESSAGES: usize = 1_000;

pub(super) fn draft(request: SendMessageRequest) -> Result<Draft> {
    let kind = parse_message_type(request.r#type)?;
    validation::check(kind, &request.content, &request.extra)?;
    let client_msg_id = if request.client_msg_id.is_empty() {
        ClientMsgId::generate()
    } else {
        ClientMsgId::parse("client_msg_id", request.client_msg_id)?
    };
    Ok(Draft {
        message: NewMessage {
            conversation_id: ConversationId::parse("conversation_id", request.conversation_id)?,
            sender_id: UserId::parse("user_id", request.user_id)?,
            kind,
            content: request.content,
            extra: request.extra,
            client_msg_id,
        },
        origin: origin(request.origin_session_id)?,
    })
}

/// Every request as a draft or as its refusal, in order.
pub(super) fn drafts(request: SendMessagesRequest) -> Result<Vec<Result<Draft>>> {
    if request.requests.len() > MAX_MESSAGES {
        return Err(Error::invalid(format!("more than {MAX_MESSAGES} messages in one call")));
    }
    Ok(request.requests.into_iter().map(draft).collect())
}

pub(super) fn response(saved: SavedMessage) -> SendMessageResponse {
    SendMessageResponse {
        client_msg_id: saved.message.client_msg_id.to_string(),
        duplicate: saved.duplicate,
        message: Some(saved.message.into()),
    }
}

pub(super) fn recall(request: RecallMessageRequest) -> Result<Recall> {
    Ok(Recall {
        user_id: UserId::parse("user_id", request.user_id)?,
        conversation_id: ConversationId::parse("conversation_id", request.conversation_id)?,
        message_id: MessageId::parse("message_id", request.message_id)?,
        origin: origin(request.origin_session_id)?,
    })
}

pub(super) fn recall_response(message: Message) -> RecallMessageResponse {
    RecallMessageResponse { message: Some(message.into()) }
}

fn origin(session: String) -> Result<Option<SessionId>> {
    if session.is_empty() { Ok(None) } else { SessionId::parse("origin_session_id", session).map(Some) }
}

pub(super) fn responses(outcomes: Vec<Result<SavedMessage>>) -> SendMessagesResponse {
    SendMessagesResponse { outcomes: outcomes.into_iter().map(outcome).collect() }
}

fn outcome(outcome: Result<SavedMessage>) -> SendMessageOutcome {
    SendMessageOutcome {
        outcome: Some(match outcome {
            Ok(saved) => Outcome::Sent(response(saved)),
            Err(error) => Outcome::Failed(SendMessageFailure {
                reason: error.reason().to_string(),
                message: error.message().to_owned(),
                retry_after_ms: error
                    .retry_after_hint()
                    .map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1)),
            }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::Reason;

    fn request() -> SendMessageRequest {
        SendMessageRequest {
            user_id: "u".into(),
            conversation_id: "c".into(),
            content: "hello".into(),
            r#type: 1,
            client_msg_id: "k".into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_key_is_made_when_there_is_none_and_kept_when_there_is_one() {
        assert_eq!(draft(request()).unwrap().message.client_msg_id.as_str(), "k");
        let without = || SendMessageRequest { client_msg_id: String::new(), ..request() };
        let first = draft(without()).unwrap().message.client_msg_id;
        assert!(!first.as_str().is_empty());
        assert_ne!(first, draft(without()).unwrap().message.client_msg_id);
    }

    #[test]
    fn bad_fields_are_refused_by_name() {
        for (bad, reason) in [
            (SendMessageRequest { user_id: String::new(), ..request() }, Reason::InvalidParameter),
            (SendMessageRequest { conversation_id: String::new(), ..request() }, Reason::InvalidParameter),
            (SendMessageRequest { client_msg_id: "k".repeat(129), ..request() }, Reason::InvalidParameter),
            (SendMessageRequest { r#type: 0, ..request() }, Reason::UnsupportedMessageType),
            (SendMessageRequest { r#type: 4, ..request() }, Reason::UnsupportedMessageType),
            (SendMessageRequest { r#type: 99, ..request() }, Reason::UnsupportedMessageType),
        ] {
            assert_eq!(draft(bad).unwrap_err().reason(), reason);
        }
        assert!(draft(SendMessageRequest { client_msg_id: "k".repeat(128), ..request() }).is_ok());
    }

    #[test]
    fn one_bad_message_does_not_spoil_the_others() {
        let bad = SendMessageRequest { content: " ".into(), ..request() };
        let drafts = drafts(SendMessagesRequest { requests: vec![request(), bad, request()] }).unwrap();
        let verdicts: Vec<bool> = drafts.iter().map(Result::is_ok).collect();
        assert_eq!(verdicts, [true, false, true]);
    }
}
