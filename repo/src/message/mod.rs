//! Messages: saved in batches, read by place, recalled; and what a client lacks of them.

mod convert;
#[cfg(test)]
mod counted;
mod query;
mod recall;
mod reply;
mod row;
mod save;
mod service;
mod sync;
mod writer;
mod writes;

pub(crate) use row::{MessageRow, message_columns};
pub(crate) use service::Messages;
pub(crate) use writer::MessageWriter;
pub(crate) use writes::Writes;
