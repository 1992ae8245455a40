//! A client that does exactly what the contract asks of one, on the wire: it retries with the same key until it is acknowledged, comes
//! again when a socket ends, syncs when it connects, when it is told to and when a gap stays, and for no other reason. So what is
//! neither pushed nor announced as missed shows as missing.

mod catching_up;
mod line;
mod notebook;
mod outbox;
mod recalls;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message as WireMessage;

pub(crate) use self::line::Lost;
pub(crate) use self::notebook::Notebook;
pub(crate) use self::outbox::Outbox;

use self::catching_up::CatchingUp;
use self::line::Line;
use self::recalls::Recalls;
use crate::cluster::{Frame, Site};

/// Longest time to write a frame.
const WRITING: Duration = Duration::from_secs(10);
/// A server that owes an answer and says nothing for so long is asked whether it is there, and given up after as long again.
const SILENCE: Duration = Duration::from_secs(8);
/// Waits between tries to connect: the first, and the longest that doubling leads to.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));
/// An access token is good for 15 minutes; it is renewed after this.
const TOKEN_AGE: Duration = Duration::from_secs(10 * 60);

/// What all members of a crowd do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// They listen, and send all the time.
    Chat,
    /// They listen, and get acknowledged what they sent.
    Finish,
    /// They only listen.
    Listen,
    /// They say goodbye.
    Leave,
}

/// What a member is made of.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) site: Site,
    /// Where the next socket is opened.
    pub(crate) gateway: usize,
    /// Those that it writes into. What it holds is in the notebook.
    pub(crate) conversations: Vec<String>,
    pub(crate) outbox: Outbox,
    pub(crate) rng: StdRng,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) notebook: Arc<Mutex<Notebook>>,
}

impl Member {
    /// Lives until it is told to leave.
    pub(crate) async fn run(mut self) {
        let mut failures = 0;
        while *self.phase.borrow() != Phase::Leave {
            self.renew_token(false).await;
            let token = self.note(|notebook| notebook.account.access.clone());
            match Line::open(&self.site, self.gateway, &token).await {
                Ok(line) => {
                    failures = 0;
                    self.note(|notebook| notebook.joined(&line.gateway_id));
                    let lost = self.live(line).await;
                    self.note(|notebook| notebook.left(lost));
                    if lost == Lost::Closed(4401) {
                        self.renew_token(true).await;
                    }
                }
                Err(Lost::Refused(401)) => self.renew_token(true).await,
                Err(lost @ Lost::Closed(_)) => self.note(|notebook| notebook.left(lost)),
                Err(_) => {}
            }
            self.gateway = self.rng.random_range(0..self.site.gateways.len());
            let wait = BACKOFF.1.min(BACKOFF.0 * 2_u32.pow(failures.min(8)));
            failures += 1;
            let wait = wait.mul_f64(self.rng.random_range(0.5..1.0));
            self.pause(wait).await;
        }
    }

    async fn pause(&mut self, time: Duration) {
        let leaving = self.phase.wait_for(|phase| *phase == Phase::Leave);
        timeout(time, leaving).await.ok();
    }

    /// One connection, until it ends.
    async fn live(&mut self, mut line: Line) -> Lost {
        let mut catching_up = CatchingUp::begin();
        let mut recalls = self.note(Notebook::open_recalls);
        self.outbox.begin();
        let mut heard = Instant::now();
        let mut pinged = false;
        loop {
            let now = Instant::now();
            let phase = *self.phase.borrow_and_update();
            if line.is_closing() {
                return line.lost().await;
            }
            let mut due = self.due(phase, now, &mut catching_up, &mut recalls);
            let owed = self.outbox.is_waiting() || catching_up.is_waiting();
            if owed && now >= heard + SILENCE {
                if pinged {
                    return Lost::Silent;
                }
                (pinged, heard) = (true, now);
                due.push(WireMessage::Ping(Vec::new().into()));
            }
            for frame in due {
                if !matches!(timeout(WRITING, line.send(frame)).await, Ok(Ok(()))) {
                    return line.lost().await;
                }
            }
            if phase == Phase::Leave {
                return line.close().await;
            }
            tokio::select! {
                came = line.next() => {
                    (heard, pinged) = (Instant::now(), false);
                    match came {
                        Ok(Some(frame)) => self.receive(&frame, &mut catching_up, &mut recalls),
                        Ok(None) => {}
                        Err(lost) => return lost,
                    }
                }
                () = sleep_until(self.wake(phase, now, &catching_up, heard)) => {}
                _ = self.phase.changed() => {}
            }
        }
    }

