//! Pairs: one sends, the other hears, and both are counted.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use super::course::Course;
use super::crew::{Crew, complaint, in_order, share};
use super::drive::{Span, Timing, drive};
use super::schedule::{Pacer, Schedule};
use super::tally::Tally;
use crate::command::Failure;
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::wire::{Address, Heard, Link, Template};

/// From sending, or from when it was to be sent, to the acknowledgement.
const TO_ACK: usize = 0;
/// The same to the delivery.
const TO_DELIVERY: usize = 1;
const NAMES: [&str; 2] = ["send to ack", "send to delivery"];

/// One pair before it is connected.
#[derive(Clone, Debug)]
pub(in super::super) struct PairPlan {
    pub(in super::super) sender: Address,
    pub(in super::super) receiver: Address,
    pub(in super::super) message: Template,
    /// The number of the last message that was sent before.
    pub(in super::super) base: u64,
}

/// Lets pairs talk: with a rate, so many messages a second in all by a fixed schedule; without, each its next message when the last was
/// delivered and acknowledged. Tells how many messages each pair has sent.
///
/// # Errors
/// A message that was lost, came twice or out of order; whatever else fails.
pub(in super::super) async fn pairs(
    timing: Timing,
    rate: Option<f64>,
    meter: &Meter,
    progress: &Progress,
    plans: Vec<PairPlan>,
) -> Result<(Span, Tally, Vec<u64>), Failure> {
    let shares = Arc::new(share(plans, timing.threads));
    let threads = shares.len();
    let timing = Timing { threads, ..timing };
    let rate = rate.map(|rate| rate / threads as f64);
    let work = move |number: usize, course| {
        let shares = shares.clone();
        async move { talk(&shares[number], rate, course).await }
    };
    let (span, told) = drive(timing, meter, progress, work).await?;
    let (tallies, sent): (Vec<Tally>, Vec<Vec<u64>>) = told.into_iter().unzip();
    Ok((span, Tally::sum(tallies)?, sent.concat()))
}

struct Pair {
    link: Rc<Link>,
    message: Template,
    base: u64,
    sent: u64,
    acked: u64,
    delivered: u64,
    /// When those were sent that are not both acknowledged and delivered, the oldest first.
    under_way: VecDeque<Instant>,
}

/// All pairs of a thread.
struct Talk {
    pairs: Vec<Pair>,
    course: Course,
    tally: Tally,
    /// Whether the end of a message begins the next.
    is_closed_loop: bool,
    under_way: u64,
    rest: Rc<Notify>,
    frame: Vec<u8>,
}

async fn talk(plans: &[PairPlan], rate: Option<f64>, course: Course) -> Result<(Tally, Vec<u64>), Failure> {
    let addresses = plans.iter().flat_map(|plan| [&plan.sender, &plan.receiver]);
    let mut crew = Crew::open(addresses).await?;
    let links = crew.links.iter().step_by(2).cloned();
    let pairs = plans.iter().zip(links).map(|(plan, link)| Pair {
        link,
        message: plan.message.clone(),
        base: plan.base,
        sent: 0,
        acked: 0,
        delivered: 0,
        under_way: VecDeque::new(),
    });
    let rest = Rc::new(Notify::new());
    let talk = Rc::new(RefCell::new(Talk {
        pairs: pairs.collect(),
        course: course.clone(),
        tally: Tally::of(NAMES)?,
        is_closed_loop: rate.is_none(),
        under_way: 0,
        rest: rest.clone(),
        frame: Vec::new(),
    }));
    let mut listeners = crew.listen(|number| {
        let talk = talk.clone();
        move |heard| talk.borrow_mut().hear(number / 2, number % 2 == 0, heard)
    });
    let speaking = async {
        course.begins().await;
        match rate {
            None => talk.borrow_mut().begin()?,
            Some(rate) => speak_on_time(&talk, rate).await?,
        }
        course.is_to_end().await;
        while talk.borrow().under_way > 0 {
            rest.notified().await;
        }
        Ok::<(), Failure>(())
    };
    tokio::select! {
        failed = listeners.first_failure() => return Err(failed),
        spoken = speaking => spoken?,
    }
    crew.close();
    let mut talk = talk.borrow_mut();
    let sent = talk.pairs.iter().map(|pair| pair.sent).collect();
    Ok((std::mem::take(&mut talk.tally), sent))
}

async fn speak_on_time(talk: &RefCell<Talk>, rate: f64) -> Result<(), Failure> {
    let schedule = Schedule::from(Instant::now(), rate);
    let pacer = Pacer::start(schedule)?;
    let mut sent = 0;
    while !talk.borrow().course.is_over() {
        let due = schedule.due_by(Instant::now());
        talk.borrow_mut().send_due(sent..due, &schedule)?;
        sent = due.max(sent);
        pacer.tick().await;
    }
    Ok(())
}

impl Talk {
    fn begin(&mut self) -> Result<(), Failure> {
        (0..self.pairs.len()).try_for_each(|number| self.send(number, Instant::now()))
    }

    /// Sends those of the schedule, by one pair after the other.
    fn send_due(&mut self, numbers: Range<u64>, schedule: &Schedule) -> Result<(), Failure> {
        for number in numbers {
            let pair = usize::try_from(number).unwrap_or(usize::MAX) % self.pairs.len();
            self.send(pair, schedule.due(number))?;
        }
        Ok(())
    }

    fn send(&mut self, number: usize, at: Instant) -> Result<(), Failure> {
        let pair = &mut self.pairs[number];
        pair.sent += 1;
        pair.under_way.push_back(at);
        self.under_way += 1;
        pair.message.fill(pair.base + pair.sent, &mut self.frame);
        pair.link.say(&self.frame)
    }

    fn hear(&mut self, number: usize, is_sender: bool, heard: Heard<'_>) -> Result<bool, Failure> {
        let pair = &mut self.pairs[number];
        let before = pair.acked.min(pair.delivered);
        let (index, count) = match heard {
            Heard::Acked(told) if is_sender => (TO_ACK, pair.count_ack(told)?),
            Heard::Delivered(told) if !is_sender => (TO_DELIVERY, pair.count_delivery(told)?),
            Heard::Complaint(text) => return Err(complaint(text)),
            _ => return Ok(false),
        };
        let sent_at = usize::try_from(count - 1 - before).ok().and_then(|place| pair.under_way.get(place));
        if let Some(sent_at) = sent_at.filter(|_| self.course.is_measured()) {
            self.tally.note(index, sent_at.elapsed());
        }
        if pair.acked.min(pair.delivered) > before {
            pair.under_way.pop_front();
            self.under_way -= 1;
            self.course.count(1);
            if !self.course.is_over() && self.is_closed_loop {
                self.send(number, Instant::now())?;
            } else if self.under_way == 0 {
                self.rest.notify_one();
            }
        }
        Ok(false)
    }
}

impl Pair {
    fn count_ack(&mut self, told: u64) -> Result<u64, Failure> {
        self.acked += 1;
        in_order("acknowledged", told, self.base + self.acked)?;
        if self.acked > self.sent { Err("more was acknowledged than sent".into()) } else { Ok(self.acked) }
    }

    fn count_delivery(&mut self, told: u64) -> Result<u64, Failure> {
        self.delivered += 1;
        in_order("delivered", told, self.base + self.delivered)?;
        if self.delivered > self.sent {
            Err("more was delivered than sent".into())
        } else {
            Ok(self.delivered)
        }
    }
}
