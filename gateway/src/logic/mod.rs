//! The gateway's client of logic: domain types in, domain types out.
//!
//! - this file: the client and what its calls have in common
//! - [`auth`], [`changes`], [`contacts`], [`conversations`], [`friends`], [`history`], [`recall`], [`sync`], [`users`]: a file for each group of calls
//! - [`send`]: sending, which gathers the batches of all sessions into one call
//! - [`signals`]: who writes at the moment and what devices have got, gathered too, and waited for by nobody
//! - [`convert`]: the only file that names both prost and domain types

mod auth;
mod changes;
mod contacts;
mod conversations;
mod convert;
#[cfg(test)]
pub(crate) mod fake;
mod friends;
mod history;
mod recall;
mod send;
mod signals;
mod sync;
mod users;

pub(crate) use auth::{Authenticated, PasswordChange, SignIn, SignedIn, Tokens};
pub(crate) use changes::EditConversation;
pub(crate) use conversations::{
    ConversationView, FailedUser, ListConversations, MembersChanged, NewConversation, Page,
};
pub(crate) use history::{MessagePage, ReadMessages};
pub(crate) use send::{SendMessage, SentMessage};
pub(crate) use signals::{Delivered, Signal, Typing};

use kit::batch::{Batches, Depth};
use kit::grpc::Pool;

use crate::metrics::SharedMetrics;

/// Calls one method of logic through the pool: `how` is `once()` or `idempotent(key)`.
macro_rules! call {
    ($pool:expr, $how:ident($($key:expr)?), $client:ident, $method:ident, $request:expr) => {{
        let request = $request;
        $pool
            .$how($($key,)? |channel| {
                let request = request.clone();
                async move {
                    $client::new(channel)
                        .max_decoding_message_size(kit::grpc::MAX_RESPONSE_BYTES)
                        .$method(request)
                        .await
                }
            })
            .await
    }};
}
use call;

/// Every logic process. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct LogicClient {
    pool: Pool,
    sends: Batches<send::Sends>,
    signals: Batches<signals::Signals>,
    metrics: SharedMetrics,
}

impl LogicClient {
    /// A client over `pool`; its batcher is started on the present actor system.
    pub(crate) fn start(pool: Pool, metrics: SharedMetrics) -> Self {
        let (sends, signals) = (send::start(pool.clone()), signals::start(pool.clone()));
        Self { pool, sends, signals, metrics }
    }

    /// How full its batchers are.
    pub(crate) fn depths(&self) -> Vec<Depth> {
        vec![self.sends.depth(), self.signals.depth()]
    }
}
