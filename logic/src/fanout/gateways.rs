//! Calls to gateways, wherever they are at the moment.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kit::Secret;
use kit::grpc::{AuthorizedChannel, channel_to};
use protos::ids::{SignInId, UserId};
use protos::pb::gateway::router_service_client::RouterServiceClient;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tonic::{Response, Status};
use url::Url;

use super::contacts::Contacts;
use super::convert::{self, DeliverRequest, Delivery};
use crate::repo::Repo;

/// A gateway that takes longer holds no sender up: another is tried, once.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);
/// How often the list of leases is read.
const LIST_EVERY: Duration = Duration::from_secs(1);
/// Losses are logged this often at most.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// The way to the gateways. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct GatewayLink(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Secret,
    /// Short map operations, never across an await.
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    contacts: Contacts,
    channels: HashMap<String, AuthorizedChannel>,
    losses: u64,
    losses_logged_at: Option<Instant>,
}

impl GatewayLink {
    /// A link that knows only its first contacts; [`GatewayLink::learn_leases`] finds the others.
    pub(crate) fn new(first_contacts: &[Url], token: Secret) -> Self {
        let contacts = Contacts::new(first_contacts.iter().map(ToString::to_string).collect());
        let known = Known { contacts, channels: HashMap::new(), losses: 0, losses_logged_at: None };
        Self(Arc::new(Inner { token, known: Mutex::new(known) }))
    }

    /// Reads the list of live gateways once. When nobody tells, what was known stands.
    pub(crate) async fn learn_leases(&self, repo: &Repo) {
        match repo.live_gateways().await {
            Ok(leases) => self.told(leases.into_iter().map(|lease| lease.url).collect()),
            Err(error) => tracing::debug!(%error, "the live gateways are not told"),
        }
    }

    /// Reads the list of live gateways over and over.
    pub(crate) async fn follow_leases(&self, repo: Repo) {
        let mut tick = interval(LIST_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.learn_leases(&repo).await;
        }
    }

    /// True when there is a gateway worth calling.
    pub(super) fn has_contact(&self) -> bool {
        self.known().contacts.pick(None, Instant::now()).is_some()
    }

    /// Hands deliveries to one gateway. What none takes is given up, logged and counted.
    pub(super) async fn deliver(&self, deliveries: Vec<Delivery>) {
        let count = deliveries.len() as u64;
        let request = DeliverRequest { deliveries };
        let delivered = self
            .call(|mut client| {
                let request = request.clone();
                async move { client.deliver(request).await }
            })
            .await;
        match delivered {
            Ok(answer) => {
                let unreachable = answer.map(|answer| answer.unreachable_gateway_ids).unwrap_or_default();
                if !unreachable.is_empty() {
                    tracing::debug!(?unreachable, "gateways did not take what was forwarded to them");
                }
            }
            Err(error) => self.lost(count, &error.message()),
        }
    }

    /// Closes the sockets of sign-ins that have ended, as far as gateways can be reached: their tokens are worthless anyway.
    pub(crate) async fn end_sign_ins(&self, user_id: &UserId, sign_in_ids: &[SignInId]) {
        if sign_in_ids.is_empty() {
            return;
        }
        let request = convert::end_sign_ins(user_id, sign_in_ids);
        let ended = self
            .call(|mut client| {
                let request = request.clone();
                async move { client.end_sign_in(request).await }
            })
            .await;
        if let Err(error) = ended {
            tracing::warn!(cause = error.message(), "no gateway was told of the end of a sign-in");
        }
    }

    /// Tells every gateway that a user has joined WORLD or left it, as far as gateways can be reached. Doing so twice does no harm;
    /// a session that was not told is right again once it reconnects.
    pub(crate) async fn set_world(&self, user_id: &UserId, joined: bool) {
        let request = convert::set_world(user_id, joined);
        let told = self
            .call(|mut client| {
                let request = request.clone();
                async move { client.set_world(request).await }
            })
            .await;
        if let Err(error) = told {
            tracing::warn!(cause = error.message(), joined, "no gateway was told who is in WORLD");
        }
    }

    /// Counts messages that were given up, and logs that now and then.
    pub(super) fn lost(&self, count: u64, cause: &impl Display) {
        let mut known = self.known();
        known.losses += count;
        let now = Instant::now();
        if known.losses_logged_at.is_none_or(|at| at + LOG_EVERY <= now) {
            known.losses_logged_at = Some(now);
            tracing::warn!(%cause, since_start = known.losses, "messages were stored but not pushed");
        }
    }

    /// Calls a gateway and, if that does not answer, another. `Ok(None)`: there is none.
    async fn call<T, F, R>(&self, call: F) -> Result<Option<T>, Status>
    where
        F: Fn(RouterServiceClient<AuthorizedChannel>) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let Some((first, channel)) = self.pick(None) else { return Ok(None) };
        let refusal = match self.attempt(&first, channel, &call).await {
            Ok(answer) => return Ok(Some(answer)),
            Err(status) => status,
        };
        let Some((second, channel)) = self.pick(Some(&first)) else { return Err(refusal) };
        self.attempt(&second, channel, &call).await.map(Some)
    }

    async fn attempt<T, F, R>(&self, url: &str, channel: AuthorizedChannel, call: &F) -> Result<T, Status>
    where
        F: Fn(RouterServiceClient<AuthorizedChannel>) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let outcome = timeout(ANSWERED_WITHIN, call(RouterServiceClient::new(channel)))
            .await
            .unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")));
        let mut known = self.known();
        match &outcome {
            Ok(_) => known.contacts.answered(url),
            Err(status) => {
                tracing::debug!(url, %status, "a gateway did not answer");
                known.contacts.failed(url, Instant::now());
            }
        }
        outcome.map(Response::into_inner)
    }

    fn pick(&self, except: Option<&str>) -> Option<(String, AuthorizedChannel)> {
        let mut known = self.known();
        let url = known.contacts.pick(except, Instant::now())?.to_owned();
        if let Some(channel) = known.channels.get(&url) {
            return Some((url, channel.clone()));
        }
        let made = url.parse::<Url>().map_err(|error| error.to_string());
        let made = made.and_then(|url| channel_to(&url, &self.0.token).map_err(|error| error.to_string()));
        match made {
            Ok(channel) => {
                known.channels.insert(url.clone(), channel.clone());
                Some((url, channel))
            }
            Err(error) => {
                tracing::warn!(error, "a gateway's URL is of no use");
                known.contacts.failed(&url, Instant::now());
                None
            }
        }
    }

    fn told(&self, live: Vec<String>) {
        let mut known = self.known();
        known.contacts.told(live, Instant::now());
        let Known { contacts, channels, .. } = &mut *known;
        channels.retain(|url, _| contacts.known().any(|known| known == url));
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
