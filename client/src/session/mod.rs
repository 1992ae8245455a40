//! The live connection.
//!
//! - [`SessionBuilder`] connects; [`Session`] sends; [`Events`] is what comes in.
//! - `driver`: the task behind them: serves one connection after the other until the session ends.
//! - `link`: one connection, from the upgrade to the hello; `frame`: what travels on it.
//! - `outbox`: what waits for an answer; `order`: what has been seen of each conversation; `policy`: what a close code calls for.

mod builder;
mod delivery;
mod driver;
mod event;
mod frame;
mod handle;
mod history;
mod link;
mod order;
mod outbox;
mod policy;
mod request;
mod serve;

pub use builder::SessionBuilder;
pub use event::{Ended, Event, Events, Hello, Pushed, Refusal};
pub use handle::{Sending, Session};
pub use request::{Ack, NewMessage};
