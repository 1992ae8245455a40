//! Between the domain and `im.gateway.v1.RouterService`.

use protos::ids::{SignInId, UserId};
use protos::pb::gateway::{EndSignInRequest, Event, event::Chat};

pub(super) use protos::pb::gateway::{DeliverRequest, Delivery};

use super::courier::Parcel;

/// A message for these users.
pub(super) fn delivery(parcel: &Parcel, users: &[UserId]) -> Delivery {
    let message = parcel.saved.message.clone();
    Delivery {
        event: Some(Event { chat: Some(Chat::NewMessage(message.into())), ..Event::default() }),
        user_ids: users.iter().map(ToString::to_string).collect(),
        exclude_session_ids: parcel.exclude.iter().map(ToString::to_string).collect(),
        push_id: String::new(),
    }
}

/// Bytes on the wire, rounded up: texts and ids, and what stands around them.
pub(super) fn weight(delivery: &Delivery) -> usize {
    const AROUND_AN_ID: usize = 3;
    const AROUND_A_MESSAGE: usize = 1_024;
    let ids = delivery.user_ids.iter().chain(&delivery.exclude_session_ids);
    let ids: usize = ids.map(|id| id.len() + AROUND_AN_ID).sum();
    let message = delivery.event.iter().filter_map(|event| event.chat.as_ref()).map(|chat| match chat {
        Chat::NewMessage(message) => {
            let avatar = message.sender.as_ref().map_or(0, |sender| sender.avatar_url.len());
            message.content.len() + message.extra.len() + avatar
        }
    });
    ids + message.sum::<usize>() + AROUND_A_MESSAGE
}

pub(super) fn end_sign_in(user_id: &UserId, sign_in_id: &SignInId) -> EndSignInRequest {
    EndSignInRequest { user_id: user_id.to_string(), sign_in_id: sign_in_id.to_string(), forwarded: false }
}
