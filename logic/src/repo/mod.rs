//! The client of `im.repo.v1`: domain types in and out.
//!
//! Calls that do no harm when done twice are tried again on another repo process; the others go out once.

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
pub(crate) use sign_ins::{NewSignIn, Rotated, Rotation};
pub(crate) use users::NewUser;

use kit::grpc::Pool;

/// Every repo process; cloning it shares them.
#[derive(Clone, Debug)]
pub(crate) struct Repo(Pool);

impl Repo {
    pub(crate) fn new(pool: Pool) -> Self {
        Self(pool)
    }
}

/// A client of one service over a channel, with the limits that answers of repo may reach.
macro_rules! client {
    ($client:ident, $channel:expr) => {
        $client::new($channel).max_decoding_message_size(kit::grpc::MAX_RESPONSE_BYTES)
    };
}
use client;
