//! How all gateways are doing: each is asked at once, and nobody waits for one that does not answer.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::{join, join_all};
use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES};
use protos::Result;
use protos::ids::GatewayId;
use protos::model::GatewayLease;
use protos::pb::gateway::GetStatsRequest;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use serde::Serialize;
use tokio::time::{Instant, timeout};

use super::{GatewayStats, Observer};
use crate::presence::{LeaseAge, PresenceClient};

/// Who takes longer has not answered.
const ANSWERED_WITHIN: Duration = Duration::from_millis(800);

/// Asks all gateways, and repo for their leases. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) here: Observer,
    pub(crate) presence: PresenceClient,
}

/// All gateways at one moment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    /// The one that was asked.
    pub(crate) gateway_id: GatewayId,
    /// Unix milliseconds by its clock.
    pub(crate) now_ms: i64,
    /// False: repo does not answer. The gateways are those that this one knew last.
    pub(crate) leases_known: bool,
    /// How many users are online anywhere, each counted once, as the asked one has heard.
    pub(crate) users: usize,
    /// By id.
    pub(crate) gateways: Vec<GatewayView>,
}

/// One of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayView {
    pub(crate) gateway_id: GatewayId,
    pub(crate) incarnation: String,
    pub(crate) url: String,
    /// How old its lease is; `None`: it holds none, or nobody can tell.
    pub(crate) lease: Option<LeaseAge>,
    /// How long its answer took; 0 for the one that was asked.
    pub(crate) took_ms: i64,
    /// How far its clock is ahead of the asked one's, give or take half of `took_ms`.
    pub(crate) clock_ahead_ms: i64,
    /// `None`: it did not answer.
    pub(crate) stats: Option<GatewayStats>,
}

impl Cluster {
    /// How all are doing.
    pub(crate) async fn overview(&self) -> Overview {
        let asked = self.here.peers.channels().into_iter().map(|(lease, channel)| self.ask(lease, channel));
        let leases = timeout(ANSWERED_WITHIN, self.presence.leases());
        let (answered, leases) = join(join_all(asked), leases).await;
        let leases = leases.ok().and_then(Result::ok);
        let leases_known = leases.is_some();
        let mut ages: HashMap<GatewayLease, Option<LeaseAge>> = leases.into_iter().flatten().collect();
        let here = self.here.look();
        let mut gateways: Vec<GatewayView> = answered;
        let own = GatewayView { stats: Some(here), ..GatewayView::silent(self.here.lease.clone()) };
        gateways.push(own);
        for view in &mut gateways {
            view.lease = ages.remove(&view.lease_of()).flatten();
        }
        // What has come since this gateway was last told who lives.
        let unknown =
            ages.into_iter().map(|(lease, age)| GatewayView { lease: age, ..GatewayView::silent(lease) });
        gateways.extend(unknown);
        gateways.sort_by(|one, other| {
            (&one.gateway_id, &one.incarnation).cmp(&(&other.gateway_id, &other.incarnation))
        });
        let now_ms = self.here.clock.now_ms();
        Overview {
            gateway_id: self.here.lease.gateway_id.clone(),
            now_ms,
            leases_known,
            users: self.here.roster.online(),
            gateways,
        }
    }

    async fn ask(&self, lease: GatewayLease, channel: AuthorizedChannel) -> GatewayView {
        let mut client = RouterServiceClient::new(channel).max_decoding_message_size(MAX_RESPONSE_BYTES);
        let began = Instant::now();
        let Ok(answer) = timeout(ANSWERED_WITHIN, client.get_stats(GetStatsRequest {})).await else {
            return GatewayView::silent(lease);
        };
        let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        match answer {
            Ok(answer) => {
                let stats = GatewayStats::from(answer.into_inner());
                let clock_ahead_ms = stats.now_ms - (self.here.clock.now_ms() - took_ms / 2);
                GatewayView { took_ms, clock_ahead_ms, stats: Some(stats), ..GatewayView::silent(lease) }
            }
            Err(status) => {
                tracing::debug!(gateway = %lease.gateway_id, %status, "a gateway does not tell how it is doing");
                GatewayView::silent(lease)
            }
        }
    }
}

impl GatewayView {
    /// One that has not answered.
    fn silent(lease: GatewayLease) -> Self {
        let GatewayLease { gateway_id, incarnation, url } = lease;
        Self {
            gateway_id,
            incarnation: incarnation.to_string(),
            url,
            lease: None,
            took_ms: 0,
            clock_ahead_ms: 0,
            stats: None,
        }
    }

    fn lease_of(&self) -> GatewayLease {
        GatewayLease {
            gateway_id: self.gateway_id.clone(),
            incarnation: self.incarnation.as_str().into(),
            url: self.url.clone(),
        }
    }
}
