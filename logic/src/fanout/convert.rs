//! Between the domain and `im.gateway.v1.RouterService`.

use protos::ids::{SignInId, UserId};
use protos::model::{ChatEvent, Debt, LinkPosition};
use protos::pb::gateway::{DeliverRequest, Delivery, EndSignInRequest, KeepLinkRequest, SetWorldRequest};

use super::addressed::Addressed;

/// A call with these, in order.
pub(super) fn deliver_request(addressed: &[Addressed], position: LinkPosition) -> DeliverRequest {
    let mut before: Option<&Addressed> = None;
    let deliveries = addressed.iter().map(|addressed| delivery(addressed, before.replace(addressed)));
    DeliverRequest { deliveries: deliveries.collect(), link: Some(position.into()) }
}

fn delivery(addressed: &Addressed, before: Option<&Addressed>) -> Delivery {
    let parcel = &addressed.parcel;
    let same_users = addressed.has_users_of(before);
    let users = if same_users { &[] } else { addressed.users() };
    Delivery {
        event: Some(parcel.event.clone().into()),
        same_users,
        user_ids: users.iter().map(ToString::to_string).collect(),
        exclude_session_ids: parcel.exclude.iter().map(ToString::to_string).collect(),
        push_id: String::new(),
        world: addressed.is_to_world(),
    }
}

/// Tells a gateway that this process lives, or says goodbye, and what is owed.
pub(super) fn keep_link(position: LinkPosition, debt: Debt, goodbye: bool) -> KeepLinkRequest {
    KeepLinkRequest { link: Some(position.into()), debt: Some(debt.into()), goodbye }
}

/// A parcel's event on the wire, in bytes, rounded up: its texts, and what stands around them.
pub(super) fn event_weight(event: &ChatEvent) -> usize {
    const AROUND_AN_EVENT: usize = 1_024;
    let texts = match event {
        ChatEvent::NewMessage(message) => {
            message.content.len() + message.extra.len() + message.sender.avatar_url.len()
        }
        ChatEvent::ConversationCreated(shown) | ChatEvent::ConversationUpdated(shown) => {
            let conversation = &shown.conversation;
            conversation.description.len() + 2 * conversation.avatar_url.len() + conversation.name.len()
        }
        ChatEvent::MembersAdded(changed) | ChatEvent::MembersRemoved(changed) => {
            ids_weight(&changed.user_ids)
        }
        ChatEvent::Resync(conversations) => ids_weight(conversations),
        ChatEvent::FriendRequested(request) => {
            request.message.len() + request.from.avatar_url.len() + request.to.avatar_url.len()
        }
        ChatEvent::FriendAccepted { user, .. } => user.avatar_url.len(),
        ChatEvent::MessageRecalled { .. }
        | ChatEvent::ConversationDeleted(_)
        | ChatEvent::ReadReceipt { .. }
        | ChatEvent::DeliveryReceipt { .. }
        | ChatEvent::Typing { .. }
        | ChatEvent::OnlineStatus { .. } => 0,
    };
    texts + AROUND_AN_EVENT
}

/// Ids on the wire, in bytes, rounded up.
pub(super) fn ids_weight(ids: &[impl AsRef<str>]) -> usize {
    const AROUND_AN_ID: usize = 3;
    ids.iter().map(|id| id.as_ref().len() + AROUND_AN_ID).sum()
}

pub(super) fn set_world(user_id: &UserId, joined: bool) -> SetWorldRequest {
    SetWorldRequest { user_id: user_id.to_string(), joined, forwarded: false }
}

pub(super) fn end_sign_ins(user_id: &UserId, sign_in_ids: &[SignInId]) -> EndSignInRequest {
    let sign_in_ids = sign_in_ids.iter().map(ToString::to_string).collect();
    EndSignInRequest { user_id: user_id.to_string(), sign_in_ids, forwarded: false }
}
