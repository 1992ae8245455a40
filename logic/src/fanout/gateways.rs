//! Calls to gateways, wherever they are at the moment.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use kit::Secret;
use kit::grpc::{AuthorizedChannel, channel_to};
use kit::link::LinkNumbers;
use protos::ids::{LinkId, SignInId, UserId};
use protos::model::Debt;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tonic::{Response, Status};
use url::Url;

use super::addressed::{Addressed, owed_for};
use super::contacts::Contacts;
use super::convert;
use super::debts::Debts;
use crate::repo::Repo;

/// A gateway that takes longer holds no sender up: another is tried, once.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);
/// How often the list of leases is read.
const LIST_EVERY: Duration = Duration::from_secs(1);
/// Calls that nobody waits for; what would be one more is owed.
const UNWAITED: usize = 16;
/// What is given up is logged this often at most.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// The way to the gateways. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct GatewayLink(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Secret,
    link: LinkId,
    debts: Debts,
    unwaited: Arc<Semaphore>,
    /// Short map operations, never across an await.
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    contacts: Contacts,
    routes: HashMap<String, Route>,
    given_up: u64,
    logged_at: Option<Instant>,
}

/// The way to one gateway.
#[derive(Clone, Debug)]
struct Route {
    url: String,
    channel: AuthorizedChannel,
    numbers: LinkNumbers,
}

impl GatewayLink {
    /// A link that knows only its first contacts; [`GatewayLink::learn_leases`] finds the others.
    pub(crate) fn new(first_contacts: &[Url], token: Secret) -> Self {
        let contacts = Contacts::new(first_contacts.iter().map(ToString::to_string).collect());
        let known = Known { contacts, routes: HashMap::new(), given_up: 0, logged_at: None };
        Self(Arc::new(Inner {
            token,
            link: LinkId::generate(),
            debts: Debts::default(),
            unwaited: Arc::new(Semaphore::new(UNWAITED)),
            known: Mutex::new(known),
        }))
    }

