//! Between the domain and `im.repo.v1.OnlineStatusService`, and what other gateways tell.

use std::collections::HashMap;

use protos::ids::{GatewayId, UserId};
use protos::model::GatewayLease;
use protos::pb::gateway::LocalPresence;
use protos::pb::repo as pb;

use super::announcer::Announcement;
use super::client::{LeaseAge, Renewal};

pub(super) fn renewal_of(lease: GatewayLease) -> pb::RenewLeaseRequest {
    pb::RenewLeaseRequest { lease: Some(lease.into()) }
}

impl From<pb::RenewLeaseResponse> for Renewal {
    fn from(answer: pb::RenewLeaseResponse) -> Self {
        Self {
            held: answer.held,
            continued: answer.continued,
            gateways: answer.gateways.into_iter().map(Into::into).collect(),
        }
    }
}

pub(super) fn listing() -> pb::ListGatewaysRequest {
    pb::ListGatewaysRequest {}
}

/// Ages are told for all leases or for none.
pub(super) fn leases(answer: pb::ListGatewaysResponse) -> Vec<(GatewayLease, Option<LeaseAge>)> {
    let mut ages = answer.ages.into_iter().map(|age| LeaseAge {
        held_ms: age.held_ms,
        renewed_ms: age.renewed_ms,
        left_ms: age.left_ms,
    });
    answer.gateways.into_iter().map(|lease| (lease.into(), ages.next())).collect()
}

pub(super) fn release_of(lease: &GatewayLease) -> pb::ReleaseLeaseRequest {
    pb::ReleaseLeaseRequest {
        gateway_id: lease.gateway_id.to_string(),
        incarnation: lease.incarnation.to_string(),
    }
}

pub(super) fn announcement_of(lease: &GatewayLease, announcement: Announcement) -> pb::AnnounceUsersRequest {
    let online = announcement
        .online
        .into_iter()
        .map(|(user, client_info)| pb::AnnouncedUser { user_id: user.into(), client_info });
    pb::AnnounceUsersRequest {
        gateway_id: lease.gateway_id.to_string(),
        incarnation: lease.incarnation.to_string(),
        online: online.collect(),
        offline_user_ids: announcement.offline.into_iter().map(Into::into).collect(),
    }
}

pub(super) fn whereabouts_of(users: Vec<UserId>) -> pb::LocateUsersRequest {
    pb::LocateUsersRequest { user_ids: users.into_iter().map(Into::into).collect() }
}

pub(super) fn locations(answer: pb::LocateUsersResponse) -> HashMap<UserId, Vec<GatewayId>> {
    let locations = answer.locations.into_iter();
    locations.map(|at| (at.user_id.into(), at.gateway_ids.into_iter().map(Into::into).collect())).collect()
}

/// Who came to another gateway, and who left it.
pub(super) fn locals(part: LocalPresence) -> (Vec<UserId>, Vec<UserId>) {
    let ids = |ids: Vec<String>| ids.into_iter().map(Into::into).collect();
    (ids(part.online_user_ids), ids(part.offline_user_ids))
}
