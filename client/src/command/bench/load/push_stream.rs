//! A busy job: single-user pushes over one stream.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::course::Course;
use super::crew::{Crew, complaint, in_order};
use super::drive::{Span, Timing, drive};
use super::flights::Flights;
use super::job::{Job, delivered, request};
use super::tally::Tally;
use crate::command::Failure;
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::wire::{Address, Heard};

/// Room for far more pushes than are under way: they come down out of order.
const PLACES: usize = 1 << 17;
/// Its result, and its delivery.
const LISTENERS: u32 = 2;
const TO_RESULT: usize = 0;
const TO_DELIVERY: usize = 1;

/// Pushes to the users in turn, at most `window` pushes without an answer or a delivery at a time. An operation is a push that was
/// answered and delivered. It runs on one thread: a stream is one.
///
/// # Errors
/// A push that was lost, came twice or out of order; whatever else fails.
pub(in super::super) async fn push_stream(
    timing: Timing,
    meter: &Meter,
    progress: &Progress,
    job: Job,
    sessions: Vec<Address>,
    window: u32,
) -> Result<(Span, Tally), Failure> {
    let plan = Arc::new((job, sessions));
    let timing = Timing { threads: 1, ..timing };
    let work = move |_: usize, course: Course| {
        let plan = plan.clone();
        async move { push(&plan.0, &plan.1, window, course).await }
    };
    let (span, tallies) = drive(timing, meter, progress, work).await?;
    Ok((span, Tally::sum(tallies)?))
}

struct Hearing {
    flights: Flights,
    course: Course,
    tally: RefCell<Tally>,
    users: u64,
}

async fn push(job: &Job, sessions: &[Address], window: u32, course: Course) -> Result<Tally, Failure> {
    let mut crew = Crew::open(sessions).await?;
    let hearing = Rc::new(Hearing {
        flights: Flights::new(PLACES, LISTENERS),
        course: course.clone(),
        tally: RefCell::new(Tally::of(["push to result", "push to delivery"])?),
        users: job.users.len() as u64,
    });
    let mut hearers = crew.listen(|number| {
        let (hearing, heard_before) = (hearing.clone(), Cell::new(0));
        move |heard| hearing.hear(number as u64, &heard_before, heard)
    });
    let (requests, queue) = mpsc::unbounded_channel();
    let caller = job.caller()?;
    course.begins().await;
    let asking = async {
        while !course.is_over() {
            while hearing.flights.under_way() < window.into() {
                let count = hearing.flights.take_off();
                let user = hearing.user_of(count);
                requests.send(request(&job.users[user..=user], count)).ok();
            }
            hearing.flights.room(window.into(), &course).await;
        }
        hearing.flights.rest().await;
    };
    let answering = async {
        let mut answers = caller.stream(queue).await?;
        let mut count = 0;
        while let Some(answer) = answers.message().await? {
            count += 1;
            let user = hearing.user_of(count);
            delivered(&answer, &job.users[user..=user])?;
            hearing.note(TO_RESULT, count);
        }
        Err::<(), Failure>("the gateway ended the stream".into())
    };
    tokio::select! {
        failed = hearers.first_failure() => return Err(failed),
        answered = answering => answered?,
        () = asking => {}
    }
    crew.close();
    Ok(hearing.tally.take())
}

impl Hearing {
    /// Pushes count from 1, users from 0.
    fn user_of(&self, count: u64) -> usize {
        usize::try_from((count - 1) % self.users).unwrap_or(0)
    }

    fn note(&self, index: usize, count: u64) {
        let latency = self.flights.heard(count, self.flights.now());
        if self.course.is_measured() {
            self.tally.borrow_mut().note(index, latency);
        }
    }

    fn hear(&self, user: u64, before: &Cell<u64>, heard: Heard<'_>) -> Result<bool, Failure> {
        match heard {
            Heard::Pushed(told) => {
                let count = before.get() * self.users + user + 1;
                in_order("delivered", told, count)?;
                before.set(before.get() + 1);
                self.note(TO_DELIVERY, count);
                self.course.count(1);
                Ok(false)
            }
            Heard::Complaint(text) => Err(complaint(text)),
            _ => Ok(false),
        }
    }
}
