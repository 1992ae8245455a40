//! What loads have in common: threads of their own, the course of a run, what it comes to.

mod course;
mod crew;
mod drive;
mod fanout;
mod flights;
mod held;
mod job;
mod pages;
mod pairs;
mod push_stream;
mod schedule;
mod seen;
mod storm;
mod tally;
mod threads;

pub(super) use course::Course;
pub(super) use drive::{Span, Timing, drive};
pub(super) use fanout::{FanoutPlan, MOST_IN_FLIGHT, Speaker, fanout};
pub(super) use held::Held;
pub(super) use job::Job;
pub(super) use pages::{Book, Reader, pages};
pub(super) use pairs::{PairPlan, pairs};
pub(super) use push_stream::push_stream;
pub(super) use storm::{Newcomer, StormPlan, storm};
pub(super) use tally::Tally;
