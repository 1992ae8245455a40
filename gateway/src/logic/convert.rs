//! Between logic's answers and the domain's types.

use std::time::Duration;

use protos::convert::required;
use protos::ids::Seq;
use protos::model::{Conversation, ConversationDetails, Member, User, UserInfo};
use protos::pb::{logic as pb, types};
use protos::{Error, Reason, Result};

use super::{
    Authenticated, ConversationView, Delivered, FailedUser, MembersChanged, MessagePage, Page, SendMessage,
    SentMessage, SignIn, SignedIn, Tokens, Typing,
};

impl TryFrom<pb::ValidateTokenResponse> for Authenticated {
    type Error = Error;

    fn try_from(answer: pb::ValidateTokenResponse) -> Result<Self> {
        if !answer.valid {
            let reason = Reason::parse(&answer.reason).unwrap_or(Reason::InvalidToken);
            return Err(Error::new(reason, refusal(reason)));
        }
        Ok(Self {
            user: required("the token's user", answer.user)?.into(),
            sign_in: answer.sign_in_id.into(),
            expires_at: answer.expires_at,
            in_world: answer.in_world,
        })
    }
}

fn refusal(reason: Reason) -> &'static str {
    match reason {
        Reason::TokenExpired => "the token has expired",
        Reason::UserDisabled => "this user may not sign in",
        Reason::InvalidToken => "the token is not valid",
        _ => "the token cannot be checked",
    }
}

impl TryFrom<pb::LoginResponse> for SignedIn {
    type Error = Error;

    fn try_from(answer: pb::LoginResponse) -> Result<Self> {
        Ok(Self {
            user: required("the user", answer.user)?.into(),
            tokens: Tokens {
                access: answer.access_token,
                refresh: answer.refresh_token,
                expires_at: answer.expires_in,
            },
        })
    }
}

/// The user that every answer about one user carries.
pub(super) fn user(answer: Option<types::User>) -> Result<User> {
    required("the user", answer).map(Into::into)
}

/// What others see of users.
pub(super) fn infos(users: Vec<types::UserInfo>) -> Vec<UserInfo> {
    users.into_iter().map(Into::into).collect()
}

impl From<pb::SignIn> for SignIn {
    fn from(sign_in: pb::SignIn) -> Self {
        Self {
            id: sign_in.id.into(),
            client_info: sign_in.client_info,
            created_at: sign_in.created_at,
            last_used_at: sign_in.last_used_at,
            expires_at: sign_in.expires_at,
        }
    }
}

impl From<pb::RefreshTokenResponse> for Tokens {
    fn from(answer: pb::RefreshTokenResponse) -> Self {
        Self { access: answer.access_token, refresh: answer.refresh_token, expires_at: answer.expires_in }
    }
}

impl From<SendMessage> for pb::SendMessageRequest {
    fn from(message: SendMessage) -> Self {
        Self {
            user_id: message.user_id.into(),
            conversation_id: message.conversation_id.into(),
            content: message.content,
            r#type: types::MessageType::from(message.kind).into(),
            client_msg_id: message.client_msg_id.into(),
            extra: message.extra,
            origin_session_id: message.origin_session.map(Into::into).unwrap_or_default(),
        }
    }
}

impl From<Delivered> for pb::DeliverySignal {
    fn from(delivered: Delivered) -> Self {
        Self {
            user_id: delivered.user_id.into(),
            conversation_id: delivered.conversation_id.into(),
            seq_id: delivered.seq.0,
        }
    }
}

impl From<Typing> for pb::TypingSignal {
    fn from(typing: Typing) -> Self {
        Self {
            user_id: typing.user_id.into(),
            conversation_id: typing.conversation_id.into(),
            typing: typing.typing,
        }
    }
}

impl TryFrom<pb::SendMessageResponse> for SentMessage {
    type Error = Error;

    fn try_from(answer: pb::SendMessageResponse) -> Result<Self> {
        Ok(Self {
            message: required("the sent message", answer.message)?.try_into()?,
            duplicate: answer.duplicate,
        })
    }
}

/// What became of one message of a batch.
pub(super) fn outcome(outcome: pb::SendMessageOutcome) -> Result<SentMessage> {
    use pb::send_message_outcome::Outcome;
    match required("an outcome", outcome.outcome)? {
        Outcome::Sent(sent) => sent.try_into(),
        Outcome::Failed(failure) => {
            let error = Error::from_wire(&failure.reason, failure.message);
            let wait = u64::try_from(failure.retry_after_ms).ok().filter(|ms| *ms > 0);
            Err(match wait {
                Some(ms) => error.retry_after(Duration::from_millis(ms)),
                None => error,
            })
        }
    }
}

