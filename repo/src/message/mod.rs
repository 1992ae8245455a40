//! Messages: saved in batches, read by place, recalled.

mod convert;
mod query;
mod recall;
mod row;
mod save;
mod service;
mod writer;
mod writes;

pub(crate) use row::{MessageRow, message_columns};
pub(crate) use service::Messages;
pub(crate) use writer::MessageWriter;
pub(crate) use writes::Writes;
