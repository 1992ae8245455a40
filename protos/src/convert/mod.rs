//! Between the wire's types and the domain's.
//!
//! Domain to wire never fails (`From`). Wire to domain is `From` where the wire comes from one of our own services and
//! every value has a meaning, and `TryFrom` (or a function that names the field) where a caller may have sent anything.

mod conversation;
mod event;
mod link;
mod message;
mod online_status;
mod sync;
mod user;

pub use conversation::{conversation_with, parse_conversation_type, parse_role, type_filter};
pub use message::{message_type_filter, parse_message_type};

use crate::error::{Error, Result};

/// The value of a field that our own services always fill.
///
/// # Errors
/// `INTERNAL_ERROR` when it is absent: the other side is of another version, or broken.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal(format!("an answer lacks {field}")))
}

/// Refuses U+0000 in a text, which PostgreSQL cannot store.
///
/// # Errors
/// `INVALID_PARAMETER`.
pub fn text(field: &str, value: String) -> Result<String> {
    if value.contains('\0') {
        return Err(Error::invalid(format!("{field} must not contain U+0000")));
    }
    Ok(value)
}
