//! What was measured, and how it is told.

mod model;
mod spread;
mod table;

pub(super) use model::{Latency, Report, Run, Subject, Value};
pub(super) use table::print;