impl TryFrom<pb::GetMessagesResponse> for MessagePage {
    type Error = Error;

    fn try_from(answer: pb::GetMessagesResponse) -> Result<Self> {
        let messages = answer.messages.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Ok(Self { messages, has_more: answer.has_more })
    }
}

impl TryFrom<pb::GetConversationsOptimizedResponse> for Page<ConversationDetails> {
    type Error = Error;

    fn try_from(answer: pb::GetConversationsOptimizedResponse) -> Result<Self> {
        let items = answer.conversations.into_iter().map(details).collect::<Result<_>>()?;
        Ok(Self { items, has_more: answer.has_more })
    }
}

fn details(item: pb::OptimizedConversation) -> Result<ConversationDetails> {
    let last_message = item.last_message.map(protos::model::Message::try_from).transpose()?;
    Ok(ConversationDetails {
        last_seq: last_message.as_ref().map_or(Seq(0), |message| message.seq),
        last_message,
        membership: required("the caller's membership", item.my_membership)?.try_into()?,
        unread_count: item.unread_count,
        last_activity_at: item.last_activity_at,
        peer: item.peer.map(Into::into),
        conversation: Conversation::try_from(types::Conversation {
            id: item.id,
            r#type: item.r#type,
            name: item.name,
            avatar_url: item.avatar_url,
            description: item.description,
            owner_id: item.owner_id,
            member_count: item.member_count,
            last_message: None,
            unread_count: 0,
            updated_at: item.updated_at,
            created_at: item.created_at,
        })?,
    })
}

/// What a search found, as rows of the caller's list.
pub(super) fn found(answer: pb::SearchConversationsResponse) -> Result<Vec<ConversationDetails>> {
    let found = answer.conversations.into_iter().zip(answer.listings);
    found.map(|(conversation, listing)| found_details(conversation, listing)).collect()
}

fn found_details(
    mut conversation: types::Conversation,
    listing: pb::ConversationListing,
) -> Result<ConversationDetails> {
    let last_message = conversation.last_message.take().map(protos::model::Message::try_from).transpose()?;
    Ok(ConversationDetails {
        last_seq: last_message.as_ref().map_or(Seq(0), |message| message.seq),
        last_message,
        membership: required("the caller's membership", listing.my_membership)?.try_into()?,
        unread_count: conversation.unread_count,
        last_activity_at: listing.last_activity_at,
        peer: listing.peer.map(Into::into),
        conversation: conversation.try_into()?,
    })
}

impl TryFrom<pb::GetConversationResponse> for ConversationView {
    type Error = Error;

    fn try_from(answer: pb::GetConversationResponse) -> Result<Self> {
        let mut conversation = required("the conversation", answer.conversation)?;
        Ok(Self {
            last_message: conversation.last_message.take().map(TryInto::try_into).transpose()?,
            unread_count: conversation.unread_count,
            conversation: conversation.try_into()?,
            membership: answer.my_membership.map(TryInto::try_into).transpose()?,
            peer: answer.peer.map(Into::into),
            members: answer.members.into_iter().map(TryInto::try_into).collect::<Result<_>>()?,
        })
    }
}

/// The conversation that every answer about one conversation carries.
pub(super) fn conversation(answer: Option<types::Conversation>) -> Result<Conversation> {
    required("the conversation", answer)?.try_into()
}

impl TryFrom<pb::GetMembersResponse> for Page<Member> {
    type Error = Error;

    fn try_from(answer: pb::GetMembersResponse) -> Result<Self> {
        let items = answer.members.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Ok(Self { items, has_more: answer.has_more })
    }
}

impl From<pb::FailedUser> for FailedUser {
    fn from(failed: pb::FailedUser) -> Self {
        Self { user_id: failed.user_id.into(), reason: failed.reason }
    }
}

impl From<pb::AddMembersResponse> for MembersChanged {
    fn from(answer: pb::AddMembersResponse) -> Self {
        Self {
            success: answer.success,
            changed: answer.added_user_ids.into_iter().map(Into::into).collect(),
            failed: answer.failed_users.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<pb::RemoveMembersResponse> for MembersChanged {
    fn from(answer: pb::RemoveMembersResponse) -> Self {
        Self {
            success: answer.success,
            changed: answer.removed_user_ids.into_iter().map(Into::into).collect(),
            failed: answer.failed_users.into_iter().map(Into::into).collect(),
        }
    }
}
