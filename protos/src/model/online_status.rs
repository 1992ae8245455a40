//! Where users are.

use crate::ids::{GatewayId, Incarnation, UserId};

/// Whether a user is online, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlineStatus {
    /// Who.
    pub user_id: UserId,
    /// Every live gateway that holds a session of theirs; empty: offline.
    pub gateways: Vec<GatewayId>,
    /// Unix seconds of the last sign of life; 0 when there was none.
    pub last_seen: i64,
    /// What the newest session's client said it was.
    pub client_info: String,
}

impl OnlineStatus {
    /// True while a live gateway holds a session of theirs.
    #[must_use]
    pub fn is_online(&self) -> bool {
        !self.gateways.is_empty()
    }
}

/// One start of a gateway process, and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GatewayLease {
    /// Which gateway.
    pub gateway_id: GatewayId,
    /// Which start of it.
    pub incarnation: Incarnation,
    /// Where its gRPC listener is reached, e.g. `http://127.0.0.1:9000`.
    pub url: String,
}
