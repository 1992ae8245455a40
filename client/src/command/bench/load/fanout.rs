//! Fan-out: one speaks to many, who all hear it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::course::Course;
use super::crew::{Crew, complaint, share};
use super::drive::{Span, Timing, drive};
use super::flights::Flights;
use super::job::Job;
use super::seen::Seen;
use super::tally::Tally;
use crate::command::Failure;
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::wire::{Address, Heard, Link, Template};

/// More messages than this are never under way.
pub(in super::super) const MOST_IN_FLIGHT: usize = 1_024;
/// What the speaker is told, and what the listeners hear.
const TO_ANSWER: usize = 0;
const TO_DELIVERY: usize = 1;

/// Who speaks to whom, before anybody is connected.
#[derive(Clone, Debug)]
pub(in super::super) struct FanoutPlan {
    pub(in super::super) speaker: Speaker,
    pub(in super::super) listeners: Vec<Address>,
    /// What every session says first, and waits to be told that it was heard, where a server wants that.
    pub(in super::super) first_words: Vec<String>,
    /// The number of the last message that was sent before.
    pub(in super::super) base: u64,
    /// How many messages are under way at a time.
    pub(in super::super) in_flight: u32,
}

/// Who speaks.
#[derive(Clone, Debug)]
pub(in super::super) enum Speaker {
    /// A member of a group.
    Member { address: Address, message: Template },
    /// A backend job, which pushes to the listeners.
    Job(Job),
}

/// Speaks, `in_flight` messages at a time: the next when one was answered and delivered to all. An operation is a delivery. Tells
/// how many messages were sent.
///
/// # Errors
/// A message that was lost, came twice or out of order; whatever else fails.
pub(in super::super) async fn fanout(
    timing: Timing,
    meter: &Meter,
    progress: &Progress,
    plan: FanoutPlan,
) -> Result<(Span, Tally, u64), Failure> {
    let shares = Arc::new(share(plan.listeners.clone(), timing.threads));
    let timing = Timing { threads: shares.len(), ..timing };
    let all = u32::try_from(plan.listeners.len() + 1)?;
    let flights = Arc::new(Flights::new(MOST_IN_FLIGHT, all));
    let (plan, flown) = (Arc::new(plan), flights.clone());
    let work = move |number: usize, course: Course| {
        let (shares, flights, plan) = (shares.clone(), flights.clone(), plan.clone());
        async move { take_part(number, &shares[number], &plan, flights, course).await }
    };
    let (span, tallies) = drive(timing, meter, progress, work).await?;
    Ok((span, Tally::sum(tallies)?, flown.sent()))
}

/// What the listeners of a thread share.
struct Hearing {
    flights: Arc<Flights>,
    course: Course,
    tally: RefCell<Tally>,
    base: u64,
}

async fn take_part(
    thread: usize,
    listeners: &[Address],
    plan: &FanoutPlan,
    flights: Arc<Flights>,
    course: Course,
) -> Result<Tally, Failure> {
    // The first thread speaks, too: a member's session is its last.
    let (member, names) = match &plan.speaker {
        Speaker::Member { address, .. } => (Some(address), ["send to ack", "send to delivery"]),
        Speaker::Job(_) => (None, ["call to results", "call to delivery"]),
    };
    let mut crew = Crew::open(listeners.iter().chain(member.filter(|_| thread == 0))).await?;
    crew.introduce(&plan.first_words).await?;
    let hearing = Rc::new(Hearing {
        flights,
        course: course.clone(),
        tally: RefCell::new(Tally::of(names)?),
        base: plan.base,
    });
    let mut hearers = crew.listen(|number| {
        let (hearing, is_speaker) = (hearing.clone(), number == listeners.len());
        // Calls that are under way at a time may overtake each other.
        let in_order = member.is_some() || plan.in_flight == 1;
        let mut seen = Seen::after(plan.base, in_order);
        move |heard| hearing.hear(is_speaker, &mut seen, heard)
    });
    let speaking = async {
        course.begins().await;
        match (&plan.speaker, crew.links.last()) {
            (Speaker::Member { message, .. }, Some(link)) if thread == 0 => {
                hearing.send(link, message, plan.in_flight).await?;
            }
            (Speaker::Job(job), _) if thread == 0 => hearing.push(job, plan.in_flight).await?,
            _ => course.is_to_end().await,
        }
        hearing.flights.rest().await;
        Ok::<(), Failure>(())
    };
    tokio::select! {
        failed = hearers.first_failure() => return Err(failed),
        spoken = speaking => spoken?,
    }
    crew.close();
    Ok(hearing.tally.take())
}

impl Hearing {
    /// Keeps as many messages under way as there shall be, until nothing more is to be begun.
    async fn send(&self, link: &Rc<Link>, message: &Template, in_flight: u32) -> Result<(), Failure> {
        let mut frame = Vec::new();
        while !self.course.is_over() {
            while self.flights.under_way() < in_flight.into() {
                message.fill(self.base + self.flights.take_off(), &mut frame);
                link.say(&frame)?;
            }
            self.flights.room(in_flight.into(), &self.course).await;
        }
        Ok(())
    }

    /// The same by calls: each waits for its results, and the next for all deliveries.
    async fn push(&self, job: &Job, in_flight: u32) -> Result<(), Failure> {
        let caller = job.caller()?;
        let calling = (0..in_flight).map(|_| async {
            while !self.course.is_over() {
                let count = self.flights.take_off();
                caller.push(self.base + count).await?;
                self.note(TO_ANSWER, count);
                self.flights.room(in_flight.into(), &self.course).await;
            }
            Ok::<(), Failure>(())
        });
        futures::future::try_join_all(calling).await.map(drop)
    }

    fn note(&self, index: usize, count: u64) {
        let latency = self.flights.heard(count, self.flights.now());
        if self.course.is_measured() {
            self.tally.borrow_mut().note(index, latency);
        }
    }

    fn hear(&self, is_speaker: bool, seen: &mut Seen, heard: Heard<'_>) -> Result<bool, Failure> {
        let (index, what, told) = match heard {
            Heard::Acked(told) if is_speaker => (TO_ANSWER, "acknowledged", told),
            Heard::Delivered(told) | Heard::Pushed(told) if !is_speaker => (TO_DELIVERY, "delivered", told),
            Heard::Complaint(text) => return Err(complaint(text)),
            _ => return Ok(false),
        };
        seen.hear(what, told)?;
        self.note(index, told - self.base);
        if !is_speaker {
            self.course.count(1);
        }
        Ok(false)
    }
}
