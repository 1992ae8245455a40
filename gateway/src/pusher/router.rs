//! Finds the sessions of a delivery's receivers: here at once, elsewhere through the gateways that own them, each asked once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytestring::ByteString;
use futures::future::join_all;
use kit::SharedClock;
use protos::Result;
use protos::ids::{GatewayId, SignInId, UserId};
use protos::model::ChatEvent;
use tokio::time::{Instant, timeout, timeout_at};

use super::debts::owed_for;
use super::delivery::{Delivery, Event};
use super::outcome::{Report, UserOutcome};
use super::peers::{PeerLink, Peers};
use super::routed::{Forwarded, Routed, Share};
use crate::metrics::SharedMetrics;
use crate::presence::{Locator, Whereabouts};
use crate::registry::{Bundle, Mail, Registry};

/// Whereabouts that take longer are not waited for: then every gateway is asked.
const LOCATED_WITHIN: Duration = Duration::from_millis(250);

/// How patiently other gateways are waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// An answer that takes longer, whereabouts included, has not come.
    pub(super) within: Duration,
    /// True: a gateway that did not answer last time is told but not waited for.
    pub(super) skip_broken: bool,
}

impl Patience {
    /// Logic waits half a second, and a sender waits for logic.
    pub(super) const DELIVER: Self = Self { within: Duration::from_millis(400), skip_broken: true };
    /// A job wants to know.
    pub(super) const PUSH: Self = Self { within: Duration::from_secs(3), skip_broken: false };
    /// What could not be delivered has been kept: now only who has come meanwhile matters.
    pub(super) const AGAIN: Self = Self { within: Duration::from_secs(1), skip_broken: true };
}

/// The handle of routing. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Router {
    own: GatewayId,
    registry: Registry,
    locator: Locator,
    peers: Peers,
    clock: SharedClock,
    metrics: SharedMetrics,
}

impl Router {
    /// A router of the gateway `own`.
    pub(crate) fn new(
        own: GatewayId,
        registry: Registry,
        locator: Locator,
        peers: Peers,
        clock: SharedClock,
        metrics: SharedMetrics,
    ) -> Self {
        Self { own, registry, locator, peers, clock, metrics }
    }

    /// This gateway.
    pub(super) fn own(&self) -> &GatewayId {
        &self.own
    }

    /// Who is connected here.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The other gateways.
    pub(super) fn peers(&self) -> &Peers {
        &self.peers
    }