    /// Reads the list of live gateways once. When nobody tells, what was known stands.
    pub(crate) async fn learn_leases(&self, repo: &Repo) {
        let before = self.debts().mark();
        match repo.live_gateways().await {
            Ok(leases) if leases.is_empty() => {
                self.told(Vec::new());
                // Nobody is online. A gateway that held a lease before has its sessions sync when it gets one again.
                self.debts().forget(before);
            }
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

    /// What could not be handed over.
    pub(super) fn debts(&self) -> &Debts {
        &self.0.debts
    }

    /// Hands deliveries to one gateway. What none takes is given up, logged, counted, and owed. Who did not answer lately is told but
    /// not waited for.
    pub(super) async fn deliver(&self, deliveries: Vec<Addressed>) {
        let is_worth_waiting = self.known().contacts.pick_sound(None, Instant::now()).is_some();
        if is_worth_waiting {
            return self.hand_over(deliveries).await;
        }
        match Arc::clone(&self.0.unwaited).try_acquire_owned() {
            Ok(permit) => {
                let link = self.clone();
                tokio::spawn(async move {
                    link.hand_over(deliveries).await;
                    drop(permit);
                });
            }
            Err(_) => self.owe(&deliveries, &"the gateways do not answer"),
        }
    }

    async fn hand_over(&self, deliveries: Vec<Addressed>) {
        let delivered = self
            .call(|mut client, numbers| {
                let position = numbers.next();
                let number = position.number;
                let request = convert::deliver_request(&deliveries, position);
                async move { client.deliver(request).await.inspect(|_| numbers.answered(number)) }
            })
            .await;
        match delivered {
            // Those that could not be reached through this one, it owes.
            Ok(None) => self.owe(&deliveries, &"there is no gateway"),
            Ok(answer) => {
                let unreachable = answer.map(|answer| answer.unreachable_gateway_ids).unwrap_or_default();
                if !unreachable.is_empty() {
                    tracing::debug!(?unreachable, "gateways did not take what was forwarded to them");
                }
            }
            Err(error) => self.owe(&deliveries, &error.message()),
        }
    }

    fn owe(&self, deliveries: &[Addressed], cause: &impl Display) {
        self.debts().add(owed_for(deliveries));
        self.given_up(deliveries.len() as u64, cause);
    }

    /// Tells every gateway that has a lease, or had one a moment ago, that this process lives, and one of them what is owed.
    pub(super) async fn keep(&self) {
        let debt = self.debts().take();
        let payee = if debt.is_empty() { None } else { self.pick(None) };
        let payee_url = payee.as_ref().map(|route| route.url.clone());
        let others = self.leased().into_iter().filter(|route| Some(&route.url) != payee_url.as_ref());
        let others = join_all(others.map(|route| self.keep_one(route, Debt::default(), false)));
        let paid = async {
            match payee {
                Some(route) => self.keep_one(route, debt.clone(), false).await,
                None => false,
            }
        };
        let (_, is_paid) = tokio::join!(others, paid);
        if !is_paid {
            self.debts().add(debt);
        }
    }

    /// Tells every gateway that this process sends no more, unless something is owed.
    pub(super) async fn say_goodbye(&self) {
        if self.debts().is_empty() {
            let told = self.leased().into_iter().map(|route| self.keep_one(route, Debt::default(), true));
            join_all(told).await;
        }
    }

    /// True when the gateway has answered.
    async fn keep_one(&self, route: Route, debt: Debt, goodbye: bool) -> bool {
        let call = |mut client: RouterServiceClient<AuthorizedChannel>, numbers: LinkNumbers| {
            let position = numbers.next();
            let number = position.number;
            let request = convert::keep_link(position, debt.clone(), goodbye);
            async move { client.keep_link(request).await.inspect(|_| numbers.answered(number)) }
        };
        self.attempt(route, &call).await.is_ok()
    }

    fn leased(&self) -> Vec<Route> {
        let mut known = self.known();
        let urls: Vec<String> = known.contacts.leased().map(ToOwned::to_owned).collect();
        urls.iter().filter_map(|url| self.route(&mut known, url)).collect()
    }

    /// Closes the sockets of sign-ins that have ended, as far as gateways can be reached: their tokens are worthless anyway.
    pub(crate) async fn end_sign_ins(&self, user_id: &UserId, sign_in_ids: &[SignInId]) {
        if sign_in_ids.is_empty() {
            return;
        }
        let request = convert::end_sign_ins(user_id, sign_in_ids);
        let ended = self
            .call(|mut client, _| {
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
            .call(|mut client, _| {
                let request = request.clone();
                async move { client.set_world(request).await }
            })
            .await;
        if let Err(error) = told {
            tracing::warn!(cause = error.message(), joined, "no gateway was told who is in WORLD");
        }
    }

    /// Counts messages that were given up, and logs that now and then.
    pub(super) fn given_up(&self, count: u64, cause: &impl Display) {
        let mut known = self.known();
        known.given_up += count;
        let now = Instant::now();
        if known.logged_at.is_none_or(|at| at + LOG_EVERY <= now) {
            known.logged_at = Some(now);
            tracing::warn!(%cause, since_start = known.given_up, "messages were stored but not pushed yet");
        }
    }

    /// Calls a gateway and, if that does not answer, another. `Ok(None)`: there is none.
    async fn call<T, F, R>(&self, call: F) -> Result<Option<T>, Status>
    where
        F: Fn(RouterServiceClient<AuthorizedChannel>, LinkNumbers) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let Some(first) = self.pick(None) else { return Ok(None) };
        let first_url = first.url.clone();
        let refusal = match self.attempt(first, &call).await {
            Ok(answer) => return Ok(Some(answer)),
            Err(status) => status,
        };
        let Some(second) = self.pick(Some(&first_url)) else { return Err(refusal) };
        self.attempt(second, &call).await.map(Some)
    }

    async fn attempt<T, F, R>(&self, route: Route, call: &F) -> Result<T, Status>
    where
        F: Fn(RouterServiceClient<AuthorizedChannel>, LinkNumbers) -> R,
        R: Future<Output = Result<Response<T>, Status>>,
    {
        let Route { url, channel, numbers } = route;
        let outcome = timeout(ANSWERED_WITHIN, call(RouterServiceClient::new(channel), numbers))
            .await
            .unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")));
        let mut known = self.known();
        match &outcome {
            Ok(_) => known.contacts.answered(&url),
            Err(status) => {
                tracing::debug!(url, %status, "a gateway did not answer");
                known.contacts.failed(&url, Instant::now());
            }
        }
        outcome.map(Response::into_inner)
    }

    fn pick(&self, except: Option<&str>) -> Option<Route> {
        let mut known = self.known();
        let url = known.contacts.pick(except, Instant::now())?.to_owned();
        self.route(&mut known, &url)
    }

    fn route(&self, known: &mut Known, url: &str) -> Option<Route> {
        if let Some(route) = known.routes.get(url) {
            return Some(route.clone());
        }
        let made = url.parse::<Url>().map_err(|error| error.to_string());
        let made = made.and_then(|url| channel_to(&url, &self.0.token).map_err(|error| error.to_string()));
        match made {
            Ok(channel) => {
                let numbers = LinkNumbers::new(self.0.link.clone(), false);
                let route = Route { url: url.to_owned(), channel, numbers };
                known.routes.insert(url.to_owned(), route.clone());
                Some(route)
            }
            Err(error) => {
                tracing::warn!(error, "a gateway's URL is of no use");
                known.contacts.failed(url, Instant::now());
                None
            }
        }
    }

    fn told(&self, live: Vec<String>) {
        let mut known = self.known();
        known.contacts.told(live, Instant::now());
        let Known { contacts, routes, .. } = &mut *known;
        routes.retain(|url, _| contacts.known().any(|known| known == url));
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
