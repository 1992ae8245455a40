//! The HTTP interface: a [`Server`] signs in, an [`Account`] does all else.

mod account;
mod call;
mod conversations;
mod messages;
mod server;

pub use account::Account;
pub use conversations::NewGroup;
pub use server::Server;
pub(crate) use server::USER_AGENT;
