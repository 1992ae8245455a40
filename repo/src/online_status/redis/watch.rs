//! The actor that watches Redis: whether it answers, whether it lost data, and which leases it held last.
//!
//! It looks every second. When a command or a look fails, calls are refused at once, without asking Redis, until a look succeeds; looks
//! then come after capped waits, so a Redis that is down or coming up is asked about once a second, however many callers there are.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, SpawnHandle, WrapFuture};
use protos::Error;
use protos::model::GatewayLease;
use tokio::sync::watch;
use tokio::time::Instant;

use super::commands::{Commands, Seen};
use super::link::Fault;

/// How often a Redis that answers is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Waits after failed looks: the first, and the longest that doubling leads to. Each is shortened by up to half at random.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// A cause is logged this often at most.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What is known of Redis.
#[derive(Debug, Default)]
struct Outlook {
    up: bool,
    /// Another text means that Redis may have lost what it was told.
    epoch: String,
    /// The live leases when they were last read; `None` before the first time.
    gateways: Option<Vec<GatewayLease>>,
}

/// Looks at Redis. It owns the schedule of looks; what it sees is read by all through [`Watch`].
struct RedisWatch {
    commands: Commands,
    watch: Arc<Shared>,
    next: Option<SpawnHandle>,
    looking: bool,
    looked_at: Instant,
    backoff: Duration,
}

#[derive(Debug)]
struct Shared {
    outlook: watch::Sender<Outlook>,
    logged_at: Mutex<Option<Instant>>,
}

/// The handle: what the watch sees, and where faults are reported. Cloning it shares it.
#[derive(Clone)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    actor: Addr<RedisWatch>,
}

impl Watch {
    /// Starts the actor in the present arbiter; it looks at once.
    pub(super) fn start(commands: Commands) -> Self {
        let shared = Arc::new(Shared { outlook: watch::Sender::default(), logged_at: Mutex::new(None) });
        let actor = RedisWatch {
            commands,
            watch: Arc::clone(&shared),
            next: None,
            looking: false,
            looked_at: Instant::now(),
            backoff: BACKOFF.0,
        };
        Self { shared, actor: actor.start() }
    }

    /// Waits until Redis answers.
    pub(super) async fn ready(&self) {
        self.shared.outlook.subscribe().wait_for(|outlook| outlook.up).await.ok();
    }

    /// The present epoch.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` while Redis is down.
    pub(super) fn epoch(&self) -> protos::Result<String> {
        let outlook = self.shared.outlook.borrow();
        if outlook.up { Ok(outlook.epoch.clone()) } else { Err(unavailable()) }
    }

    /// Takes note of the live leases that a call saw.
    pub(super) fn saw(&self, gateways: &[GatewayLease]) {
        self.shared.outlook.send_if_modified(|outlook| {
            outlook.gateways = Some(gateways.to_vec());
            false
        });
    }

    /// The gateways known last, if any were ever known.
    pub(super) fn gateways(&self) -> Option<Vec<GatewayLease>> {
        self.shared.outlook.borrow().gateways.clone()
    }

    /// Takes note of a fault: it is logged, and an outage stops further calls until a look succeeds.
    pub(super) fn failed(&self, fault: &Fault) -> Error {
        self.shared.log(fault);
        // Only the first of many callers that fail together wakes the actor, which also bounds its mailbox.
        if fault.is_outage() && self.shared.set_down() {
            self.actor.try_send(LookNow).ok();
        }
        unavailable()
    }
}

fn unavailable() -> Error {
    Error::unavailable("where users are is not known at present")
}

impl Shared {
    /// True when it was up.
    fn set_down(&self) -> bool {
        self.outlook.send_if_modified(|outlook| std::mem::take(&mut outlook.up))
    }

    fn set_up(&self, seen: Seen) {
        let was_up =
            self.outlook.send_replace(Outlook { up: true, epoch: seen.epoch, gateways: Some(seen.gateways) });
        if !was_up.up {
            tracing::info!("Redis answers");
        }
    }

    fn log(&self, fault: &Fault) {
        let mut logged_at = self.logged_at.lock().unwrap_or_else(PoisonError::into_inner);
        if logged_at.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            *logged_at = Some(Instant::now());
            tracing::warn!(%fault, "Redis failed");
        }
    }
}

/// Request: look without waiting for the next turn.
#[derive(Message)]
#[rtype(result = "()")]
struct LookNow;

impl Actor for RedisWatch {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}

impl Handler<LookNow> for RedisWatch {
    type Result = ();

    fn handle(&mut self, _: LookNow, ctx: &mut Self::Context) {
        // A Redis that fails now and answers the next moment must not be looked at without a pause.
        if !self.looking {
            self.look_after(BACKOFF.0.saturating_sub(self.looked_at.elapsed()), ctx);
        }
    }
}

impl RedisWatch {
    fn look(&mut self, ctx: &mut Context<Self>) {
        self.looking = true;
        self.looked_at = Instant::now();
        let commands = self.commands.clone();
        let look = async move { commands.look().await }.into_actor(self).map(|seen, actor, ctx| {
            actor.looking = false;
            let wait = actor.seen(seen);
            actor.look_after(wait, ctx);
        });
        ctx.spawn(look);
    }

    /// Takes in what a look saw, and tells when to look again.
    fn seen(&mut self, seen: Result<Seen, Fault>) -> Duration {
        match seen {
            Ok(seen) => {
                self.backoff = BACKOFF.0;
                self.watch.set_up(seen);
                LOOK_EVERY
            }
            Err(fault) => {
                self.watch.log(&fault);
                self.watch.set_down();
                let wait = self.backoff.mul_f64(rand::random_range(0.5..=1.0));
                self.backoff = BACKOFF.1.min(self.backoff * 2);
                wait
            }
        }
    }

    fn look_after(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        if let Some(planned) = self.next.take() {
            ctx.cancel_future(planned);
        }
        self.next = Some(ctx.run_later(wait, |actor, ctx| actor.look(ctx)));
    }
}
