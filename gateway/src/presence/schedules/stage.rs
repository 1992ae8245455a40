//! What a schedule plays on: the real registry, changes and roster, before a repo that is a set; and who acts there.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context as TaskContext;
use std::time::Duration;

use actix::{Actor, ActorContext, Context, Handler};
use bytestring::ByteString;
use futures::FutureExt;
use futures::task::noop_waker_ref;
use kit::ManualClock;
use protos::ids::{SessionId, SignInId};
use shuttle::rand::Rng;
use shuttle::thread;

use crate::metrics::SharedMetrics;
use crate::presence::announcer::Announcement;
use crate::presence::{Changes, Roster};
use crate::registry::{Mail, Reached, Registry};
use crate::session::{QueueBounds, SessionHandle, ToSession};

/// Everybody's user: what could go wrong goes wrong among the sessions of one.
pub(super) const USER: &str = "ann";
/// The phases of a schedule: all act; the sessions hear what was asked of them; they leave; the announcer ends too.
const ACTING: usize = 0;
const SETTLING: usize = 1;
const LEAVING: usize = 2;
const OVER: usize = 3;
/// Calls to repo that may fail in one schedule.
const FAILURES: usize = 2;

/// How the announcer goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announcing {
    /// As it is: wakes, takes who changed, reads what is true of them, tells.
    AsItIs,
    /// Broken: what is true is read before the changes are taken.
    ReadsFirst,
    /// Broken: it lets itself be woken again only once it has told.
    WakesLate,
}

/// What nobody in the product knows, and the checks go by.
#[derive(Debug, Default)]
pub(super) struct Ghost {
    /// Sessions that have joined and not begun to leave.
    open: HashSet<SessionId>,
    /// What was delivered while a session was open all the time.
    owed: Vec<(SessionId, ByteString)>,
    got: HashMap<SessionId, Vec<ByteString>>,
    sign_ins: HashMap<SessionId, SignInId>,
    ended: Vec<SignInId>,
    in_world: bool,
    /// What repo was told last.
    online: bool,
    failures: usize,
}

/// Cloning it shares it.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) registry: Registry,
    pub(super) changes: Changes,
    roster: Roster,
    ghost: Arc<Mutex<Ghost>>,
    /// An event is in the announcer's mailbox.
    woken: Arc<AtomicBool>,
    /// The announcer is at it.
    telling: Arc<AtomicBool>,
    phase: Arc<AtomicUsize>,
    /// Sessions that have heard what was asked of them, or ended.
    settled: Arc<AtomicUsize>,
}

/// The mailbox of a session, which is read when the schedule wants it.
struct Reader {
    id: SessionId,
    stage: Stage,
}

impl Actor for Reader {
    type Context = Context<Self>;
}

impl Handler<ToSession> for Reader {
    type Result = ();

    fn handle(&mut self, told: ToSession, ctx: &mut Self::Context) {
        let mut ghost = self.stage.ghost();
        match told {
            ToSession::Write(frame, _slot) => ghost.got.entry(self.id.clone()).or_default().push(frame),
            ToSession::WriteAll(frames, _slot) => {
                ghost.got.entry(self.id.clone()).or_default().extend(frames.iter().cloned());
            }
            ToSession::Close(..) => ctx.stop(),
        }
    }
}

/// How a session goes on once it has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// It leaves.
    Leaves,
    /// It stays, and reads.
    Stays,
    /// It stays, and reads nothing until the end; one frame fits into its mailbox.
    Stalls,
}

impl Stage {
    pub(super) fn new() -> Self {
        let woken = Arc::new(AtomicBool::new(false));
        let roster = Roster::new("g1".into(), Arc::new(ManualClock::at_ms(0)), Duration::from_secs(5));
        let changes = {
            let woken = Arc::clone(&woken);
            Changes::waking(move || !woken.swap(true, Ordering::SeqCst), roster.clone())
        };
        Self {
            registry: Registry::new(changes.clone(), SharedMetrics::default()),
            changes,
            roster,
            ghost: Arc::default(),
            woken,
            telling: Arc::default(),
            phase: Arc::default(),
            settled: Arc::default(),
        }
    }

