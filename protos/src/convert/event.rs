//! What users are told, between logic and gateways.

use crate::error::{Error, Result};
use crate::ids::{ConversationId, Seq, UserId};
use crate::model::{ChatEvent, ConversationShown, FriendRequest, FriendRequestStatus, MembersChanged};
use crate::pb::gateway::{self, event::Chat};
use crate::pb::types;

use super::required;

fn text(id: impl Into<String>) -> String {
    id.into()
}

impl From<ChatEvent> for gateway::Event {
    fn from(event: ChatEvent) -> Self {
        let chat = match event {
            ChatEvent::NewMessage(message) => Chat::NewMessage(message.into()),
            ChatEvent::MessageRecalled { conversation_id, message_id, seq, operator_id, change } => {
                Chat::MessageRecalled(gateway::MessageRecalled {
                    conversation_id: text(conversation_id),
                    message_id: text(message_id),
                    seq_id: seq.0,
                    operator_id: text(operator_id),
                    change,
                })
            }
            ChatEvent::ConversationCreated(shown) => Chat::ConversationCreated((*shown).into()),
            ChatEvent::ConversationUpdated(shown) => Chat::ConversationUpdated((*shown).into()),
            ChatEvent::ConversationDeleted(id) => {
                Chat::ConversationDeleted(gateway::ConversationDeleted { conversation_id: text(id) })
            }
            ChatEvent::MembersAdded(changed) => Chat::MemberAdded(changed.into()),
            ChatEvent::MembersRemoved(changed) => Chat::MemberRemoved(changed.into()),
            ChatEvent::ReadReceipt { conversation_id, user_id, seq } => {
                Chat::ReadReceipt(gateway::ReadReceipt {
                    conversation_id: text(conversation_id),
                    user_id: text(user_id),
                    seq_id: seq.0,
                })
            }
            ChatEvent::DeliveryReceipt { conversation_id, user_id, seq } => {
                Chat::DeliveryReceipt(gateway::DeliveryReceipt {
                    conversation_id: text(conversation_id),
                    user_id: text(user_id),
                    seq_id: seq.0,
                })
            }
            ChatEvent::Typing { conversation_id, user_id, typing } => {
                Chat::TypingIndicator(gateway::TypingIndicator {
                    conversation_id: text(conversation_id),
                    user_id: text(user_id),
                    typing,
                })
            }
            ChatEvent::OnlineStatus { user_id, online } => {
                Chat::OnlineStatus(gateway::OnlineChange { user_id: text(user_id), online })
            }
            ChatEvent::FriendRequested(request) => Chat::FriendRequest(request.into()),
            ChatEvent::FriendAccepted { user, conversation_id } => {
                Chat::FriendAccepted(gateway::FriendAccepted {
                    user: Some(user.into()),
                    conversation_id: text(conversation_id),
                })
            }
            ChatEvent::Resync(conversations) => Chat::Resync(gateway::Resync {
                conversation_ids: conversations.into_iter().map(Into::into).collect(),
            }),
        };
        Self { chat: Some(chat), ..Self::default() }
    }
}

impl TryFrom<Chat> for ChatEvent {
    type Error = Error;

    fn try_from(chat: Chat) -> Result<Self> {
        Ok(match chat {
            Chat::NewMessage(message) => Self::NewMessage(message.try_into()?),
            Chat::MessageRecalled(recalled) => Self::MessageRecalled {
                conversation_id: recalled.conversation_id.into(),
                message_id: recalled.message_id.into(),
                seq: Seq(recalled.seq_id),
                operator_id: recalled.operator_id.into(),
                change: recalled.change,
            },
            Chat::ConversationCreated(shown) => Self::ConversationCreated(Box::new(shown.try_into()?)),
            Chat::ConversationUpdated(shown) => Self::ConversationUpdated(Box::new(shown.try_into()?)),
            Chat::ConversationDeleted(deleted) => Self::ConversationDeleted(deleted.conversation_id.into()),
            Chat::MemberAdded(changed) => Self::MembersAdded(changed.into()),
            Chat::MemberRemoved(changed) => Self::MembersRemoved(changed.into()),
            Chat::ReadReceipt(receipt) => Self::ReadReceipt {
                conversation_id: receipt.conversation_id.into(),
                user_id: receipt.user_id.into(),
                seq: Seq(receipt.seq_id),
            },
            Chat::DeliveryReceipt(receipt) => Self::DeliveryReceipt {
                conversation_id: receipt.conversation_id.into(),
                user_id: receipt.user_id.into(),
                seq: Seq(receipt.seq_id),
            },
            Chat::TypingIndicator(typing) => Self::Typing {
                conversation_id: typing.conversation_id.into(),
                user_id: typing.user_id.into(),
                typing: typing.typing,
            },
            Chat::OnlineStatus(change) => {
                Self::OnlineStatus { user_id: change.user_id.into(), online: change.online }
            }
            Chat::FriendRequest(request) => Self::FriendRequested(request.try_into()?),
            Chat::FriendAccepted(accepted) => Self::FriendAccepted {
                user: required("the friend", accepted.user)?.into(),
                conversation_id: accepted.conversation_id.into(),
            },
            Chat::Resync(resync) => {
                Self::Resync(resync.conversation_ids.into_iter().map(ConversationId::from).collect())
            }
        })
    }
}

