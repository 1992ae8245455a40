//! The members of a run: who they are, what they write into, and what they do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::cluster::{Account, Site, eventually};
use crate::member::{Member, Notebook, Outbox, Phase};

/// The crowd makes progress within this, whatever is done to the cluster.
const PROGRESS: Duration = Duration::from_secs(90);
/// Accounts and conversations made at once.
const AT_ONCE: usize = 16;

/// How many members there are, and what they do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    /// Who write to each other.
    clients: usize,
    /// Who are in no conversation.
    outsiders: usize,
    /// The last of the clients, who do not come before they are let.
    stalled: usize,
    /// Members of each group.
    group: usize,
    /// From an acknowledgement to a member's next message, on average.
    pause: Duration,
    /// Messages of a member under way at once: every other one's; the rest have one.
    window: usize,
}

impl Cast {
    /// So many clients, each in a pair and in about two groups of ten, and a few outsiders.
    pub(crate) fn of(clients: usize) -> Self {
        Self {
            clients: clients.max(4),
            outsiders: 4,
            stalled: 0,
            group: 10,
            pause: Duration::from_millis(300),
            window: 4,
        }
    }

    /// From an acknowledgement to a member's next message, on average.
    pub(crate) fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// So many of the clients do not come before they are let.
    pub(crate) fn stalled(self, stalled: usize) -> Self {
        Self { stalled, ..self }
    }
}

/// A conversation and its members, by their numbers.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) id: String,
    pub(crate) members: Vec<usize>,
}

/// Everybody, alive.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) notebooks: Vec<Arc<Mutex<Notebook>>>,
    pub(crate) talks: Vec<Talk>,
    phase: watch::Sender<Phase>,
    acked: watch::Sender<usize>,
    /// Who have not come.
    stalled: Vec<Member>,
    tasks: JoinSet<()>,
}

impl Crowd {
    /// Signs everybody up, makes the conversations, and has the members connect and begin.
    pub(crate) async fn gather(site: &Site, cast: Cast, rng: &mut StdRng) -> Self {
        let mut accounts = vec![site.sign_up("owner").await];
        let guests = futures::stream::iter(1..cast.clients + cast.outsiders);
        let guests = guests.map(async |_| site.guests(1).await.remove(0)).buffered(AT_ONCE);
        accounts.extend(guests.collect::<Vec<_>>().await);
        let talks = make_talks(site, &accounts[..cast.clients], cast, rng).await;
        let (phase, acked) = (watch::Sender::new(Phase::Chat), watch::Sender::new(0));
        let (mut tasks, mut stalled) = (JoinSet::new(), Vec::new());
        let mut notebooks = Vec::new();
        for (number, account) in accounts.into_iter().enumerate() {
            let own = talks.iter().filter(|talk| talk.members.contains(&number));
            let conversations: Vec<String> = own.map(|talk| talk.id.clone()).collect();
            let notebook = Notebook::new(account, &conversations, acked.clone());
            let notebook = Arc::new(Mutex::new(notebook));
            notebooks.push(Arc::clone(&notebook));
            let window = if number % 2 == 0 { cast.window } else { 1 };
            let member = Member {
                site: site.clone(),
                gateway: number,
                conversations,
                outbox: Outbox::new(window, cast.pause),
                rng: StdRng::seed_from_u64(rng.next_u64()),
                phase: phase.subscribe(),
                notebook,
            };
            if (cast.clients - cast.stalled..cast.clients).contains(&number) {
                stalled.push(member);
            } else {
                tasks.spawn(member.run());
            }
        }
        let crowd = Self { notebooks, talks, phase, acked, stalled, tasks };
        crowd.all_connected().await;
        crowd
    }

    /// Waits until every member is connected who may come.
    pub(crate) async fn all_connected(&self) {
        eventually("everybody is connected", async || self.is_connected().then_some(())).await;
    }

    /// True while every member is connected who may come.
    pub(crate) fn is_connected(&self) -> bool {
        let connected = self.notes(|notebook| notebook.gateway.is_some());
        let count = connected.into_iter().filter(|connected| *connected).count();
        count == self.notebooks.len() - self.stalled.len()
    }

