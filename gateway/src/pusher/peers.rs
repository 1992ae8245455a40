//! The links to the other gateways.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use futures::future::join_all;
use kit::batch::{Batches, Bounds, Depth, Flush};
use kit::grpc::{AuthorizedChannel, BATCH_BYTES, MAX_RESPONSE_BYTES, channel_to};
use kit::link::LinkNumbers;
use kit::{Secret, Shutdown};
use protos::ids::{GatewayId, LinkId, SignInId, UserId};
use protos::model::{Debt, GatewayLease};
use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::{Error, Reason, Result};
use tokio::time::{Instant, timeout};

use super::convert;
use super::debts::{Debts, Strays, owed_for};
use super::delivery::Delivery;
use super::everywhere::ListedSession;
use super::keeper::Keeper;
use super::outcome::Report;

/// A gateway that takes longer for a call has not answered.
const CALL_DEADLINE: Duration = Duration::from_secs(2);

/// One call at a time, so that what a gateway is told keeps its order. One item too many: its users are unreachable, and owed.
const BOUNDS: Bounds = Bounds { batch_items: 256, batch_bytes: BATCH_BYTES, in_flight: 1, waiting: 256 };

/// Every other live gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    own: GatewayId,
    token: Secret,
    /// Every link is heard of this often.
    keep_every: Duration,
    links: Arc<DashMap<GatewayId, PeerLink>>,
    /// Short operations, never across an await.
    strays: Arc<Mutex<Strays>>,
}

/// The link to one gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct PeerLink {
    lease: GatewayLease,
    channel: AuthorizedChannel,
    forwards: Batches<Forwards>,
    broken: Arc<AtomicBool>,
    debts: Debts,
    stop: Shutdown,
    ended: Shutdown,
}

impl Peers {
    /// None yet, of the gateway `own`; each will hear that it lives once in `keep_every`.
    pub(crate) fn new(own: GatewayId, token: Secret, keep_every: Duration) -> Self {
        Self { own, token, keep_every, links: Arc::default(), strays: Arc::default() }
    }

    /// Learns which gateways live. To be called on the actor system: it starts the links' batchers.
    pub(crate) fn update(&self, live: Vec<GatewayLease>) {
        let mut lost = Vec::new();
        self.links.retain(|gateway, link| {
            let lives = live.contains(&link.lease);
            if !lives {
                link.stop.cancel();
                lost.push(gateway.clone());
            }
            lives
        });
        // Should one live after all, when the store has forgotten its lease, it misses what is sent until it is known again.
        for gateway in lost {
            self.strays().add(&gateway, Debt::everybody(), Instant::now());
        }
        for lease in live {
            if lease.gateway_id == self.own || self.links.contains_key(&lease.gateway_id) {
                continue;
            }
            tracing::info!(gateway = %lease.gateway_id, url = lease.url, "another gateway lives");
            match PeerLink::start(lease.clone(), &self.token, self.keep_every) {
                Ok(link) => {
                    let debts = link.debts.clone();
                    self.links.insert(lease.gateway_id.clone(), link);
                    // After it stands in the map: who does not find it there adds to the strays before that.
                    debts.add(self.strays().take(&lease.gateway_id));
                }
                Err(error) => tracing::warn!(error, url = lease.url, "a gateway's URL is of no use"),
            }
        }
        self.strays().saw_all();
    }

    /// Notes what is owed to a gateway to which there is no link yet.
    pub(super) fn owe_unknown(&self, gateway: &GatewayId, debt: Debt) {
        self.strays().add(gateway, debt.clone(), Instant::now());
        // Its link may have come in between.
        if let Some(link) = self.link(gateway) {
            link.debts.add(debt);
        }
    }

    /// Notes what is owed to every other gateway.
    pub(super) fn owe_all(&self, debt: &Debt) {
        self.links.iter().for_each(|link| link.debts.add(debt.clone()));
    }

    /// Notes that gateways may live that this one has not been told of: they are owed everything once they are known.
    pub(crate) fn lost_sight(&self) {
        self.strays().lost_sight();
    }

