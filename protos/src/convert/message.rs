//! Messages.

use crate::error::{Error, Reason, Result};
use crate::ids::Seq;
use crate::model::{Message, MessageType, SavedMessage};
use crate::pb::{repo, types};

use super::{conversation::known_conversation_type, required};

impl From<MessageType> for types::MessageType {
    fn from(kind: MessageType) -> Self {
        match kind {
            MessageType::Text => Self::Text,
            MessageType::Image => Self::Image,
            MessageType::File => Self::File,
            MessageType::System => Self::System,
            MessageType::Voice => Self::Voice,
            MessageType::Video => Self::Video,
        }
    }
}

fn known(kind: types::MessageType) -> Option<MessageType> {
    Some(match kind {
        types::MessageType::Unspecified => return None,
        types::MessageType::Text => MessageType::Text,
        types::MessageType::Image => MessageType::Image,
        types::MessageType::File => MessageType::File,
        types::MessageType::System => MessageType::System,
        types::MessageType::Voice => MessageType::Voice,
        types::MessageType::Video => MessageType::Video,
    })
}

/// A message's type as a caller sent it.
///
/// # Errors
/// `UNSUPPORTED_MESSAGE_TYPE` for 0 and for numbers without a meaning.
pub fn parse_message_type(number: i32) -> Result<MessageType> {
    types::MessageType::try_from(number)
        .ok()
        .and_then(known)
        .ok_or_else(|| Error::new(Reason::UnsupportedMessageType, format!("{number} is not a message type")))
}

/// A filter on the type as a caller sent it; 0 is none.
///
/// # Errors
/// `UNSUPPORTED_MESSAGE_TYPE` for a number without a meaning.
pub fn message_type_filter(number: i32) -> Result<Option<MessageType>> {
    if number == 0 { Ok(None) } else { parse_message_type(number).map(Some) }
}

impl From<Message> for types::Message {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.into(),
            conversation_id: message.conversation_id.into(),
            sender: Some(message.sender.into()),
            r#type: types::MessageType::from(message.kind).into(),
            content: message.content,
            seq_id: message.seq.0,
            client_msg_id: message.client_msg_id.into(),
            deleted: message.deleted,
            extra: message.extra,
            created_at: message.created_at,
            updated_at: message.updated_at,
        }
    }
}

impl TryFrom<types::Message> for Message {
    type Error = Error;

    fn try_from(message: types::Message) -> Result<Self> {
        let kind = required("a known message type", known(message.r#type()))?;
        Ok(Self {
            id: message.id.into(),
            conversation_id: message.conversation_id.into(),
            sender: required("a message's sender", message.sender)?.into(),
            kind,
            content: message.content,
            seq: Seq(message.seq_id),
            client_msg_id: message.client_msg_id.into(),
            deleted: message.deleted,
            extra: message.extra,
            created_at: message.created_at,
            updated_at: message.updated_at,
        })
    }
}

impl From<SavedMessage> for repo::SavedMessage {
    fn from(saved: SavedMessage) -> Self {
        Self {
            message: Some(saved.message.into()),
            duplicate: saved.duplicate,
            member_version: saved.member_version,
            conversation_type: types::ConversationType::from(saved.conversation_type).into(),
        }
    }
}

impl TryFrom<repo::SavedMessage> for SavedMessage {
    type Error = Error;

    fn try_from(saved: repo::SavedMessage) -> Result<Self> {
        Ok(Self {
            conversation_type: known_conversation_type(saved.conversation_type)?,
            message: required("the saved message", saved.message)?.try_into()?,
            duplicate: saved.duplicate,
            member_version: saved.member_version,
        })
    }
}

impl From<Result<SavedMessage>> for repo::SaveMessageOutcome {
    fn from(outcome: Result<SavedMessage>) -> Self {
        use repo::save_message_outcome::Outcome;
        Self {
            outcome: Some(match outcome {
                Ok(saved) => Outcome::Saved(saved.into()),
                Err(error) => Outcome::Failed(repo::SaveMessageFailure {
                    reason: error.reason().as_str().to_owned(),
                    message: error.message().to_owned(),
                }),
            }),
        }
    }
}

impl From<repo::SaveMessageOutcome> for Result<SavedMessage> {
    fn from(outcome: repo::SaveMessageOutcome) -> Self {
        use repo::save_message_outcome::Outcome;
        match required("an outcome", outcome.outcome)? {
            Outcome::Saved(saved) => saved.try_into(),
            Outcome::Failed(failure) => Err(Error::from_wire(&failure.reason, failure.message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MessageId;
    use crate::model::{ConversationType, UserInfo};

    #[test]
    fn a_saved_message_survives_the_wire() {
        let saved = SavedMessage {
            message: Message {
                id: MessageId::new(&"c".into(), Seq(3)),
                conversation_id: "c".into(),
                sender: UserInfo { id: "u".into(), username: "ann".into(), avatar_url: "a".into() },
                kind: MessageType::Voice,
                content: "hello".into(),
                seq: Seq(3),
                client_msg_id: "k".into(),
                deleted: false,
                extra: "{}".into(),
                created_at: 1,
                updated_at: 2,
            },
            duplicate: true,
            member_version: 9,
            conversation_type: ConversationType::Group,
        };
        let wire = repo::SaveMessageOutcome::from(Ok(saved.clone()));
        assert_eq!(Result::from(wire), Ok(saved));
        let refused: Result<SavedMessage> = Err(Error::new(Reason::MemberMuted, "muted"));
        assert_eq!(Result::from(repo::SaveMessageOutcome::from(refused.clone())), refused);
    }

    #[test]
    fn message_types_without_a_meaning_are_refused() {
        assert_eq!(parse_message_type(1), Ok(MessageType::Text));
        for number in [0, 7, -1] {
            let error = parse_message_type(number).unwrap_err();
            assert_eq!(error.reason(), Reason::UnsupportedMessageType);
        }
        assert_eq!(message_type_filter(0), Ok(None));
    }
}
