//! The calls to `im.repo.v1.OnlineStatusService`.

use std::collections::HashMap;

use kit::grpc::{MAX_RESPONSE_BYTES, Pool};
use protos::Result;
use protos::ids::{GatewayId, UserId};
use protos::model::GatewayLease;
use protos::pb::repo::online_status_service_client::OnlineStatusServiceClient;
use serde::Serialize;

use super::announcer::Announcement;
use super::convert;

/// What became of a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Renewal {
    /// False: a newer incarnation of this gateway holds the lease.
    pub(super) held: bool,
    /// False: all users are to be announced anew.
    pub(super) continued: bool,
    /// Every live gateway, this one included.
    pub(super) gateways: Vec<GatewayLease>,
}

/// How old a lease is, as repo tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeaseAge {
    /// Since this holding began.
    pub(crate) held_ms: i64,
    /// Since the last renewal.
    pub(crate) renewed_ms: i64,
    /// Until it runs out.
    pub(crate) left_ms: i64,
}

/// Every repo process. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct PresenceClient(Pool);

/// Calls one method: `how` is `once()` or, for those that may be done twice, `idempotent(None)`.
macro_rules! call {
    ($pool:expr, $how:ident($($key:expr)?), $method:ident, $request:expr) => {{
        let request = $request;
        $pool
            .$how($($key,)? |channel| {
                let request = request.clone();
                async move {
                    OnlineStatusServiceClient::new(channel)
                        .max_decoding_message_size(MAX_RESPONSE_BYTES)
                        .$method(request)
                        .await
                }
            })
            .await
    }};
}

impl PresenceClient {
    /// A client over `pool`.
    pub(crate) fn new(pool: Pool) -> Self {
        Self(pool)
    }

    /// True while a repo process answers, whatever it says of its store.
    pub(super) fn is_answered(&self) -> bool {
        self.0.is_ready()
    }

    /// Takes or renews the lease. Not tried again here: whether the lease was continued only the first try can tell.
    pub(super) async fn renew(&self, lease: &GatewayLease) -> Result<Renewal> {
        call!(self.0, once(), renew_lease, convert::renewal_of(lease.clone())).map(Into::into)
    }

    /// Every live lease, and how old it is if that can be told.
    pub(crate) async fn leases(&self) -> Result<Vec<(GatewayLease, Option<LeaseAge>)>> {
        call!(self.0, idempotent(None), list_gateways, convert::listing()).map(convert::leases)
    }

    /// Gives the lease back.
    pub(super) async fn release(&self, lease: &GatewayLease) -> Result<()> {
        call!(self.0, idempotent(None), release_lease, convert::release_of(lease)).map(drop)
    }

    /// Tells who came and went.
    pub(super) async fn announce(&self, lease: &GatewayLease, announcement: Announcement) -> Result<()> {
        call!(self.0, idempotent(None), announce_users, convert::announcement_of(lease, announcement))
            .map(drop)
    }

    /// Where users are; who is nowhere is left out.
    pub(super) async fn locate(&self, users: Vec<UserId>) -> Result<HashMap<UserId, Vec<GatewayId>>> {
        call!(self.0, idempotent(None), locate_users, convert::whereabouts_of(users)).map(convert::locations)
    }
}
