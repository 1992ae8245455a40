//! Between the wire's requests and presence.

use std::collections::HashSet;

use protos::ids::{GatewayId, Incarnation, UserId};
use protos::model::limits::{AVATAR_URL_MAX_BYTES, CLIENT_INFO_MAX_BYTES, PUSH_MAX_USERS};
use protos::model::{GatewayLease, OnlineStatus};
use protos::pb::repo;
use protos::{Error, Result};
use url::Url;

use super::record::LiveLease;
use super::store::{Announcement, Heartbeat, Renewal};

/// Ids in one list.
const MAX_IDS: usize = PUSH_MAX_USERS;
/// A gateway's URL, in bytes.
const URL_MAX_BYTES: usize = AVATAR_URL_MAX_BYTES;
/// Users that a clean-up forgets when it is not told how many, and at most.
const CLEANUP: (usize, usize) = (1_000, 10_000);

/// The user and the gateway that many requests name.
pub(super) fn user_at(user_id: String, gateway_id: String) -> Result<(UserId, GatewayId)> {
    Ok((UserId::parse("user_id", user_id)?, GatewayId::parse("gateway_id", gateway_id)?))
}

/// A list of ids, at most [`MAX_IDS`].
pub(super) fn user_ids(field: &str, ids: Vec<String>) -> Result<Vec<UserId>> {
    bounded(field, ids.len())?;
    ids.into_iter().map(|id| UserId::parse(field, id)).collect()
}

/// The same, each id once.
pub(super) fn distinct_user_ids(field: &str, ids: Vec<String>) -> Result<Vec<UserId>> {
    let mut users = user_ids(field, ids)?;
    let mut seen = HashSet::with_capacity(users.len());
    users.retain(|user| seen.insert(user.clone()));
    Ok(users)
}

/// What a client says it is, cut to its maximum.
pub(super) fn client_info(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(CLIENT_INFO_MAX_BYTES));
    text
}

/// The lease that a gateway wants.
pub(super) fn lease(request: repo::RenewLeaseRequest) -> Result<GatewayLease> {
    let lease = request.lease.ok_or_else(|| Error::invalid("lease is missing"))?;
    let url = Url::parse(&lease.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() || lease.url.len() > URL_MAX_BYTES || lease.url.contains(char::is_control) {
        return Err(Error::invalid("lease.url must be http://host:port"));
    }
    Ok(GatewayLease {
        gateway_id: GatewayId::parse("lease.gateway_id", lease.gateway_id)?,
        incarnation: Incarnation::parse("lease.incarnation", lease.incarnation)?,
        url: lease.url,
    })
}

/// Which lease a gateway gives back.
pub(super) fn released(request: repo::ReleaseLeaseRequest) -> Result<(GatewayId, Incarnation)> {
    let gateway = GatewayId::parse("gateway_id", request.gateway_id)?;
    Ok((gateway, Incarnation::parse("incarnation", request.incarnation)?))
}

/// Who came and left.
pub(super) fn announcement(request: repo::AnnounceUsersRequest) -> Result<Announcement> {
    bounded("online", request.online.len())?;
    let came = |user: repo::AnnouncedUser| {
        Ok((UserId::parse("online.user_id", user.user_id)?, client_info(user.client_info)))
    };
    Ok(Announcement {
        gateway: GatewayId::parse("gateway_id", request.gateway_id)?,
        incarnation: Incarnation::parse("incarnation", request.incarnation)?,
        online: request.online.into_iter().map(came).collect::<Result<_>>()?,
        offline: user_ids("offline_user_ids", request.offline_user_ids)?,
    })
}

/// Before which Unix second, and how many.
pub(super) fn cleanup(request: &repo::CleanupExpiredStatusRequest) -> Result<(i64, usize)> {
    if request.expired_before < 0 {
        return Err(Error::invalid("expired_before must not be negative"));
    }
    let limit = match usize::try_from(request.batch_size) {
        Err(_) => return Err(Error::invalid("batch_size must not be negative")),
        Ok(0) => CLEANUP.0,
        Ok(size) => size.min(CLEANUP.1),
    };
    Ok((request.expired_before, limit))
}

fn bounded(field: &str, count: usize) -> Result<()> {
    if count > MAX_IDS {
        return Err(Error::invalid(format!("{field} names more than {MAX_IDS} users")));
    }
    Ok(())
}

impl From<Renewal> for repo::RenewLeaseResponse {
    fn from(renewal: Renewal) -> Self {
        Self {
            held: renewal.held,
            continued: renewal.continued,
            gateways: renewal.gateways.into_iter().map(Into::into).collect(),
            ttl_seconds: i32::try_from(renewal.ttl.as_secs()).unwrap_or(i32::MAX),
        }
    }
}

impl From<Heartbeat> for repo::UpdateHeartbeatResponse {
    fn from(heartbeat: Heartbeat) -> Self {
        Self { success: heartbeat.success, last_seen: heartbeat.last_seen }
    }
}

/// Live leases, and how old they are if that is known.
pub(super) fn listed(live: Vec<LiveLease>) -> repo::ListGatewaysResponse {
    let age = |live: &LiveLease| {
        live.age.map(|age| repo::LeaseAge {
            held_ms: age.held_ms,
            renewed_ms: age.renewed_ms,
            left_ms: age.left_ms,
        })
    };
    let ages = live.iter().map(age).collect::<Option<_>>().unwrap_or_default();
    let gateways = live.into_iter().map(|live| live.lease.into()).collect();
    repo::ListGatewaysResponse { gateways, ages }
}

/// The answer with one status per id.
pub(super) fn statuses(statuses: Vec<OnlineStatus>) -> repo::GetUsersOnlineStatusResponse {
    repo::GetUsersOnlineStatusResponse { statuses: statuses.into_iter().map(Into::into).collect() }
}

/// The answer with who is where.
pub(super) fn locations(located: Vec<(UserId, Vec<GatewayId>)>) -> repo::LocateUsersResponse {
    let location = |(user, gateways): (UserId, Vec<GatewayId>)| repo::UserLocation {
        user_id: user.into(),
        gateway_ids: gateways.into_iter().map(Into::into).collect(),
    };
    repo::LocateUsersResponse { locations: located.into_iter().map(location).collect() }
}
