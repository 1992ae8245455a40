//! Sign-ins: their rows are the truth about every token.

mod convert;
mod query;
mod rotation;
mod service;

pub(crate) use service::SignIns;