    /// Says goodbye to every other gateway that is owed nothing, and waits for that.
    pub(crate) async fn stop(&self) {
        let links = self.links();
        links.iter().for_each(|link| link.stop.cancel());
        let ended = join_all(links.iter().map(|link| link.ended.cancelled()));
        if timeout(CALL_DEADLINE, ended).await.is_err() {
            tracing::debug!("not every gateway has heard that this one stops");
        }
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn strays(&self) -> MutexGuard<'_, Strays> {
        self.strays.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// How much waits for each other gateway.
    pub(crate) fn depths(&self) -> Vec<(GatewayId, Depth)> {
        self.links.iter().map(|link| (link.key().clone(), link.forwards.depth())).collect()
    }

    /// Every other gateway.
    pub(super) fn ids(&self) -> Vec<GatewayId> {
        self.links.iter().map(|link| link.key().clone()).collect()
    }
}

impl PeerLink {
    fn start(lease: GatewayLease, token: &Secret, keep_every: Duration) -> Result<Self, String> {
        let url = lease.url.parse().map_err(|error: url::ParseError| error.to_string())?;
        let channel = channel_to(&url, token).map_err(|error| error.to_string())?;
        let broken = Arc::new(AtomicBool::new(false));
        let (debts, numbers) = (Debts::default(), LinkNumbers::new(LinkId::generate(), true));
        let flush = Forwards {
            gateway: lease.gateway_id.clone(),
            channel: channel.clone(),
            broken: Arc::clone(&broken),
            debts: debts.clone(),
            numbers: numbers.clone(),
        };
        let forwards = Batches::start("a peer gateway", BOUNDS, flush);
        let keeper = Keeper {
            channel: channel.clone(),
            numbers,
            debts: debts.clone(),
            every: keep_every,
            stop: Shutdown::new(),
            ended: Shutdown::new(),
        };
        let (stop, ended, kept) = (keeper.stop.clone(), keeper.ended.clone(), forwards.clone());
        tokio::spawn(keeper.keep(move || kept.is_idle()));
        Ok(Self { lease, channel, forwards, broken, debts, stop, ended })
    }

    /// True since the last call failed: nobody waits for this gateway who has something better to do.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Notes that an answer has not come in time; the next that comes mends it.
    pub(super) fn set_broken(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Forwards deliveries, in order, and answers the report on each; what is not taken, now or later, is owed.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` or `TIMEOUT`: it may have been delivered.
    pub(super) async fn forward(&self, deliveries: Arc<[Delivery]>) -> Result<Vec<Report>> {
        match self.forwards.offer(Arc::clone(&deliveries)) {
            Ok(answer) => answer.await.map_err(|_| Error::unavailable("a peer gateway's link has ended"))?,
            Err(refusal) => {
                self.debts.add(owed_for(&*deliveries));
                Err(refusal)
            }
        }
    }

    /// Forwards deliveries without waiting for what becomes of them; what is not taken is owed.
    pub(super) fn tell(&self, deliveries: Arc<[Delivery]>) {
        if self.forwards.offer(Arc::clone(&deliveries)).is_err() {
            self.debts.add(owed_for(&*deliveries));
        }
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

pub(super) async fn within_deadline<T>(
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
    debts: Debts,
    numbers: LinkNumbers,
}

impl Flush for Forwards {
    /// The deliveries of one call, in order.
    type Item = Arc<[Delivery]>;
    type Reply = Vec<Report>;

    fn weight(deliveries: &Self::Item) -> usize {
        deliveries.iter().map(Delivery::weight).sum()
    }

    async fn flush(self, calls: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let sizes: Vec<usize> = calls.iter().map(|call| call.len()).collect();
        let position = self.numbers.next();
        let number = position.number;
        let request = convert::forward(calls.iter().flat_map(|call| call.iter()), position);
        let mut client = RouterServiceClient::new(self.channel).max_decoding_message_size(MAX_RESPONSE_BYTES);
        let outcome = within_deadline(client.forward(request)).await;
        let was_broken = self.broken.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(answer) => {
                self.numbers.answered(number);
                let deliveries = calls.iter().flat_map(|call| call.iter());
                let mut reports = convert::reports(answer, deliveries).into_iter();
                sizes.into_iter().map(|size| Ok(reports.by_ref().take(size).collect())).collect()
            }
            Err(error) => {
                self.debts.add(owed_for(calls.iter().flat_map(|call| call.iter())));
                // Once, not for every message until its lease runs out.
                if !was_broken {
                    tracing::warn!(gateway = %self.gateway, %error, "a gateway did not take what was forwarded");
                }
                vec![Err(error); sizes.len()]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn a_gateway_that_was_lost_from_sight_is_owed_everything_when_it_is_seen_again() {
        let peers = Peers::new("g1".into(), Secret::random().unwrap(), Duration::from_secs(3_600));
        let lease = GatewayLease {
            gateway_id: "g2".into(),
            incarnation: "i1".into(),
            url: "http://127.0.0.1:9".into(),
        };
        peers.update(vec![lease]);
        assert_eq!(peers.strays().take(&"g2".into()), Debt::default(), "a new one owns no sessions");
        peers.update(Vec::new());
        assert_eq!(peers.strays().take(&"g2".into()), Debt::everybody());
    }
}
