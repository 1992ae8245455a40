//! A WebSocket client that costs next to nothing: it reads the few fields that a measurement needs from the raw stream.

mod dialect;
mod frame;
mod handshake;
mod http;
mod link;
mod message;

pub(super) use dialect::{Dialect, Heard};
pub(super) use http::Http;
pub(super) use link::{Address, Ear, Link};
pub(super) use message::{Template, body, pushed_data};