    /// What is to be written now.
    fn due(
        &mut self,
        phase: Phase,
        now: Instant,
        catching_up: &mut CatchingUp,
        recalls: &mut Recalls,
    ) -> Vec<WireMessage> {
        let mut notebook = self.notebook.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        due.extend(catching_up.due(now, &mut notebook));
        if phase == Phase::Chat {
            self.outbox.write(now, &self.conversations, &mut notebook, &mut self.rng);
        }
        if matches!(phase, Phase::Chat | Phase::Finish) {
            due.extend(self.outbox.due(now, &mut notebook));
            due.extend(recalls.due(now));
        }
        due.into_iter().map(WireMessage::text).collect()
    }

    fn wake(&self, phase: Phase, now: Instant, catching_up: &CatchingUp, heard: Instant) -> Instant {
        let mut wake = (now + Duration::from_secs(1)).min(heard + SILENCE).max(now);
        if let Some(at) = catching_up.wake() {
            wake = wake.min(at);
        }
        if matches!(phase, Phase::Chat | Phase::Finish) {
            wake = wake.min(self.outbox.wake(phase, now));
        }
        // Never a busy loop, whatever is overdue and cannot go.
        wake.max(now + Duration::from_millis(5))
    }

    fn receive(&mut self, frame: &Frame, catching_up: &mut CatchingUp, recalls: &mut Recalls) {
        let now = Instant::now();
        let mut notebook = self.notebook.lock().unwrap_or_else(PoisonError::into_inner);
        notebook.watch_for_leaks(frame);
        match frame.kind.as_str() {
            "new-message" => {
                if let Some(conversation) = notebook.hear(&frame.data, now) {
                    catching_up.gap(conversation, now);
                }
            }
            "message-recalled" => notebook.hear_recall(&frame.data),
            "message-ack" if recalls.acked(frame) => notebook.recalled(&frame.data),
            "message-ack" => {
                let recall = self.outbox.acked(&frame.data, now, &mut notebook, &mut self.rng);
                recalls.extend(recall);
                if let Some(conversation) = notebook.gap_in(&frame.data) {
                    catching_up.gap(conversation, now);
                }
            }
            "sync-done" => catching_up.done(frame, now, &mut notebook),
            "resync" => {
                let wait = Duration::from_secs(2).mul_f64(self.rng.random());
                notebook.resyncs += 1;
                catching_up.told(&frame.data, now + wait, &notebook);
            }
            "error" => {
                let known = catching_up.refused(frame, now, &mut self.rng)
                    || recalls.refused(frame, now, &mut notebook);
                if !known {
                    self.outbox.refused(frame, now, &mut notebook, &mut self.rng);
                }
            }
            _ => {}
        }
    }

    /// Gets new tokens when the old ones are old, or are not taken any more.
    async fn renew_token(&mut self, refused: bool) {
        let (refresh, age) =
            self.note(|notebook| (notebook.account.refresh.clone(), notebook.signed_in.elapsed()));
        if age < TOKEN_AGE && !(refused && age > Duration::from_secs(5)) {
            return;
        }
        let url = format!("http://{}/api/auth/refresh", self.site.gateway(self.gateway).http);
        let asked = self.site.http.post(url).json(&json!({ "refreshToken": refresh })).send();
        let Ok(Ok(answer)) = timeout(Duration::from_secs(5), asked).await else { return };
        let Ok(answer) = answer.json::<serde_json::Value>().await else { return };
        self.note(|notebook| notebook.sign_in(&answer["data"]));
    }

    fn note<T>(&self, note: impl FnOnce(&mut Notebook) -> T) -> T {
        note(&mut self.notebook.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
