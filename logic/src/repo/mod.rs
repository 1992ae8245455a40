//! The client of `im.repo.v1`: domain types in and out.
//!
//! Calls that do no harm when done twice are tried again on another repo process; the others go out once. What every connect asks
//! for is gathered: [`sign_ins`] and [`contacts`].

mod changes;
mod contacts;
mod conversations;
mod friends;
mod gateways;
mod members;
mod messages;
mod sign_ins;
mod users;

pub(crate) use changes::{Edit, MemberWish, Operation, Search};
pub(crate) use conversations::{ConversationPage, NewConversation, Page, ReadUpTo};
pub(crate) use friends::AnsweredRequest;
pub(crate) use members::{MemberChange, MemberIds, MemberPage, MembersChanged};
pub(crate) use messages::{History, HistoryPage, NewMessage};
pub(crate) use sign_ins::{FoundSignIn, NewSignIn, Rotated, Rotation};
pub(crate) use users::NewUser;

use kit::batch::{Batches, Bounds};
use kit::grpc::Pool;
use protos::model::limits::CONNECTS_AT_ONCE;

/// Every repo process; cloning it shares them.
#[derive(Clone, Debug)]
pub(crate) struct Repo(Pool, Gathered);

/// What gathers look-ups. An item is the list of one call, and weighs what is in it.
#[derive(Clone, Debug)]
struct Gathered {
    sign_ins: Batches<sign_ins::LookUps>,
    contacts: Batches<contacts::LookUps>,
}

/// Few calls at a time, so that those that come meanwhile gather. A list too many is refused.
const LOOK_UPS: Bounds =
    Bounds { batch_items: CONNECTS_AT_ONCE, batch_bytes: CONNECTS_AT_ONCE, in_flight: 1, waiting: 8_192 };

impl Repo {
    /// A client over `pool`; its batchers are started on the present actor system.
    pub(crate) fn start(pool: Pool) -> Self {
        let gathered = Gathered {
            sign_ins: Batches::start("looking up sign-ins", LOOK_UPS, sign_ins::LookUps(pool.clone())),
            contacts: Batches::start("looking up contacts", LOOK_UPS, contacts::LookUps(pool.clone())),
        };
        Self(pool, gathered)
    }
}

/// A client of one service over a channel, with the limits that answers of repo may reach.
macro_rules! client {
    ($client:ident, $channel:expr) => {
        $client::new($channel).max_decoding_message_size(kit::grpc::MAX_RESPONSE_BYTES)
    };
}
use client;