impl From<ConversationShown> for gateway::ConversationShown {
    fn from(shown: ConversationShown) -> Self {
        Self { conversation: Some(shown.conversation.into()), peer: shown.peer.map(Into::into) }
    }
}

impl TryFrom<gateway::ConversationShown> for ConversationShown {
    type Error = Error;

    fn try_from(shown: gateway::ConversationShown) -> Result<Self> {
        let conversation = required("the conversation", shown.conversation)?.try_into()?;
        Ok(Self { conversation, peer: shown.peer.map(Into::into) })
    }
}

impl From<MembersChanged> for gateway::MembersChanged {
    fn from(changed: MembersChanged) -> Self {
        Self {
            conversation_id: text(changed.conversation_id),
            user_ids: changed.user_ids.into_iter().map(Into::into).collect(),
            operator_id: text(changed.operator_id),
        }
    }
}

impl From<gateway::MembersChanged> for MembersChanged {
    fn from(changed: gateway::MembersChanged) -> Self {
        Self {
            conversation_id: changed.conversation_id.into(),
            user_ids: changed.user_ids.into_iter().map(UserId::from).collect(),
            operator_id: changed.operator_id.into(),
        }
    }
}

impl From<FriendRequest> for types::FriendRequest {
    fn from(request: FriendRequest) -> Self {
        Self {
            id: text(request.id),
            from: Some(request.from.into()),
            to: Some(request.to.into()),
            message: request.message,
            status: request.status.as_str().to_owned(),
            created_at: request.created_at,
            updated_at: request.updated_at,
        }
    }
}

impl TryFrom<types::FriendRequest> for FriendRequest {
    type Error = Error;

    fn try_from(request: types::FriendRequest) -> Result<Self> {
        Ok(Self {
            id: request.id.into(),
            from: required("who asks", request.from)?.into(),
            to: required("who is asked", request.to)?.into(),
            message: request.message,
            status: required("a known status", FriendRequestStatus::parse(&request.status))?,
            created_at: request.created_at,
            updated_at: request.updated_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Conversation, ConversationType, Message, MessageType, UserInfo};

    fn user() -> UserInfo {
        UserInfo { id: "u".into(), username: "ann".into(), avatar_url: "a".into() }
    }

    fn shown() -> Box<ConversationShown> {
        let conversation = Conversation {
            id: "c".into(),
            kind: ConversationType::Single,
            name: "ann".into(),
            avatar_url: "a".into(),
            description: "d".into(),
            owner_id: None,
            member_count: 2,
            created_at: 1,
            updated_at: 2,
        };
        Box::new(ConversationShown { conversation, peer: Some(user()) })
    }

    #[test]
    fn every_event_survives_the_wire() {
        let changed = || MembersChanged {
            conversation_id: "c".into(),
            user_ids: vec!["u".into(), "v".into()],
            operator_id: "o".into(),
        };
        let message = Message {
            id: "c.3".into(),
            conversation_id: "c".into(),
            sender: user(),
            kind: MessageType::Image,
            content: "x".into(),
            seq: Seq(3),
            client_msg_id: "k".into(),
            deleted: false,
            extra: "{}".into(),
            created_at: 1,
            updated_at: 2,
        };
        let request = FriendRequest {
            id: "r".into(),
            from: user(),
            to: user(),
            message: "hi".into(),
            status: FriendRequestStatus::Rejected,
            created_at: 1,
            updated_at: 2,
        };
        for event in [
            ChatEvent::NewMessage(message),
            ChatEvent::MessageRecalled {
                conversation_id: "c".into(),
                message_id: "c.3".into(),
                seq: Seq(3),
                operator_id: "o".into(),
                change: 4,
            },
            ChatEvent::ConversationCreated(shown()),
            ChatEvent::ConversationUpdated(shown()),
            ChatEvent::ConversationDeleted("c".into()),
            ChatEvent::MembersAdded(changed()),
            ChatEvent::MembersRemoved(changed()),
            ChatEvent::ReadReceipt { conversation_id: "c".into(), user_id: "u".into(), seq: Seq(3) },
            ChatEvent::DeliveryReceipt { conversation_id: "c".into(), user_id: "u".into(), seq: Seq(3) },
            ChatEvent::Typing { conversation_id: "c".into(), user_id: "u".into(), typing: true },
            ChatEvent::OnlineStatus { user_id: "u".into(), online: true },
            ChatEvent::FriendRequested(request),
            ChatEvent::FriendAccepted { user: user(), conversation_id: "c".into() },
            ChatEvent::Resync(vec!["c".into()]),
        ] {
            let wire = gateway::Event::from(event.clone());
            assert_eq!(ChatEvent::try_from(wire.chat.unwrap()), Ok(event));
        }
    }
}
