//! Tells contacts who came online and went offline.
//!
//! [`Roster`](super::roster) says of whom, and that it is this gateway's turn. Logic is asked for their contacts, for those of many in one
//! call; those who are online get an `online-status` through the router. All of it is a signal: what takes too long or is too much is
//! dropped.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use protos::Result;
use protos::ids::UserId;
use protos::model::ChatEvent;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;

use super::Locator;
use super::roster::{Notice, Roster};
use crate::logic::LogicClient;
use crate::pusher::Router;

/// Notices that wait; one more is dropped. So many, because a gateway that dies leaves as many users at once.
const WAITING: usize = 65_536;
/// Notices under way: they share calls to logic.
const AT_ONCE: usize = 256;
/// Sessions for which logic is asked at the same time; the others wait, as long as they live. Fewer than may wait for a call.
const GREETED_AT_ONCE: usize = 4_096;
/// How often it is looked for whom the grace is over.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a notice needs.
#[derive(Clone)]
struct Notices {
    roster: Roster,
    locator: Locator,
    logic: LogicClient,
    router: Router,
}

/// Gives notices from now on until the roster stops. To be called on the actor system.
pub(super) fn start(roster: Roster, locator: Locator, logic: LogicClient, router: Router) {
    let (sender, waiting) = mpsc::channel(WAITING);
    roster.set_notices(sender);
    let stop = roster.stopped().clone();
    tokio::spawn(stop.clone().run_until_cancelled_owned(look(roster.clone())));
    let notices = Notices { roster, locator, logic, router };
    let telling =
        ReceiverStream::new(waiting).for_each_concurrent(AT_ONCE, move |notice| notices.clone().tell(notice));
    tokio::spawn(stop.run_until_cancelled_owned(telling));
}

/// Lets the roster look for whom the grace is over, for ever.
async fn look(roster: Roster) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        roster.tick();
    }
}

impl Notices {
    async fn tell(self, notice: Notice) {
        if let Err(error) = self.try_tell(&notice).await {
            tracing::debug!(user = %notice.user, online = notice.online, %error, "contacts are not told");
        }
    }

    async fn try_tell(&self, notice: &Notice) -> Result<()> {
        let Notice { user, online } = notice;
        // The roster may not have heard yet of a gateway that presence knows; a wrong "offline" would stay.
        if !online && !self.locator.locate(vec![user.clone()]).await?.is_empty() {
            return Ok(());
        }
        let contacts = self.logic.contacts(user.clone()).await?;
        // Meanwhile it may have become untrue; then another notice follows.
        let still = self.roster.shown_online(vec![user.clone()]).is_empty() != *online;
        let receivers = self.roster.present(contacts);
        if still && !receivers.is_empty() {
            let event = ChatEvent::OnlineStatus { user_id: user.clone(), online: *online };
            self.router.tell(event, receivers).await;
        }
        Ok(())
    }
}

/// What a new session is told of its user's contacts. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Greetings {
    roster: Roster,
    logic: LogicClient,
    permits: Arc<Semaphore>,
}

impl Greetings {
    pub(super) fn new(roster: Roster, logic: LogicClient) -> Self {
        Self { roster, logic, permits: Arc::new(Semaphore::new(GREETED_AT_ONCE)) }
    }

    /// The user's contacts; none when logic does not answer.
    pub(crate) async fn contacts(self, user: UserId) -> Vec<UserId> {
        // It is never closed.
        let _permit = self.permits.acquire().await;
        self.logic.contacts(user).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "a session is not told which contacts are online");
            Vec::new()
        })
    }

    /// Those of the contacts who are online, as it is to be told at this moment.
    pub(crate) fn online_among(&self, contacts: Vec<UserId>) -> Vec<UserId> {
        self.roster.shown_online(contacts)
    }
}
