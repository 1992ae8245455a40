//! A job's push: to whom it goes, and what becomes of what was not delivered.
//!
//! - A push that bears an id of the job's own goes to nobody who had it lately or has it in their queue. If that cannot be told, it
//!   goes to all: a double bears the id, so a client can drop it.
//! - What was not delivered and has a time to live is kept first; then it is delivered again to whoever has come meanwhile. A session
//!   that begins is announced before it reads its user's queue, so one of both finds the other.

use std::collections::HashSet;
use std::time::Duration;

use protos::Result;
use protos::ids::{PushId, UserId};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};

use super::convert;
use super::delivery::{Delivery, Event};
use super::outcome::{Pushed, Status, UserOutcome};
use super::places::{Place, Places};
use super::router::{Patience, Router};
use super::turns::Turns;
use crate::kept::{Found, KeptPushes, PushToKeep};

/// Who had the push is not waited for longer: then all get it.
const FOUND_WITHIN: Duration = Duration::from_secs(1);

/// What a job asks for.
#[derive(Debug)]
pub(super) struct Push {
    pub(super) delivery: Delivery,
    /// True: the id is the job's own, so the same push may come again.
    pub(super) may_repeat: bool,
    /// How long it is kept for who does not get it now, in seconds; 0: not at all. A push that is kept has an id.
    pub(super) ttl_seconds: i32,
}

/// What an operator asks for, yet to be checked.
#[derive(Debug)]
pub(crate) struct ByHand {
    pub(crate) users: Vec<String>,
    pub(crate) kind: String,
    pub(crate) data: Box<RawValue>,
    pub(crate) ttl_seconds: i32,
    /// Empty: none.
    pub(crate) push_id: String,
}

/// Pushes of jobs. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Pushes {
    router: Router,
    kept: KeptPushes,
    turns: Turns,
}

impl Pushes {
    /// Delivers by `router`; what must wait goes to `kept`.
    pub(crate) fn new(router: Router, kept: KeptPushes) -> Self {
        Self { router, kept, turns: Turns::default() }
    }

    /// The same for an operator: what became of it for each distinct user, and the push's id if it has one.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`, as a job's would be refused.
    pub(crate) async fn push_by_hand(&self, push: ByHand) -> Result<(Option<PushId>, Vec<(UserId, Pushed)>)> {
        let push = Push::try_from(convert::by_hand(push))?;
        let pushed = self.push(&push, Places::default().next()).await;
        let Delivery { push_id, users, .. } = push.delivery;
        Ok((push_id, users.iter().cloned().zip(pushed).collect()))
    }

    /// Delivers a push or keeps it; what became of it for each user, in their order. Pushes are kept in the order of their places.
    pub(super) async fn push(&self, push: &Push, place: Place) -> Vec<Pushed> {
        let began = Instant::now();
        let pushed = self.push_or_keep(push, place).await;
        self.router.metrics().push.add(began);
        pushed
    }

    async fn push_or_keep(&self, push: &Push, place: Place) -> Vec<Pushed> {
        let own_id = push.delivery.push_id.as_ref().filter(|_| push.may_repeat);
        let mut place = Some(place);
        let _turn = match own_id.map(|id| (id, self.turns.try_take(id))) {
            Some((_, Ok(turn))) => Some(turn),
            // Its place is given up: whose turn it is may stand behind it.
            Some((id, Err(_))) => {
                place = None;
                self.turns.take(id).await
            }
            None => None,
        };
        let found = match own_id {
            Some(id) => self.find(id, &push.delivery.users).await,
            None => Found::default(),
        };
        let fresh = |user: &UserId| !found.had.contains(user) && !found.queued.contains(user);
        let users = &push.delivery.users;
        let mut outcomes = self.deliver(&push.delivery, fresh, Patience::PUSH).await;
        let noted = async {
            if let Some(id) = own_id {
                self.note(id, delivered(users, &outcomes)).await;
            }
        };
        let (mut queued, ()) = futures::join!(self.keep(push, &outcomes, place), noted);
        self.deliver_to_who_came(push, &mut queued, &mut outcomes).await;
        let pushed = users.iter().zip(outcomes).map(|(user, outcome)| {
            let outcome = outcome.unwrap_or_default();
            let status = if queued.users.contains(user) {
                Status::Queued
            } else if found.had.contains(user) {
                Status::Delivered
            } else if found.queued.contains(user) {
                Status::Queued
            } else {
                outcome.status()
            };
            Pushed { status, outcome }
        });
        pushed.collect()
    }

