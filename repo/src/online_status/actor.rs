//! The actor that owns presence in memory, and its handle.

use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, MessageResult};
use kit::SharedClock;
use protos::ids::{GatewayId, Incarnation, PushId, UserId};
use protos::model::{GatewayLease, OnlineStatus};
use protos::{Error, Result};

use super::memory::Table;
use super::record::LiveLease;
use super::store::{Announcement, Heartbeat, PresenceStore, Renewal};
use super::terms::Terms;

/// How often what is no longer needed is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Owns the table; one message at a time is the order of all that is said about presence.
struct PresenceTable {
    table: Table,
    clock: SharedClock,
}

impl Actor for PresenceTable {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP_EVERY, |actor, _| actor.now().sweep());
    }
}

impl PresenceTable {
    /// The table at this moment. Leases go by steady time: a step of the wall clock must put nobody offline.
    fn now(&mut self) -> &mut Table {
        let (now_ms, steady_ms) = (self.clock.now_ms(), self.clock.steady_ms());
        self.table.at(steady_ms).ahead_by(now_ms - steady_ms)
    }
}

/// Request: do this to the table as it is now.
struct Run<R>(Box<dyn FnOnce(&mut Table) -> R + Send>);

impl<R: 'static> Message for Run<R> {
    type Result = R;
}

impl<R: 'static> Handler<Run<R>> for PresenceTable {
    type Result = MessageResult<Run<R>>;

    fn handle(&mut self, message: Run<R>, _: &mut Self::Context) -> Self::Result {
        MessageResult((message.0)(self.now()))
    }
}

/// Presence in this process: gone with it, so it fits one repo process. [`super::Presence`] bounds the calls under way, and so the
/// mailbox.
pub(super) struct MemoryStore(Addr<PresenceTable>);

impl MemoryStore {
    /// Starts the actor in the present arbiter.
    pub(super) fn start(clock: SharedClock, terms: Terms) -> Self {
        Self(PresenceTable { table: Table::new(terms), clock }.start())
    }

    async fn run<R: Send + 'static>(&self, work: impl FnOnce(&mut Table) -> R + Send + 'static) -> Result<R> {
        let ran = self.0.send(Run(Box::new(work))).await;
        ran.map_err(|_| Error::unavailable("presence is stopping"))
    }
}

#[tonic::async_trait]
impl PresenceStore for MemoryStore {
    async fn ready(&self) {}

    async fn renew(&self, lease: GatewayLease) -> Result<Renewal> {
        self.run(|table| table.renew(lease)).await
    }

    async fn release(&self, gateway: GatewayId, incarnation: Incarnation) -> Result<()> {
        self.run(|table| table.release(gateway, incarnation)).await
    }

    async fn announce(&self, announcement: Announcement) -> Result<()> {
        self.run(|table| table.announce(announcement)).await
    }

    async fn gateways(&self) -> Result<Vec<LiveLease>> {
        self.run(|table| table.gateways()).await
    }

    async fn set_online(
        &self,
        user: UserId,
        gateway: GatewayId,
        client_info: String,
    ) -> Result<OnlineStatus> {
        self.run(|table| table.set_online(user, gateway, client_info)).await
    }

    async fn set_offline(&self, user: UserId, gateway: GatewayId) -> Result<()> {
        self.run(|table| table.set_offline(user, gateway)).await
    }

    async fn heartbeat(&self, user: UserId, gateway: GatewayId) -> Result<Heartbeat> {
        self.run(move |table| table.heartbeat(user, &gateway)).await
    }

    async fn statuses(&self, users: Vec<UserId>) -> Result<Vec<OnlineStatus>> {
        self.run(|table| table.statuses(users)).await
    }

    async fn locate(&self, users: Vec<UserId>) -> Result<Vec<(UserId, Vec<GatewayId>)>> {
        self.run(|table| table.locate(users)).await
    }

    async fn cleanup(&self, before: i64, limit: usize) -> Result<usize> {
        self.run(move |table| table.cleanup(before, limit)).await
    }

    async fn note_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<()> {
        self.run(|table| table.note_pushes(pushes)).await
    }

    async fn had_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<Vec<Vec<UserId>>> {
        self.run(|table| table.had_pushes(pushes)).await
    }
}
