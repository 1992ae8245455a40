//! Clients that send all the time and do what the contract asks of a client: retry with the same key until acknowledged, and come
//! again when a socket ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kit::Shutdown;
use protos::Reason;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::checker::Sent;
use crate::cluster::{Account, Ack, Frame, Handshake, Message, Session, Site, new_message, within};

/// A client waits so long for an answer before it sends the same again.
const PATIENCE: Duration = Duration::from_secs(6);
/// A client waits so long for a socket.
const CONNECTING: Duration = Duration::from_secs(5);
/// Time between tries.
const PAUSE: Duration = Duration::from_millis(100);

/// What clients ended with: what they sent, in each one's order, and what was pushed to them.
pub(crate) type Outcome = (Vec<Sent>, Vec<Message>);

/// A running load: everybody writes into one group, and to one other member.
#[derive(Debug)]
pub(crate) struct Load {
    /// The group first.
    pub(crate) conversations: Vec<String>,
    clients: Vec<JoinHandle<Outcome>>,
    progress: Arc<Progress>,
    stop: Shutdown,
}

#[derive(Debug, Default)]
struct Progress {
    acked: watch::Sender<usize>,
    retries: AtomicUsize,
}

impl Load {
    /// Starts a client for each member; their number must be even.
    pub(crate) async fn start(site: &Site, members: &[Account]) -> Self {
        let api = site.api(0);
        let group = api.create_group(&members[0], &members[1..].iter().collect::<Vec<_>>()).await;
        let pairs = members.chunks(2).map(|pair| api.create_single(&pair[0], &pair[1]));
        let pairs = join_all(pairs).await;
        let (progress, stop) = (Arc::<Progress>::default(), Shutdown::new());
        let clients = members.iter().enumerate().map(|(number, account)| {
            let client = Client {
                site: site.clone(),
                account: account.clone(),
                conversations: [group.clone(), pairs[number / 2].clone()],
                gateway: number,
                session: None,
                pushed: Vec::new(),
            };
            tokio::spawn(client.run(Arc::clone(&progress), stop.clone()))
        });
        let clients = clients.collect();
        Self { conversations: [vec![group], pairs].concat(), clients, progress, stop }
    }

    /// Waits until so many more messages are acknowledged.
    pub(crate) async fn progress(&self, count: usize) {
        let mut acked = self.progress.acked.subscribe();
        let goal = *acked.borrow() + count;
        within("the load goes on", acked.wait_for(|acked| *acked >= goal)).await.unwrap();
    }

    /// How often a message was sent again.
    pub(crate) fn retries(&self) -> usize {
        self.progress.retries.load(Ordering::Relaxed)
    }

    /// Lets every client finish the message that it is at.
    pub(crate) async fn stop(self) -> Outcome {
        self.stop.cancel();
        let outcomes = within("every message is acknowledged", join_all(self.clients)).await;
        let (sent, pushed): (Vec<_>, Vec<_>) = outcomes.into_iter().map(Result::unwrap).unzip();
        (sent.concat(), pushed.concat())
    }
}

#[derive(Debug)]
struct Client {
    site: Site,
    account: Account,
    conversations: [String; 2],
    /// Where the next socket is opened.
    gateway: usize,
    session: Option<Session>,
    pushed: Vec<Message>,
}

impl Client {
    async fn run(mut self, progress: Arc<Progress>, stop: Shutdown) -> Outcome {
        let mut sent = Vec::new();
        while !stop.is_cancelled() {
            let number = sent.len();
            let mut message = Sent {
                sender_id: self.account.id.clone(),
                conversation_id: self.conversations[number % 2].clone(),
                client_msg_id: format!("k{number}"),
                content: format!("{number} of {}", self.account.name),
                seq: None,
            };
            message.seq = Some(self.send_until_acked(&message, &progress).await);
            sent.push(message);
            progress.acked.send_modify(|acked| *acked += 1);
        }
        self.leave();
        (sent, self.pushed)
    }

    async fn send_until_acked(&mut self, message: &Sent, progress: &Progress) -> i64 {
        let data = new_message(&message.conversation_id, &message.content, &message.client_msg_id);
        let mut tries = interval(PAUSE);
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tries.tick().await;
            let Some(session) = self.session().await else { continue };
            match session.try_request("send-message", &data, PATIENCE).await {
                Some(answer) if answer.kind == "message-ack" => return Ack::from_json(&answer.data).seq,
                Some(answer) => assert!(may_be_retried(&answer), "{answer:?}"),
                None => {}
            }
            progress.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The session, or a new one where a gateway answers.
    async fn session(&mut self) -> Option<&Session> {
        if self.session.as_ref().is_some_and(Session::has_ended) {
            self.leave();
        }
        if self.session.is_none() {
            let handshake = Handshake::bearer(self.site.gateway(self.gateway).http, &self.account.access);
            self.gateway += 1;
            self.session = Some(timeout(CONNECTING, handshake.connect()).await.ok()?.ok()?);
        }
        self.session.as_ref()
    }

    /// Keeps what the session was pushed.
    fn leave(&mut self) {
        if let Some(session) = self.session.take() {
            let pushed = session.all_pushed();
            let is_own = |message: &Message| self.conversations.contains(&message.conversation_id);
            assert!(pushed.iter().all(is_own), "pushed to one who is no member");
            self.pushed.extend(pushed);
        }
    }
}

fn may_be_retried(error: &Frame) -> bool {
    let reason = error.data["code"].as_str().and_then(Reason::parse);
    error.kind == "error" && reason.is_some_and(Reason::is_transient)
}
