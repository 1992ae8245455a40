//! What every store of presence can do.

use std::time::Duration;

use protos::Result;
use protos::ids::{GatewayId, Incarnation, PushId, UserId};
use protos::model::{GatewayLease, OnlineStatus};

use super::record::LiveLease;

/// What became of a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Renewal {
    /// False: the incarnation was replaced by a newer one, or gave its lease back; it never holds it again.
    pub(super) held: bool,
    /// False: the store may not know all that was announced under this lease; all of it is to be announced anew.
    pub(super) continued: bool,
    /// Every live lease, by gateway id.
    pub(super) gateways: Vec<GatewayLease>,
    /// How long the lease lives from now.
    pub(super) ttl: Duration,
}

/// Who came to a gateway and who left it. A user in both lists came.
#[derive(Clone, Debug)]
pub(super) struct Announcement {
    /// Which gateway.
    pub(super) gateway: GatewayId,
    /// Which start of it; without the lease it changes nothing.
    pub(super) incarnation: Incarnation,
    /// Who came, and what their client says it is.
    pub(super) online: Vec<(UserId, String)>,
    /// Who left.
    pub(super) offline: Vec<UserId>,
}

/// What became of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heartbeat {
    /// False: the user is not online under that gateway.
    pub(super) success: bool,
    /// Unix seconds; 0: never.
    pub(super) last_seen: i64,
}

/// A store of presence. Every method answers `SERVICE_UNAVAILABLE` when the store does not answer; `gateways` then tells what was
/// known last, which is better for routing than nothing.
#[tonic::async_trait]
pub(super) trait PresenceStore: Send + Sync {
    /// Waits until the store answers.
    async fn ready(&self);

    /// Takes or renews a lease. A new incarnation ends the one before it, with all its users.
    async fn renew(&self, lease: GatewayLease) -> Result<Renewal>;

    /// Ends an incarnation; its users are offline at once, and it cannot take the lease again.
    async fn release(&self, gateway: GatewayId, incarnation: Incarnation) -> Result<()>;

    /// Notes who came and left.
    async fn announce(&self, announcement: Announcement) -> Result<()>;

    /// Every live lease, by gateway id.
    async fn gateways(&self) -> Result<Vec<LiveLease>>;

    /// Sets a user online under a gateway: as long as its present lease lives, or for a minute when it has none.
    async fn set_online(&self, user: UserId, gateway: GatewayId, client_info: String)
    -> Result<OnlineStatus>;

    /// Takes back what `set_online` set. What a gateway announced itself stays: it still holds the session.
    async fn set_offline(&self, user: UserId, gateway: GatewayId) -> Result<()>;

    /// Renews what `set_online` set, while it lasts.
    async fn heartbeat(&self, user: UserId, gateway: GatewayId) -> Result<Heartbeat>;

    /// One status per id, in that order.
    async fn statuses(&self, users: Vec<UserId>) -> Result<Vec<OnlineStatus>>;

    /// Where users are; who is nowhere is left out.
    async fn locate(&self, users: Vec<UserId>) -> Result<Vec<(UserId, Vec<GatewayId>)>>;

    /// Forgets up to `limit` users who are offline and were last seen before `before` (Unix seconds); tells how many.
    async fn cleanup(&self, before: i64, limit: usize) -> Result<usize>;

    /// Notes who had these pushes, for a while.
    async fn note_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<()>;

    /// Which of its users had each push lately.
    async fn had_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<Vec<Vec<UserId>>>;
}