    /// Where it is counted what is delivered.
    pub(super) fn metrics(&self) -> &SharedMetrics {
        &self.metrics
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Puts deliveries into the mailboxes of the sessions here, in order; what it reached is reported.
    pub(super) fn deliver_here(&self, deliveries: &[Delivery]) -> Vec<Report> {
        let now = self.clock.now();
        let mut reports = Vec::with_capacity(deliveries.len());
        for together in deliveries.chunk_by(Delivery::shares_users) {
            let frames: Vec<ByteString> = together.iter().map(|delivery| delivery.frame(now)).collect();
            let mails: Vec<Mail<'_>> = together
                .iter()
                .zip(&frames)
                .map(|(delivery, frame)| Mail {
                    frame,
                    exclude: &delivery.exclude,
                    is_signal: delivery.is_signal(),
                })
                .collect();
            for (delivery, report) in together.iter().zip(self.put(&together[0], &mails)) {
                let sessions = report.users.iter().map(|reached| reached.delivered).sum::<i32>();
                self.count(delivery, sessions + report.world.delivered);
                reports.push(report);
            }
        }
        reports
    }

    /// Puts mails into the mailboxes of those whom `first` is for; a report on each mail. A user's sessions get all of them before
    /// the next user's get any, at one go, and so write them at one go.
    fn put(&self, first: &Delivery, mails: &[Mail<'_>]) -> Vec<Report> {
        let mut reports: Vec<Report> =
            mails.iter().map(|_| Report::with_capacity(first.users.len())).collect();
        let bundle = Bundle::of(mails);
        for user in first.users.iter() {
            let together = bundle.as_ref().and_then(|bundle| self.registry.deliver_bundle(user, bundle));
            for (mail, report) in mails.iter().zip(&mut reports) {
                report.users.push(together.unwrap_or_else(|| self.registry.deliver(user, *mail)));
            }
        }
        if first.world {
            for (mail, report) in mails.iter().zip(&mut reports) {
                report.world = self.registry.deliver_to_world(*mail);
            }
        }
        reports
    }

    /// Counts what so many sessions here have got.
    pub(super) fn count(&self, delivery: &Delivery, sessions: i32) {
        let sessions = u64::try_from(sessions).unwrap_or_default();
        match &*delivery.event {
            Event::Chat(ChatEvent::NewMessage(_)) => self.metrics.messages_delivered.add(sessions),
            Event::Chat(_) => {}
            Event::Custom { .. } => self.metrics.pushes_delivered.add(sessions),
        }
    }

    /// Delivers here and on the gateways that own other sessions of the receivers; the outcomes stand in the order of each
    /// delivery's users. A delivery to WORLD goes to every gateway, and has one outcome.
    pub(super) async fn deliver(&self, deliveries: &[Delivery], patience: Patience) -> Vec<Vec<UserOutcome>> {
        self.route(deliveries, patience).await.outcomes(&self.own, deliveries)
    }

    /// Delivers the same for who only asks which gateways did not answer.
    pub(super) async fn hand_out(&self, deliveries: &[Delivery], patience: Patience) -> HashSet<GatewayId> {
        self.route(deliveries, patience).await.unreachable()
    }

    async fn route(&self, deliveries: &[Delivery], patience: Patience) -> Routed {
        let here = self.deliver_here(deliveries);
        let until = Instant::now() + patience.within;
        let shares = self.shares(deliveries).await;
        let forwarded = shares.into_iter().map(|(gateway, share)| async move {
            let reports = self.forward(&gateway, share.deliveries(deliveries), until, patience).await;
            Forwarded { gateway, share, reports }
        });
        Routed { here, there: join_all(forwarded).await }
    }

    /// Has a user's sessions get what is for WORLD, or no more, here and unless that is `here_only` everywhere; answers how many
    /// sessions that are.
    pub(super) async fn set_world(&self, user: &UserId, joined: bool, here_only: bool) -> i32 {
        let here = self.registry.set_world(user, joined);
        if here_only {
            return here;
        }
        let links = self.peers.ids().into_iter().filter_map(|gateway| self.peers.link(&gateway));
        let there = join_all(links.map(|link| async move { link.set_world(user, joined).await })).await;
        let sessions = there.into_iter().map(|sessions| {
            sessions.unwrap_or_else(|error| {
                tracing::warn!(%error, joined, "a gateway was not told who is in WORLD");
                0
            })
        });
        here + sessions.sum::<i32>()
    }

    /// Tells users what happened in chat, wherever they are. A signal: nobody is told what became of it.
    pub(crate) async fn tell(&self, event: ChatEvent, users: Vec<UserId>) {
        let event = Arc::new(Event::Chat(event));
        let delivery =
            Delivery { event, users: users.into(), world: false, exclude: HashSet::new(), push_id: None };
        self.hand_out(&[delivery], Patience::DELIVER).await;
    }

    /// Closes the sockets of sign-ins that have ended, here and unless that is `here_only` everywhere; answers how many.
    pub(super) async fn end_sign_ins(&self, user: &UserId, sign_ins: &[SignInId], here_only: bool) -> i32 {
        let here = self.registry.end_sign_ins(user, sign_ins);
        if here_only {
            return here;
        }
        let links = self.peers.ids().into_iter().filter_map(|gateway| self.peers.link(&gateway));
        let there = join_all(links.map(|link| async move { link.end_sign_ins(user, sign_ins).await })).await;
        let closed = there.into_iter().map(|closed| {
            closed.unwrap_or_else(|error| {
                tracing::warn!(%error, "a gateway was not told of the end of a sign-in");
                0
            })
        });
        here + closed.sum::<i32>()
    }

    /// Each other gateway's share of the deliveries. Who presence says is nowhere is nobody's; when presence cannot be read, every
    /// live gateway gets everything, as it always gets what is for WORLD.
    async fn shares(&self, deliveries: &[Delivery]) -> HashMap<GatewayId, Share> {
        let mut shares: HashMap<GatewayId, Share> = HashMap::new();
        if self.peers.is_empty() {
            return shares;
        }
        let everybody: HashSet<&UserId> =
            deliveries.iter().flat_map(|delivery| delivery.users.iter()).collect();
        let whereabouts = self.locate(everybody.into_iter().cloned().collect()).await;
        let everywhere = self.peers.ids();
        for (number, delivery) in deliveries.iter().enumerate() {
            if delivery.world {
                for gateway in &everywhere {
                    shares.entry(gateway.clone()).or_default().add_world(number);
                }
            }
            for (place, user) in delivery.users.iter().enumerate() {
                let owners = match &whereabouts {
                    Some(found) => found.get(user).map(Vec::as_slice).unwrap_or_default(),
                    None => &everywhere,
                };
                for owner in owners.iter().filter(|owner| **owner != self.own) {
                    // Looked up first: the id is cloned once for each gateway, not for each user.
                    match shares.get_mut(owner) {
                        Some(share) => share.add(number, place),
                        None => shares.entry(owner.clone()).or_default().add(number, place),
                    }
                }
            }
        }
        shares
    }

    /// Where users are; `None` when presence cannot be read.
    async fn locate(&self, users: Vec<UserId>) -> Option<Whereabouts> {
        if users.is_empty() {
            return Some(Whereabouts::new());
        }
        let located = timeout(LOCATED_WITHIN, self.locator.locate(users)).await;
        let whereabouts = located.ok().and_then(Result::ok);
        if whereabouts.is_none() {
            self.peers.lost_sight();
            tracing::debug!("presence cannot be read; every gateway is asked");
        }
        whereabouts
    }

    /// Forwards a share; `None` when the gateway does not answer: it is owed what it does not take after all.
    async fn forward(
        &self,
        gateway: &GatewayId,
        deliveries: Arc<[Delivery]>,
        until: Instant,
        patience: Patience,
    ) -> Option<Vec<Report>> {
        let Some(link) = self.peers.link(gateway) else {
            self.peers.owe_unknown(gateway, owed_for(&*deliveries));
            return None;
        };
        if patience.skip_broken && link.is_broken() {
            // It is told all the same: its answer is what mends it.
            link.tell(deliveries);
            return None;
        }
        answer_of(&link, deliveries, until).await
    }
}

async fn answer_of(link: &PeerLink, deliveries: Arc<[Delivery]>, until: Instant) -> Option<Vec<Report>> {
    let count = deliveries.len();
    match timeout_at(until, link.forward(deliveries)).await {
        Ok(outcome) => outcome.ok().filter(|reports| reports.len() == count),
        Err(_) => {
            link.set_broken();
            None
        }
    }
}

#[cfg(test)]
#[path = "router_test.rs"]
mod tests;
