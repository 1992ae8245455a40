//! Finds the sessions of a delivery's receivers: here at once, elsewhere through the gateways that own them, each asked once.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::future::join_all;
use kit::SharedClock;
use protos::Result;
use protos::ids::{GatewayId, SignInId, UserId};
use tokio::time::{Instant, timeout, timeout_at};

use super::delivery::Delivery;
use super::outcome::{Report, UserOutcome};
use super::peers::{PeerLink, Peers};
use crate::presence::Locator;
use crate::registry::Registry;

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
}

/// The handle of routing. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Router {
    own: GatewayId,
    registry: Registry,
    locator: Locator,
    peers: Peers,
    clock: SharedClock,
}

/// What one gateway is to be forwarded: the deliveries' numbers, and the deliveries for its users.
type Share = (Vec<usize>, Vec<Delivery>);

impl Router {
    /// A router of the gateway `own`.
    pub(crate) fn new(
        own: GatewayId,
        registry: Registry,
        locator: Locator,
        peers: Peers,
        clock: SharedClock,
    ) -> Self {
        Self { own, registry, locator, peers, clock }
    }

    /// This gateway.
    pub(super) fn own(&self) -> &GatewayId {
        &self.own
    }

    /// Puts deliveries into the mailboxes of the sessions here, in order; the users that have one are reported.
    pub(super) fn deliver_here(&self, deliveries: &[Delivery]) -> Vec<Report> {
        let now = self.clock.now();
        let deliver = |delivery: &Delivery| {
            let frame = delivery.frame(now);
            let reach = |user: &UserId| {
                let reached = self.registry.deliver(user, &delivery.exclude, &frame);
                reached.any().then(|| (user.clone(), reached))
            };
            delivery.users.iter().filter_map(reach).collect()
        };
        deliveries.iter().map(deliver).collect()
    }

    /// Delivers here and on the gateways that own other sessions of the receivers; the outcomes stand in the order of each
    /// delivery's users.
    pub(super) async fn deliver(
        &self,
        deliveries: Vec<Delivery>,
        patience: Patience,
    ) -> Vec<Vec<UserOutcome>> {
        let mut outcomes: Vec<HashMap<UserId, UserOutcome>> =
            deliveries.iter().map(|_| HashMap::new()).collect();
        for (outcomes, report) in outcomes.iter_mut().zip(self.deliver_here(&deliveries)) {
            add(outcomes, &self.own, report);
        }
        let until = Instant::now() + patience.within;
        let shares = self.shares(&deliveries).await;
        let forwarded = shares.into_iter().map(|(gateway, (numbers, deliveries))| async move {
            let users: Vec<Vec<UserId>> = deliveries.iter().map(|delivery| delivery.users.clone()).collect();
            let reports = self.forward(&gateway, deliveries, until, patience).await;
            (gateway, numbers, users, reports)
        });
        for (gateway, numbers, users, reports) in join_all(forwarded).await {
            match reports {
                Some(reports) => {
                    for (number, report) in numbers.into_iter().zip(reports) {
                        add(&mut outcomes[number], &gateway, report);
                    }
                }
                None => {
                    for (number, user) in numbers
                        .into_iter()
                        .zip(users)
                        .flat_map(|(number, users)| users.into_iter().map(move |user| (number, user)))
                    {
                        outcomes[number].entry(user).or_default().add_unreachable(&gateway);
                    }
                }
            }
        }
        let in_order = deliveries.iter().zip(outcomes);
        in_order
            .map(|(delivery, mut outcomes)| {
                delivery.users.iter().map(|user| outcomes.remove(user).unwrap_or_default()).collect()
            })
            .collect()
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
    /// live gateway gets everything.
    async fn shares(&self, deliveries: &[Delivery]) -> HashMap<GatewayId, Share> {
        let mut shares: HashMap<GatewayId, Share> = HashMap::new();
        if self.peers.is_empty() {
            return shares;
        }
        let everybody: HashSet<&UserId> = deliveries.iter().flat_map(|delivery| &delivery.users).collect();
        let everybody = everybody.into_iter().cloned().collect();
        let located = timeout(LOCATED_WITHIN, self.locator.locate(everybody)).await;
        let whereabouts = located.ok().and_then(Result::ok);
        if whereabouts.is_none() {
            tracing::debug!("presence cannot be read; every gateway is asked");
        }
        let everywhere = self.peers.ids();
        for (number, delivery) in deliveries.iter().enumerate() {
            let mut users_of: HashMap<&GatewayId, Vec<UserId>> = HashMap::new();
            for user in &delivery.users {
                let owners = match &whereabouts {
                    Some(found) => found.get(user).map(Vec::as_slice).unwrap_or_default(),
                    None => &everywhere,
                };
                for owner in owners.iter().filter(|owner| **owner != self.own) {
                    users_of.entry(owner).or_default().push(user.clone());
                }
            }
            for (gateway, users) in users_of {
                let (numbers, share) = shares.entry(gateway.clone()).or_default();
                numbers.push(number);
                share.push(delivery.to(users));
            }
        }
        shares
    }

    /// Forwards a share; `None` when the gateway does not answer.
    async fn forward(
        &self,
        gateway: &GatewayId,
        deliveries: Vec<Delivery>,
        until: Instant,
        patience: Patience,
    ) -> Option<Vec<Report>> {
        let link = self.peers.link(gateway)?;
        if patience.skip_broken && link.is_broken() {
            // It is told all the same: its answer is what mends it.
            tokio::spawn(async move { link.forward(deliveries).await.map(drop) });
            return None;
        }
        answer_of(&link, deliveries, until).await
    }
}

async fn answer_of(link: &PeerLink, deliveries: Vec<Delivery>, until: Instant) -> Option<Vec<Report>> {
    let count = deliveries.len();
    match timeout_at(until, link.forward(deliveries)).await {
        Ok(outcome) => outcome.ok().filter(|reports| reports.len() == count),
        Err(_) => {
            link.set_broken();
            None
        }
    }
}

fn add(outcomes: &mut HashMap<UserId, UserOutcome>, gateway: &GatewayId, report: Report) {
    for (user, reached) in report {
        outcomes.entry(user).or_default().add(gateway, reached);
    }
}
