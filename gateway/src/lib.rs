//! The public service: HTTP and WebSocket for browsers, pushes for backend jobs.
//!
//! - `session`: a WebSocket, its frames and its order; `registry`: who is connected here.
//! - `pusher`: from a delivery to the sessions of its receivers, here and on other gateways.
//! - `presence`: the gateway's lease, and telling who came and went.
//! - `http`, `json`, `web`: the HTTP routes, their objects, the page.
//! - `logic`: the client of the rules service; `limits`: how much one client may ask for.
//! - `metrics`, `stats`: what is counted, and how all gateways are doing; `admin`: the operator's page.
//! - `process`, `config`, `readiness`, `socket`: the process, from its listeners to its end.
//! - `fuzzing`: what a fuzzer feeds.
//! - `sync`: the locks and maps that tests can schedule; `planted`: bugs that the chaos harness must find.

mod admin;
mod config;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod http;
mod json;
mod kept;
mod limits;
mod logic;
mod metrics;
mod planted;
mod presence;
mod process;
mod pusher;
mod readiness;
mod registry;
mod session;
mod socket;
mod stats;
mod sync;
#[cfg(test)]
mod tests;
mod web;

pub use config::{Config, Tuning};
pub use limits::{Proxy, Rate, RateLimits};
pub use process::Gateway;
