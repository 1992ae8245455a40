//! The HTTP half of the gateway, a file for each resource: handlers turn a request into one call and its answer into JSON.
//!
//! - [`around()`]: the middleware of the whole application: request id, failure envelope, security headers, CORS
//! - [`Failure`], [`answer`]: the two envelopes
//! - [`caller`]: who calls
//! - [`auth`], [`sign_ins`], [`users`], [`blocks`], [`friends`], [`conversations`], [`members`], [`messages`]: the resources

mod answer;
mod around;
mod auth;
mod blocks;
mod caller;
mod conversations;
mod failure;
mod friends;
mod members;
mod messages;
mod openapi;
mod origins;
mod sign_ins;
#[cfg(test)]
mod tests;
mod users;

pub(crate) use answer::{Answer, ok};
pub(crate) use around::around;
pub(crate) use failure::Failure;
#[cfg(any(test, feature = "fuzzing"))]
pub use messages::cursors;
pub(crate) use origins::AllowedOrigins;

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::web;
use futures::future::BoxFuture;
use protos::Result;
use protos::ids::UserId;
use protos::model::UserInfo;

use crate::limits::Limits;
use crate::logic::LogicClient;

/// Answers which of these users are online; an error while presence cannot be read.
pub(crate) type OnlineLookup =
    Arc<dyn Fn(Vec<UserId>) -> BoxFuture<'static, Result<HashSet<UserId>>> + Send + Sync>;

/// What the handlers work with; the application holds it as `web::Data`.
#[derive(Clone)]
pub(crate) struct AppState {
    /// Where everything is done.
    pub(crate) logic: LogicClient,
    /// Where users are.
    pub(crate) online: OnlineLookup,
    /// Which pages of other origins may call.
    pub(crate) origins: AllowedOrigins,
    /// How much one client may ask for.
    pub(crate) limits: Limits,
}

impl AppState {
    /// Which of the peers are online, in one call for a whole page; none while presence cannot be read.
    async fn online_among<'a>(&self, peers: impl Iterator<Item = Option<&'a UserInfo>>) -> HashSet<UserId> {
        let peers: Vec<UserId> = peers.flatten().map(|peer| peer.id.clone()).collect();
        if peers.is_empty() { HashSet::new() } else { (self.online)(peers).await.unwrap_or_default() }
    }
}

/// The routes of `/api` and of the page. The application that takes them also holds an [`AppState`] as `web::Data` and is wrapped in
/// [`around()`].
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    failure::configure_extractors(cfg);
    let api = web::scope("/api")
        .configure(auth::configure)
        .configure(sign_ins::configure)
        .configure(users::configure)
        .configure(blocks::configure)
        .configure(friends::configure)
        .configure(conversations::configure)
        .configure(members::configure)
        .configure(messages::configure)
        .configure(openapi::configure)
        .configure(crate::web::configure_docs);
    cfg.service(api).configure(crate::web::configure);
}