    /// Never held where another task can go on.
    fn ghost(&self) -> MutexGuard<'_, Ghost> {
        self.ghost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session, as `session/actor.rs` has one: it joins, is announced, hears what is put into its mailbox, and leaves.
    pub(super) fn session(&self, sign_in: &str, in_world: bool, client: Client) -> thread::JoinHandle<()> {
        let (stage, sign_in) = (self.clone(), SignInId::from(sign_in));
        thread::spawn(move || stage.live(sign_in, in_world, client))
    }

    fn live(self, sign_in: SignInId, in_world: bool, client: Client) {
        let id = SessionId::generate();
        let context = Context::<Reader>::new();
        let frames = if client == Client::Stalls { 1 } else { 8 };
        let handle = SessionHandle::new(
            id.clone(),
            USER.into(),
            sign_in.clone(),
            "test".into(),
            0,
            actix::AsyncContext::address(&context).recipient(),
            QueueBounds { frames, bytes: 1_024 },
        );
        self.ghost().sign_ins.insert(id.clone(), sign_in);
        let Some(membership) = self.registry.join(handle, in_world) else {
            self.settled.fetch_add(1, Ordering::SeqCst);
            return;
        };
        self.ghost().open.insert(id.clone());
        let mut announced = Some(Box::pin(self.changes.told(&USER.into())));
        let mut mailbox = Box::pin(context.into_future(Reader { id: id.clone(), stage: self.clone() }));
        let mut is_settled = false;
        loop {
            let phase = self.phase();
            let mut task = TaskContext::from_waker(noop_waker_ref());
            if announced.as_mut().is_some_and(|announced| announced.poll_unpin(&mut task).is_ready()) {
                announced = None;
                // A session that was evicted meanwhile is not here, so only of the others it is known.
                assert!(client == Client::Stalls || self.ghost().online, "hello goes out before repo knows");
            }
            let reads = client != Client::Stalls || phase > ACTING;
            if reads && mailbox.as_mut().poll(&mut task).is_ready() {
                break;
            }
            if phase > ACTING && client != Client::Leaves && !is_settled {
                is_settled = true;
                self.settled.fetch_add(1, Ordering::SeqCst);
            }
            let is_tired = client == Client::Leaves
                && (announced.is_none() || shuttle::rand::thread_rng().gen_bool(0.2));
            if phase > SETTLING || is_tired {
                break;
            }
            thread::yield_now();
        }
        self.ghost().open.remove(&id);
        drop(membership);
        if !is_settled {
            self.settled.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Repo is told who came and went, as `announcer.rs` does it; calls fail, and of those some had arrived.
    pub(super) fn announcer(&self, announcing: Announcing) -> thread::JoinHandle<()> {
        let stage = self.clone();
        thread::spawn(move || {
            while stage.phase() < OVER {
                stage.telling.store(true, Ordering::SeqCst);
                if stage.woken.swap(false, Ordering::SeqCst) {
                    if announcing != Announcing::WakesLate {
                        stage.changes.woken();
                    }
                    while stage.tell(announcing) {}
                    if announcing == Announcing::WakesLate {
                        stage.changes.woken();
                    }
                }
                stage.telling.store(false, Ordering::SeqCst);
                thread::yield_now();
            }
        })
    }

    /// One call; false when there was nothing to tell.
    fn tell(&self, announcing: Announcing) -> bool {
        let read = || Announcement::about(vec![USER.into()], &self.registry);
        let early = (announcing == Announcing::ReadsFirst).then(read);
        let batch = self.changes.take(1_000);
        if batch.is_empty() {
            return false;
        }
        let told = early.unwrap_or_else(|| Announcement::about(batch.users(), &self.registry));
        // The call is under way, and the actor goes on.
        thread::yield_now();
        if announcing != Announcing::WakesLate && self.woken.swap(false, Ordering::SeqCst) {
            self.changes.woken();
        }
        let fails = self.ghost().failures < FAILURES && shuttle::rand::thread_rng().gen_bool(0.3);
        if !fails || shuttle::rand::thread_rng().gen_bool(0.5) {
            self.ghost().online = !told.online.is_empty();
        }
        if fails {
            self.ghost().failures += 1;
            self.changes.put_back(batch);
            thread::yield_now();
        } else {
            batch.told();
        }
        true
    }

    /// Frames for the user, one after the other.
    pub(super) fn deliverer(&self, frames: usize) -> thread::JoinHandle<()> {
        let stage = self.clone();
        thread::spawn(move || {
            for number in 0..frames {
                let frame = ByteString::from(format!("frame {number}"));
                let before = stage.ghost().open.clone();
                stage.deliver(&frame);
                let mut ghost = stage.ghost();
                let owed: Vec<_> =
                    before.intersection(&ghost.open).map(|id| (id.clone(), frame.clone())).collect();
                ghost.owed.extend(owed);
            }
        })
    }

    fn deliver(&self, frame: &ByteString) -> Reached {
        self.registry.deliver(&USER.into(), Mail { frame, exclude: &HashSet::new(), is_signal: false })
    }

    /// A sign-in ends.
    pub(super) fn ender(&self, sign_in: &str) -> thread::JoinHandle<()> {
        let (stage, sign_in) = (self.clone(), SignInId::from(sign_in));
        thread::spawn(move || {
            stage.registry.end_sign_ins(&USER.into(), std::slice::from_ref(&sign_in));
            stage.ghost().ended.push(sign_in);
        })
    }

    /// The user joins WORLD and leaves it, in this order; how it ends is known.
    pub(super) fn wanderer(&self, moves: &'static [bool]) -> thread::JoinHandle<()> {
        let stage = self.clone();
        thread::spawn(move || {
            for joined in moves {
                stage.registry.set_world(&USER.into(), *joined);
                stage.ghost().in_world = *joined;
            }
        })
    }

    fn phase(&self) -> usize {
        self.phase.load(Ordering::SeqCst)
    }

    fn until(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }

    fn until_told(&self) {
        Self::until(|| !self.woken.load(Ordering::SeqCst) && !self.telling.load(Ordering::SeqCst));
    }

    /// Those who act have ended: the sessions hear what was asked of them, and everything is checked; then they leave, and it is
    /// checked again.
    pub(super) fn check(&self, sessions: Vec<thread::JoinHandle<()>>, checks_world: bool) {
        self.phase.store(SETTLING, Ordering::SeqCst);
        Self::until(|| self.settled.load(Ordering::SeqCst) == sessions.len());
        self.until_told();
        let open = self.ghost().open.clone();
        {
            let ghost = self.ghost();
            for (id, frame) in ghost.owed.iter().filter(|(id, _)| open.contains(id)) {
                let got = ghost.got.get(id).is_some_and(|got| got.contains(frame));
                assert!(got, "an open session was not found: it lacks a frame");
            }
            let stays = |id| ghost.ended.contains(&ghost.sign_ins[id]);
            assert!(!open.iter().any(stays), "a session stays whose sign-in has ended");
        }
        let all = Reached { delivered: open.len().try_into().unwrap(), overloaded: 0, excluded: 0 };
        assert_eq!(self.deliver(&"last".into()), all, "an open session is not found");
        if checks_world {
            let expected = if self.ghost().in_world { all } else { Reached::default() };
            let mail = Mail { frame: &"world".into(), exclude: &HashSet::new(), is_signal: false };
            assert_eq!(self.registry.deliver_to_world(mail), expected, "not in their place in WORLD");
        }
        self.check_presence(!open.is_empty());
        self.phase.store(LEAVING, Ordering::SeqCst);
        sessions.into_iter().for_each(|session| session.join().unwrap());
        self.until_told();
        self.check_presence(false);
        self.phase.store(OVER, Ordering::SeqCst);
    }

    fn check_presence(&self, here: bool) {
        assert_eq!(self.ghost().online, here, "repo was told wrongly");
        assert_eq!(!self.roster.present(vec![USER.into()]).is_empty(), here, "the roster is wrong");
        assert_eq!(!self.registry.users().is_empty(), here, "the registry is wrong");
    }
}