    async fn find(&self, id: &PushId, users: &[UserId]) -> Found {
        if users.is_empty() {
            return Found::default();
        }
        let found = timeout(FOUND_WITHIN, self.kept.find((id.clone(), users.to_vec()))).await;
        found.ok().and_then(Result::ok).unwrap_or_else(|| {
            tracing::debug!(push = %id, "it cannot be told who had a push: all get it");
            Found::default()
        })
    }

    async fn note(&self, id: &PushId, users: Vec<UserId>) {
        if users.is_empty() {
            return;
        }
        if let Err(error) = self.kept.note((id.clone(), users)).await {
            tracing::debug!(push = %id, %error, "it is not remembered who had a push");
        }
    }

    /// Delivers to those of the users who are wanted: what became of it for each, in their order; `None` for who was not.
    async fn deliver(
        &self,
        delivery: &Delivery,
        wanted: impl Fn(&UserId) -> bool,
        patience: Patience,
    ) -> Vec<Option<UserOutcome>> {
        let wanted: Vec<bool> = delivery.users.iter().map(wanted).collect();
        if !wanted.contains(&true) {
            return vec![None; wanted.len()];
        }
        let outcomes = if wanted.contains(&false) {
            let some = delivery.users.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
            let some = delivery.to(some.map(|(user, _)| user.clone()).collect());
            self.router.deliver(&[some], patience).await
        } else {
            self.router.deliver(std::slice::from_ref(delivery), patience).await
        };
        let mut outcomes = outcomes.into_iter().flatten();
        wanted.into_iter().map(|wanted| if wanted { outcomes.next() } else { None }).collect()
    }

    /// Keeps the push for whom it has not reached. If that fails nobody is said to have it queued.
    async fn keep(&self, push: &Push, outcomes: &[Option<UserOutcome>], place: Option<Place>) -> Queue {
        let (Event::Custom { kind, data }, Some(id)) = (&*push.delivery.event, &push.delivery.push_id) else {
            return Queue::default();
        };
        if push.ttl_seconds == 0 {
            return Queue::default();
        }
        let missed = |outcome: &UserOutcome| outcome.may_be_kept();
        let users = whose(&push.delivery.users, outcomes, missed);
        if users.is_empty() {
            return Queue::default();
        }
        let push = PushToKeep {
            id: id.clone(),
            kind: kind.clone(),
            data: data.clone(),
            ttl_seconds: push.ttl_seconds,
            users,
        };
        let kept = {
            let mut place = place;
            if let Some(place) = &mut place {
                place.reached().await;
            }
            // The place is given up when the push stands in the line for the common call.
            self.kept.keep(push)
        };
        match kept.await {
            Ok(kept) => Queue { number: kept.number, users: kept.users },
            Err(error) => {
                tracing::warn!(push = %id, %error, "a push could not be kept");
                Queue::default()
            }
        }
    }

    /// Delivers what was kept to who is online by now, and takes it out of their queues.
    async fn deliver_to_who_came(
        &self,
        push: &Push,
        queue: &mut Queue,
        outcomes: &mut [Option<UserOutcome>],
    ) {
        let (Some(id), false) = (&push.delivery.push_id, queue.users.is_empty()) else { return };
        let again = self.deliver(&push.delivery, |user| queue.users.contains(user), Patience::AGAIN).await;
        let came: HashSet<UserId> = delivered(&push.delivery.users, &again).into_iter().collect();
        if came.is_empty() {
            return;
        }
        for (outcome, again) in outcomes.iter_mut().zip(again) {
            if again.as_ref().is_some_and(|again| again.status() == Status::Delivered) {
                *outcome = again;
            }
        }
        let received = came.iter().map(|user| (user.clone(), vec![(queue.number, id.clone())])).collect();
        if let Err(error) = self.kept.take_out(received).await {
            tracing::debug!(%error, "a push that was delivered stays in the queue: it comes once more");
        }
        queue.users.retain(|user| !came.contains(user));
    }
}

/// In whose queue a push is, and under which number.
#[derive(Debug, Default)]
struct Queue {
    number: i64,
    users: HashSet<UserId>,
}

/// The users who have it.
fn delivered(users: &[UserId], outcomes: &[Option<UserOutcome>]) -> Vec<UserId> {
    whose(users, outcomes, |outcome| outcome.status() == Status::Delivered)
}

/// The users whose outcome is such.
fn whose(
    users: &[UserId],
    outcomes: &[Option<UserOutcome>],
    is_such: impl Fn(&UserOutcome) -> bool,
) -> Vec<UserId> {
    let such = users.iter().zip(outcomes).filter(|(_, outcome)| outcome.as_ref().is_some_and(&is_such));
    such.map(|(user, _)| user.clone()).collect()
}
