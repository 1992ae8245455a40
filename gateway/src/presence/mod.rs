//! Presence, as a gateway sees it: its lease, telling who came and went, and asking where users are.
//!
//! - [`lease`]: the actor that renews the lease and learns the other gateways from it.
//! - [`announcer`]: the actor that tells repo who came and went; [`changes`]: what it has yet to tell.
//! - [`locate`]: where users are, asked in common calls.
//! - [`roster`]: who is online on any gateway; [`notices`]: contacts are told who comes and goes.
//! - [`client`]: the calls; [`convert`]: between the domain and `im.repo.v1`.

mod announcer;
mod changes;
mod client;
mod convert;
#[cfg(test)]
pub(crate) mod fake;
mod lease;
mod locate;
mod notices;
mod roster;
#[cfg(test)]
mod schedules;

pub(crate) use changes::Changes;
pub(crate) use client::{LeaseAge, PresenceClient};
pub(crate) use lease::{LeaseTerms, Standing};
pub(crate) use locate::{Locator, Whereabouts};
pub(crate) use notices::Greetings;
pub(crate) use roster::{Change, Roster};

use std::collections::HashSet;
use std::future::Future;

use actix::{Actor, Addr, AsyncContext, Context};
use futures::FutureExt;
use futures::future::BoxFuture;
use kit::{SharedClock, Shutdown};
use protos::Result;
use protos::ids::UserId;
use protos::model::GatewayLease;
use tokio::sync::watch;

use crate::logic::LogicClient;
use crate::metrics::SharedMetrics;
use crate::pusher::{Peers, Router};
use crate::registry::Registry;
use announcer::{Announcer, UsersChanged};
use lease::{GiveUp, Here, LeaseKeeper};

/// The handle of presence. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    lease: GatewayLease,
    client: PresenceClient,
    changes: Changes,
    standing: watch::Receiver<Standing>,
    locator: Locator,
    roster: Roster,
    keeper: Addr<LeaseKeeper>,
}

impl Presence {
    /// Starts the actors on the present system. The registry notes in [`Changes`] who left; `peers` learns of the other gateways.
    pub(crate) fn start(
        lease: GatewayLease,
        client: PresenceClient,
        terms: LeaseTerms,
        peers: Peers,
        clock: SharedClock,
        roster: Roster,
        metrics: SharedMetrics,
    ) -> (Self, Registry) {
        let context = Context::<Announcer>::new();
        let mailbox = context.address().recipient();
        let changes = Changes::waking(move || mailbox.try_send(UsersChanged).is_ok(), roster.clone());
        let registry = Registry::new(changes.clone(), metrics);
        let announcer = Announcer::new(lease.clone(), client.clone(), changes.clone(), registry.clone());
        context.run(announcer);
        let standing = watch::Sender::new(Standing::Seeking);
        let (locator, watched) = (Locator::start(client.clone()), standing.subscribe());
        let here =
            Here { registry: registry.clone(), changes: changes.clone(), clock, roster: roster.clone() };
        let keeper = LeaseKeeper::new(lease.clone(), client.clone(), terms, peers, here, standing).start();
        (Self { lease, client, changes, standing: watched, locator, roster, keeper }, registry)
    }

    /// Tells repo about a user who has come, and waits until it knows.
    pub(crate) fn announced(&self, user: &UserId) -> impl Future<Output = ()> + use<> {
        self.changes.told(user).map(drop)
    }

    /// How the lease stands; who watches this sees every change.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Where users are.
    pub(crate) fn locator(&self) -> &Locator {
        &self.locator
    }

    /// Which of these users are online.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT` while presence cannot be read.
    pub(crate) fn online(&self, users: Vec<UserId>) -> BoxFuture<'static, Result<HashSet<UserId>>> {
        let locator = self.locator.clone();
        async move { locator.locate(users).await.map(|found| found.into_keys().collect()) }.boxed()
    }

    /// Who is online on any gateway.
    pub(crate) fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Tells contacts who comes and goes from now on; answers what new sessions are told. To be called on the actor system.
    pub(crate) fn give_notices(&self, logic: LogicClient, router: Router) -> Greetings {
        notices::start(self.roster.clone(), self.locator.clone(), logic.clone(), router);
        Greetings::new(self.roster.clone(), logic)
    }

    /// The gateway stops: its streams of presence end.
    pub(crate) fn stop(&self) {
        self.roster.stop();
    }

    /// When the gateway stops.
    pub(crate) fn stopped(&self) -> Shutdown {
        self.roster.stopped().child_token()
    }

    /// Gives the lease back: this gateway's users are offline at once.
    pub(crate) async fn release(&self) {
        // A renewal after that would find it taken.
        if self.keeper.send(GiveUp).await.is_err() {
            tracing::debug!("nobody renews the lease any more");
        }
        if let Err(error) = self.client.release(&self.lease).await {
            tracing::warn!(%error, "the lease was not given back; it runs out by itself");
        }
    }
}
