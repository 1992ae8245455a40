//! The links to the other gateways.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use kit::Secret;
use kit::batch::{Batches, Bounds, Flush};
use kit::grpc::{AuthorizedChannel, BATCH_BYTES, MAX_RESPONSE_BYTES, channel_to};
use protos::ids::{GatewayId, SignInId, UserId};
use protos::model::GatewayLease;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::{Error, Reason, Result};
use tokio::time::timeout;

use super::convert;
use super::delivery::Delivery;
use super::everywhere::ListedSession;
use super::outcome::Report;

/// A gateway that takes longer for a call has not answered.
const CALL_DEADLINE: Duration = Duration::from_secs(2);

/// One call at a time, so that what a gateway is told keeps its order. One item too many: its users are unreachable.
const BOUNDS: Bounds = Bounds { batch_items: 256, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 256 };

/// Every other live gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    own: GatewayId,
    token: Secret,
    links: Arc<DashMap<GatewayId, PeerLink>>,
}

/// The link to one gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct PeerLink {
    lease: GatewayLease,
    channel: AuthorizedChannel,
    forwards: Batches<Forwards>,
    broken: Arc<AtomicBool>,
}

impl Peers {
    /// None yet, of the gateway `own`.
    pub(crate) fn new(own: GatewayId, token: Secret) -> Self {
        Self { own, token, links: Arc::default() }
    }

    /// Learns which gateways live. To be called on the actor system: it starts the links' batchers.
    pub(crate) fn update(&self, live: Vec<GatewayLease>) {
        self.links.retain(|_, link| live.contains(&link.lease));
        for lease in live {
            if lease.gateway_id == self.own || self.links.contains_key(&lease.gateway_id) {
                continue;
            }
            tracing::info!(gateway = %lease.gateway_id, url = lease.url, "another gateway lives");
            match PeerLink::start(lease.clone(), &self.token) {
                Ok(link) => drop(self.links.insert(lease.gateway_id, link)),
                Err(error) => tracing::warn!(error, url = lease.url, "a gateway's URL is of no use"),
            }
        }
    }

    /// True when this gateway is the only one.
    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The links to all other gateways.
    pub(super) fn links(&self) -> Vec<PeerLink> {
        self.links.iter().map(|link| link.clone()).collect()
    }

    /// The link to a gateway; `None` when it is not known to live.
    pub(super) fn link(&self, gateway: &GatewayId) -> Option<PeerLink> {
        self.links.get(gateway).map(|link| link.clone())
    }

    /// Every other gateway's lease, and the channel to it.
    pub(crate) fn channels(&self) -> Vec<(GatewayLease, AuthorizedChannel)> {
        self.links.iter().map(|link| (link.lease.clone(), link.channel.clone())).collect()
    }

    /// Every other gateway.
    pub(super) fn ids(&self) -> Vec<GatewayId> {
        self.links.iter().map(|link| link.key().clone()).collect()
    }
}

impl PeerLink {
    fn start(lease: GatewayLease, token: &Secret) -> Result<Self, String> {
        let url = lease.url.parse().map_err(|error: url::ParseError| error.to_string())?;
        let channel = channel_to(&url, token).map_err(|error| error.to_string())?;
        let broken = Arc::new(AtomicBool::new(false));
        let flush = Forwards {
            gateway: lease.gateway_id.clone(),
            channel: channel.clone(),
            broken: Arc::clone(&broken),
        };
        Ok(Self { lease, channel, forwards: Batches::start("a peer gateway", BOUNDS, flush), broken })
    }

    /// True since the last call failed: nobody waits for this gateway who has something better to do.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Notes that an answer has not come in time; the next that comes mends it.
    pub(super) fn set_broken(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Forwards deliveries, in order, and answers the report on each.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`: it may have been delivered.
    pub(super) async fn forward(&self, deliveries: Vec<Delivery>) -> Result<Vec<Report>> {
        self.forwards.submit(deliveries).await
    }

    /// Delivers an event to every session there, and answers how many took it.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(super) async fn broadcast(&self, delivery: Delivery) -> Result<i32> {
        let request = convert::broadcast_request(delivery);
        let answer = self.call(|mut client| async move { client.broadcast_here(request).await }).await?;
        Ok(answer.delivered_sessions)
    }

    /// Closes the sessions of these users there, and answers how many there were.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(super) async fn disconnect(&self, users: Vec<UserId>, reason: String) -> Result<i32> {
        let request = convert::disconnect_request(users, reason);
        let answer = self.call(|mut client| async move { client.disconnect_here(request).await }).await?;
        Ok(answer.closed_sessions)
    }

    /// A user's sessions there.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(super) async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>> {
        let request = convert::sessions_of(&user);
        let answer = self.call(|mut client| async move { client.sessions_here(request).await }).await?;
        Ok(convert::listed(answer))
    }

    async fn call<T, R>(&self, call: impl FnOnce(RouterServiceClient<AuthorizedChannel>) -> R) -> Result<T>
    where
        R: Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    {
        let client = RouterServiceClient::new(self.channel.clone());
        within_deadline(call(client.max_decoding_message_size(MAX_RESPONSE_BYTES))).await
    }

    /// Tells it that a user has joined WORLD or left it, and answers how many sessions of theirs are there.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(super) async fn set_world(&self, user: &UserId, joined: bool) -> Result<i32> {
        let request = convert::set_world(user, joined);
        let answer = self.call(|mut client| async move { client.set_world(request).await }).await?;
        Ok(answer.sessions)
    }

    /// Closes these sign-ins' sockets there, and answers how many there were.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub(super) async fn end_sign_ins(&self, user: &UserId, sign_ins: &[SignInId]) -> Result<i32> {
        let request = convert::end_sign_ins(user, sign_ins);
        let answer = self.call(|mut client| async move { client.end_sign_in(request).await }).await?;
        Ok(answer.closed_sessions)
    }
}

async fn within_deadline<T>(
    call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
) -> Result<T> {
    match timeout(CALL_DEADLINE, call).await {
        Ok(outcome) => outcome.map(tonic::Response::into_inner).map_err(Into::into),
        Err(_) => Err(Error::new(Reason::Timeout, "a gateway did not answer in time")),
    }
}

/// Forwards what gathered while the last call was under way.
#[derive(Clone, Debug)]
struct Forwards {
    gateway: GatewayId,
    channel: AuthorizedChannel,
    broken: Arc<AtomicBool>,
}

impl Flush for Forwards {
    /// The deliveries of one call, in order.
    type Item = Vec<Delivery>;
    type Reply = Vec<Report>;

    fn weight(deliveries: &Self::Item) -> usize {
        deliveries.iter().map(Delivery::weight).sum()
    }

    async fn flush(self, calls: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let sizes: Vec<usize> = calls.iter().map(Vec::len).collect();
        let request = convert::forward(calls.into_iter().flatten());
        let mut client = RouterServiceClient::new(self.channel).max_decoding_message_size(MAX_RESPONSE_BYTES);
        let outcome = within_deadline(client.forward(request)).await;
        let was_broken = self.broken.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(answer) => {
                let mut reports = convert::reports(answer).into_iter();
                sizes.into_iter().map(|size| Ok(reports.by_ref().take(size).collect())).collect()
            }
            Err(error) => {
                // Once, not for every message until its lease runs out.
                if !was_broken {
                    tracing::warn!(gateway = %self.gateway, %error, "a gateway did not take what was forwarded");
                }
                vec![Err(error); sizes.len()]
            }
        }
    }
}
