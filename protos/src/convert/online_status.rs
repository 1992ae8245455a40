//! Presence.

use crate::model::{GatewayLease, OnlineStatus};
use crate::pb::{repo, types};

impl From<OnlineStatus> for types::OnlineStatus {
    fn from(status: OnlineStatus) -> Self {
        Self {
            is_online: status.is_online(),
            user_id: status.user_id.into(),
            gateway_id: status.gateways.first().map(ToString::to_string).unwrap_or_default(),
            last_seen: status.last_seen,
            client_info: status.client_info,
            gateway_ids: status.gateways.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<types::OnlineStatus> for OnlineStatus {
    fn from(status: types::OnlineStatus) -> Self {
        Self {
            user_id: status.user_id.into(),
            gateways: status.gateway_ids.into_iter().map(Into::into).collect(),
            last_seen: status.last_seen,
            client_info: status.client_info,
        }
    }
}

impl From<GatewayLease> for repo::GatewayLease {
    fn from(lease: GatewayLease) -> Self {
        Self { gateway_id: lease.gateway_id.into(), incarnation: lease.incarnation.into(), url: lease.url }
    }
}

impl From<repo::GatewayLease> for GatewayLease {
    fn from(lease: repo::GatewayLease) -> Self {
        Self { gateway_id: lease.gateway_id.into(), incarnation: lease.incarnation.into(), url: lease.url }
    }
}
