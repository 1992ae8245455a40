//! The gateway's client of logic: domain types in, domain types out.
//!
//! - this file: the client and what its calls have in common
//! - [`auth`], [`changes`], [`contacts`], [`conversations`], [`friends`], [`history`], [`recall`], [`sync`], [`users`]: a file for each group of calls
//! - [`send`]: sending, which gathers the batches of all sessions into one call
//! - [`signals`]: who writes at the moment and what devices have got, gathered too, and waited for by nobody
//! - what every connect asks for is gathered as well: the worth of its token in [`auth`], its user's [`contacts`]
//! - [`convert`]: the only file that names both prost and domain types

mod auth;
mod changes;
mod contacts;
mod conversations;
mod convert;
#[cfg(test)]
mod counted;
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

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kit::batch::{Batches, Bounds, Depth};
use kit::grpc::{BATCH_BYTES, Pool};

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
    /// Those of all threads.
    all_sends: Arc<Mutex<Vec<Batches<send::Sends>>>>,
    signals: Batches<signals::Signals>,
    connects: Arc<Connects>,
    metrics: SharedMetrics,
}

/// What gathers the questions of those who connect.
#[derive(Debug)]
struct Connects {
    tokens: Batches<auth::Validations>,
    contacts: Batches<contacts::LookUps>,
}

/// One call at a time, so that those who come meanwhile gather. One connect too many is refused, and its client comes back.
const CONNECTS: Bounds = Bounds { batch_items: 256, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 8_192 };

impl LogicClient {
    /// A client over `pool`; its batchers are started on the present actor system.
    pub(crate) fn start(pool: Pool, metrics: SharedMetrics) -> Self {
        let (sends, signals) = (send::start(pool.clone()), signals::start(pool.clone()));
        let connects = Connects {
            tokens: Batches::start("validating", CONNECTS, auth::Validations(pool.clone())),
            contacts: Batches::start("looking up contacts", CONNECTS, contacts::LookUps(pool.clone())),
        };
        let all_sends = Arc::new(Mutex::new(vec![sends.clone()]));
        Self { pool, sends, all_sends, signals, connects: Arc::new(connects), metrics }
    }

    /// The same client for the sessions of another thread, the present one. Their messages gather on it, so that neither they nor the
    /// answers wake other threads one by one.
    pub(crate) fn on_this_thread(&self) -> Self {
        let sends = send::start(self.pool.clone());
        self.all_sends().push(sends.clone());
        Self { sends, ..self.clone() }
    }

    /// A panic while it was held leaves nothing half done.
    fn all_sends(&self) -> MutexGuard<'_, Vec<Batches<send::Sends>>> {
        self.all_sends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How full its batchers are.
    pub(crate) fn depths(&self) -> Vec<Depth> {
        let sends = self.all_sends().iter().map(Batches::depth).reduce(|all, one| Depth {
            waiting: all.waiting + one.waiting,
            bound: all.bound + one.bound,
            ..all
        });
        let others = [self.signals.depth(), self.connects.tokens.depth(), self.connects.contacts.depth()];
        sends.into_iter().chain(others).collect()
    }
}
