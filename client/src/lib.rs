//! A client of GoChat.
//!
//! - [`Server`]: registers users and signs them in.
//! - [`Account`]: who is signed in; conversations, members, history. It renews its tokens by itself.
//! - [`Session`] and [`Events`]: the live connection. It sends each message until it is acknowledged, hands out each
//!   conversation's messages in order, once each, and outlives broken connections.
//! - [`Pusher`]: for backend jobs: pushes an event to users, wherever they are connected.
//!
//! ```no_run
//! # async fn example() -> client::Result<()> {
//! use client::{Event, NewMessage, Server};
//!
//! let ann = Server::at("http://127.0.0.1:8080")?.log_in("ann", "correct horse").await?;
//! let world = ann.join_world().await?;
//! let (session, mut events) = ann.session().connect().await?;
//! let ack = session.send(NewMessage::text(&world.id, "hello")).await?.await?;
//! assert!(ack.seq.0 > 0);
//! while let Some(event) = events.next().await {
//!     if let Event::Message(message) = event {
//!         session.mark_read(&message.conversation_id, message.seq).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod http;
mod model;
mod push;
mod session;

pub use error::{Error, Result};
pub use http::{Account, NewGroup, Server};
pub use model::{Conversation, Member, Message, Page, Peer, User, UserInfo};
pub use push::{Push, PushOutcome, PushReport, Pusher, UserPush};
pub use session::{
    Ack, Ended, Event, Events, Hello, NewMessage, Pushed, Refusal, Sending, Session, SessionBuilder,
};

pub use protos::{Reason, ids};