    /// Waits until nobody thinks any more that they are connected to a gateway that was killed then.
    pub(crate) async fn noticed(&self, gateway: &str, killed: Instant) {
        eventually("its clients notice a gateway's death", async || {
            let still = |notebook: &Notebook| {
                notebook.gateway.as_deref() == Some(gateway) && notebook.connected <= killed
            };
            (!self.notes(still).contains(&true)).then_some(())
        })
        .await;
    }

    /// The ids of those who have not come.
    pub(crate) fn stalled_users(&self) -> Vec<String> {
        self.stalled.iter().map(|member| lock(&member.notebook).account.id.clone()).collect()
    }

    /// Their tokens.
    pub(crate) fn stalled_tokens(&self) -> Vec<String> {
        self.stalled.iter().map(|member| lock(&member.notebook).account.access.clone()).collect()
    }

    /// Lets them come.
    pub(crate) fn let_stalled_come(&mut self) {
        for member in self.stalled.drain(..) {
            self.tasks.spawn(member.run());
        }
    }

    /// Waits until so many more messages are acknowledged.
    pub(crate) async fn progress(&self, count: usize) {
        let goal = *self.acked.borrow() + count;
        let mut acked = self.acked.subscribe();
        loop {
            let before = *acked.borrow_and_update();
            if before >= goal {
                return;
            }
            match timeout(PROGRESS, acked.wait_for(|now| *now > before)).await {
                Ok(more) => drop(more.unwrap()),
                Err(_) => panic!("nothing was acknowledged for {PROGRESS:?}, {} to go", goal - before),
            }
        }
    }

    /// Waits until so many messages are acknowledged, since the beginning.
    pub(crate) async fn acked(&self, count: usize) {
        let now = *self.acked.borrow();
        self.progress(count.saturating_sub(now)).await;
    }

    /// How many messages are acknowledged by now.
    pub(crate) fn acked_now(&self) -> usize {
        *self.acked.borrow()
    }

    /// What everybody does from now on.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Waits until everybody has left.
    pub(crate) async fn gone(&mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }

    /// Something of every member's notebook.
    pub(crate) fn notes<T>(&self, mut note: impl FnMut(&Notebook) -> T) -> Vec<T> {
        self.notebooks.iter().map(|notebook| note(&lock(notebook))).collect()
    }

    /// Something of one member's notebook.
    pub(crate) fn note<T>(&self, number: usize, note: impl FnOnce(&Notebook) -> T) -> T {
        note(&lock(&self.notebooks[number]))
    }

    /// Where each member is connected, by user id; nothing while not connected.
    pub(crate) fn whereabouts(&self) -> HashMap<String, Option<String>> {
        self.notes(|notebook| (notebook.account.id.clone(), notebook.gateway.clone())).into_iter().collect()
    }

    /// Begins to look for acknowledgements from now on: the time from now to the next one.
    pub(crate) async fn next_ack(&self) -> Duration {
        let begun = Instant::now();
        self.progress(1).await;
        begun.elapsed()
    }
}

fn lock(notebook: &Mutex<Notebook>) -> std::sync::MutexGuard<'_, Notebook> {
    notebook.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pair for every two members, and groups such that each member is in about two, with the first as their owner.
async fn make_talks(site: &Site, accounts: &[Account], cast: Cast, rng: &mut StdRng) -> Vec<Talk> {
    let api = site.api(0);
    let mut planned: Vec<Vec<usize>> =
        (0..accounts.len() / 2).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
    let groups = (2 * accounts.len()).div_ceil(cast.group).max(2);
    for _ in 0..groups {
        let others = (1..accounts.len()).sample(rng, (cast.group - 1).min(accounts.len() - 1));
        planned.push([vec![0], others].concat());
    }
    let pairs = accounts.len() / 2;
    let made = planned.into_iter().enumerate().map(async |(number, members)| {
        let first = &accounts[members[0]];
        let id = if number < pairs {
            api.create_single(first, &accounts[members[1]]).await
        } else {
            let others: Vec<&Account> = members[1..].iter().map(|member| &accounts[*member]).collect();
            api.create_group(first, &others).await
        };
        Talk { id, members }
    });
    let made: Vec<_> = made.collect();
    let mut talks = Vec::new();
    let mut made = made.into_iter();
    loop {
        let some: Vec<_> = made.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return talks;
        }
        talks.extend(join_all(some).await);
    }
}
