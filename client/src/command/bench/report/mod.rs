//! What was measured, and how it is told.

mod chart;
mod file;
mod html;
mod model;
mod ratios;
mod spread;
mod table;

pub(super) use file::{ReportArgs, Reports};
pub(super) use model::{Cpu, Report, Run, Subject, Value, Yardstick};
