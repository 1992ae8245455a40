//! The gateway's lease: its users are online while it is held.

use std::collections::HashSet;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseFuture, WrapFuture};
use kit::SharedClock;
use protos::Result;
use protos::error::CloseCode;
use protos::model::{ChatEvent, GatewayLease};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::changes::Changes;
use super::client::{PresenceClient, Renewal};
use super::roster::{Followers, Roster};
use crate::pusher::Peers;
use crate::registry::{Mail, Registry};
use crate::session;

/// How a gateway keeps its lease.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaseTerms {
    /// The lease is renewed this often.
    pub(crate) renew_every: Duration,
    /// When no repo process has answered for so long, the sessions are closed: others may serve them.
    pub(crate) give_up_after: Duration,
}

/// How the lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Not held: not yet, or nobody can tell.
    Seeking,
    /// Held for less than one renewal: the others may not know of this gateway yet.
    Fresh,
    /// Held, and known.
    Held,
    /// A newer incarnation of this gateway holds it.
    Replaced,
}

/// What of this gateway its lease is about.
pub(super) struct Here {
    pub(super) registry: Registry,
    pub(super) changes: Changes,
    pub(super) clock: SharedClock,
    pub(super) roster: Roster,
}

/// The actor that renews the lease.
pub(super) struct LeaseKeeper {
    lease: GatewayLease,
    client: PresenceClient,
    terms: LeaseTerms,
    peers: Peers,
    registry: Registry,
    changes: Changes,
    clock: SharedClock,
    roster: Roster,
    followers: Followers,
    standing: watch::Sender<Standing>,
    answered_at: Instant,
    under_way: bool,
    /// The last renewal got no answer: it may have been done all the same, and then the next cannot tell that the lease began anew.
    is_in_doubt: bool,
    /// The lease is not renewed any more.
    is_given_up: bool,
    /// Who waits for the last renewal to end.
    waiting: Vec<oneshot::Sender<()>>,
}

/// Command: renew the lease no more. Answered when no renewal is under way.
pub(super) struct GiveUp;

impl Message for GiveUp {
    type Result = ();
}

impl LeaseKeeper {
    pub(super) fn new(
        lease: GatewayLease,
        client: PresenceClient,
        terms: LeaseTerms,
        peers: Peers,
        here: Here,
        standing: watch::Sender<Standing>,
    ) -> Self {
        let Here { registry, changes, clock, roster } = here;
        let (answered_at, followers) = (Instant::now(), Followers::new(roster.clone()));
        Self {
            lease,
            client,
            terms,
            peers,
            registry,
            changes,
            clock,
            roster,
            followers,
            standing,
            answered_at,
            under_way: false,
            is_in_doubt: false,
            is_given_up: false,
            waiting: Vec::new(),
        }
    }

    fn renew(&mut self, ctx: &mut Context<Self>) {
        if self.under_way || self.is_given_up {
            return;
        }
        self.under_way = true;
        let (client, lease) = (self.client.clone(), self.lease.clone());
        let renewed = async move { client.renew(&lease).await };
        ctx.spawn(renewed.into_actor(self).map(|outcome, keeper, ctx| {
            keeper.under_way = false;
            if !keeper.is_given_up {
                keeper.answered(outcome, ctx);
            }
            // Dropped, they say that it has ended.
            keeper.waiting.clear();
        }));
    }

    fn answered(&mut self, outcome: Result<Renewal>, ctx: &mut Context<Self>) {
        if outcome.is_ok() || self.client.is_answered() {
            self.answered_at = Instant::now();
        }
        match outcome {
            Ok(renewal) if renewal.held => self.held(renewal, ctx),
            Ok(_) => self.replaced(),
            Err(error) => {
                tracing::warn!(%error, "the lease could not be renewed");
                self.is_in_doubt = true;
                // Gateways may come that are not told of; at a start there is nothing yet that they could miss.
                if *self.standing.borrow() != Standing::Seeking {
                    self.peers.lost_sight();
                }
                self.unanswered();
            }
        }
    }

    fn held(&mut self, renewal: Renewal, ctx: &mut Context<Self>) {
        // The sessions that stayed are unknown to the others until repo has been told of them anew, and miss what is sent until then.
        if std::mem::take(&mut self.is_in_doubt) || !renewal.continued {
            let told = self.changes.all_told(self.registry.users());
            ctx.spawn(told.into_actor(self).map(|(), keeper, _| keeper.resync()));
            self.roster.tell_anew();
        }
        self.peers.update(renewal.gateways);
        self.followers.update(self.peers.channels());
        let before = *self.standing.borrow();
        let now = match before {
            Standing::Seeking | Standing::Replaced => Standing::Fresh,
            Standing::Fresh | Standing::Held => Standing::Held,
        };
        self.stand(now);
    }

    /// Tells the sessions that they may have missed something: nobody routed to this gateway while its lease had run out.
    fn resync(&self) {
        let frame = session::chat(&ChatEvent::Resync(Vec::new()), self.clock.now());
        self.registry.deliver_to_all(Mail { frame: &frame, exclude: &HashSet::new(), is_signal: false });
    }

    fn replaced(&mut self) {
        if *self.standing.borrow() != Standing::Replaced {
            tracing::error!(gateway = %self.lease.gateway_id, "another process has taken this gateway's id");
        }
        self.stand(Standing::Replaced);
        self.close_all();
    }

    /// The sessions stay while only the store is down: they are online, and who cannot read presence asks every gateway.
    fn unanswered(&mut self) {
        if self.answered_at.elapsed() < self.terms.give_up_after {
            return;
        }
        self.stand(Standing::Seeking);
        self.close_all();
    }

    fn close_all(&self) {
        for session in self.registry.sessions() {
            session.close(CloseCode::Restart, "this gateway is cut off: reconnect");
        }
    }

    fn stand(&self, now: Standing) {
        self.standing.send_if_modified(|standing| std::mem::replace(standing, now) != now);
    }
}

impl Handler<GiveUp> for LeaseKeeper {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: GiveUp, _: &mut Self::Context) -> Self::Result {
        self.is_given_up = true;
        let (waiting, ended) = oneshot::channel();
        if self.under_way {
            self.waiting.push(waiting);
        }
        Box::pin(async move { ended.await.unwrap_or_default() })
    }
}

impl Actor for LeaseKeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.renew(ctx);
        ctx.run_interval(self.terms.renew_every, Self::renew);
    }
}
