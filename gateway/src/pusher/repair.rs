//! Has sessions pull what may not have reached them: what a sender owes, and everything when a sender's link broke.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protos::ids::{ConversationId, UserId};
use protos::model::{ChatEvent, Debt, LinkPosition};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::delivery::{Delivery, Event};
use super::links::{Break, Links, ResyncAll};
use super::router::{Patience, Router};

/// How patiently senders are listened to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RepairTerms {
    /// A link that says nothing for so long is broken.
    pub(crate) silent_after: Duration,
    /// All sessions are told to `sync` at most once in this time.
    pub(crate) resync_all_every: Duration,
}

/// The handle of repair. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    router: Router,
    look_every: Duration,
    /// Short operations, never across an await.
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    links: Links,
    all: ResyncAll,
}

impl Repair {
    /// Repairs by way of `router`; [`Repair::watch`] notices who falls silent.
    pub(crate) fn new(router: Router, terms: RepairTerms) -> Self {
        let links = Links::new(terms.silent_after);
        let state = State { links, all: ResyncAll::new(terms.resync_all_every) };
        let look_every = terms.silent_after.min(terms.resync_all_every) / 8;
        Self { router, look_every, state: Arc::new(Mutex::new(state)) }
    }

    /// Looks over and over which links have fallen silent.
    pub(crate) async fn watch(self) {
        let mut tick = interval(self.look_every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let silent = self.state().links.silent(Instant::now());
            silent.into_iter().for_each(|broken| self.broke(broken, "it fell silent"));
            self.tell_all_when_due();
        }
    }

    /// A sender has called.
    pub(super) fn heard(&self, position: &LinkPosition) {
        let broken = self.state().links.heard(position, Instant::now());
        if let Some(broken) = broken {
            self.broke(broken, "what it sent has not come");
        }
    }

    /// A sender lives, or says goodbye, and tells what it owes.
    pub(super) async fn keep(&self, position: LinkPosition, debt: Debt, goodbye: bool) {
        self.heard(&position);
        if goodbye {
            self.state().links.ended(&position.link);
        }
        if !debt.is_empty() {
            self.make_good(debt, position.is_forwarded).await;
        }
    }

    /// Has the sessions of those who are owed `sync`. What logic owes concerns all gateways, what a gateway owes this one.
    async fn make_good(&self, debt: Debt, here_only: bool) {
        let (users, world, everybody, broken_links) = debt.into_parts();
        let now = Instant::now();
        let is_news = {
            let links = &mut self.state().links;
            broken_links.into_iter().filter(|link| links.broke_elsewhere(link.clone(), now)).count() > 0
        };
        if everybody || is_news {
            self.resync_all();
        }
        if everybody && !here_only {
            self.router.peers().owe_all(&Debt::everybody());
        }
        let mut deliveries = Vec::new();
        if !users.is_empty() {
            deliveries.push(resync(Vec::new(), users.into_iter().collect(), false));
        }
        if world {
            deliveries.push(resync(vec![ConversationId::world()], Vec::new(), true));
        }
        if here_only {
            self.router.deliver_here(&deliveries);
        } else if !deliveries.is_empty() {
            // What another gateway does not take it is owed.
            self.router.hand_out(&deliveries, Patience::DELIVER).await;
        }
    }

    fn broke(&self, Break { link, is_forwarded }: Break, why: &str) {
        tracing::warn!(%link, why, between_gateways = is_forwarded, "a link broke: all sessions are to sync");
        self.resync_all();
        if !is_forwarded {
            // It may have been the only gateway that noticed.
            self.router.peers().owe_all(&Debt::broken_link(link));
        }
    }

    fn resync_all(&self) {
        self.state().all.want();
        self.tell_all_when_due();
    }

    fn tell_all_when_due(&self) {
        let is_due = self.state().all.is_due(Instant::now());
        if is_due {
            self.router.broadcast_here(&resync(Vec::new(), Vec::new(), false));
        }
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has sessions `sync` these conversations; none: all.
fn resync(conversations: Vec<ConversationId>, users: Vec<UserId>, world: bool) -> Delivery {
    let event = Arc::new(Event::Chat(ChatEvent::Resync(conversations)));
    Delivery { event, users: users.into(), world, exclude: HashSet::new(), push_id: None }
}
