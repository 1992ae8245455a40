//! Tells repo who came and went.
//!
//! One call is under way at a time, and what it says is read from the registry at that moment, so the last word on a user is right
//! however fast they come and go.

use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use protos::Result;
use protos::ids::UserId;
use protos::model::GatewayLease;

use super::changes::{ChangeBatch, Changes};
use super::client::PresenceClient;
use crate::registry::Registry;

/// Users in one call.
const USERS_AT_ONCE: usize = 1_000;
/// After a call that failed the next is made so much later.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Event: there is somebody to tell about.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct UsersChanged;

/// The actor that owns the order of what is told.
pub(super) struct Announcer {
    lease: GatewayLease,
    client: PresenceClient,
    changes: Changes,
    registry: Registry,
    under_way: bool,
}

/// Who is here and who is not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Announcement {
    /// Who came, and what their newest client says it is.
    pub(super) online: Vec<(UserId, String)>,
    /// Who left.
    pub(super) offline: Vec<UserId>,
}

impl Announcement {
    /// The truth at this moment.
    pub(super) fn about(users: Vec<UserId>, registry: &Registry) -> Self {
        let mut announcement = Self::default();
        for user in users {
            match registry.newest_client_info(&user) {
                Some(client_info) => announcement.online.push((user, client_info)),
                None => announcement.offline.push(user),
            }
        }
        announcement
    }
}

impl Announcer {
    pub(super) fn new(
        lease: GatewayLease,
        client: PresenceClient,
        changes: Changes,
        registry: Registry,
    ) -> Self {
        Self { lease, client, changes, registry, under_way: false }
    }

    fn tell(&mut self, ctx: &mut Context<Self>) {
        if self.under_way {
            return;
        }
        let batch = self.changes.take(USERS_AT_ONCE);
        if batch.is_empty() {
            return;
        }
        self.under_way = true;
        let announcement = Announcement::about(batch.users(), &self.registry);
        let (client, lease) = (self.client.clone(), self.lease.clone());
        let told = async move { client.announce(&lease, announcement).await };
        ctx.spawn(
            told.into_actor(self).map(|outcome, announcer, ctx| announcer.answered(outcome, batch, ctx)),
        );
    }

    fn answered(&mut self, outcome: Result<()>, batch: ChangeBatch, ctx: &mut Context<Self>) {
        match outcome {
            Ok(()) => {
                batch.told();
                self.under_way = false;
                self.tell(ctx);
            }
            Err(error) => {
                tracing::debug!(%error, "who came and went could not be told");
                self.changes.put_back(batch);
                ctx.run_later(RETRY_AFTER, |announcer, ctx| {
                    announcer.under_way = false;
                    announcer.tell(ctx);
                });
            }
        }
    }
}

impl Actor for Announcer {
    type Context = Context<Self>;
}

impl Handler<UsersChanged> for Announcer {
    type Result = ();

    fn handle(&mut self, _: UsersChanged, ctx: &mut Context<Self>) {
        // First: what changes from here on wakes it again.
        self.changes.woken();
        self.tell(ctx);
    }
}
