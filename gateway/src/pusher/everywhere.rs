//! What concerns every gateway: a broadcast, and the sessions of users wherever they are.

use std::future::Future;

use futures::future::join_all;
use protos::Result;
use protos::error::CloseCode;
use protos::ids::{GatewayId, SessionId, UserId};

use super::delivery::Delivery;
use super::peers::PeerLink;
use super::router::Router;
use crate::registry::Mail;

/// A close frame's reason has no room for more (RFC 6455 §5.5), in bytes.
const REASON_MAX_BYTES: usize = 123;
/// What a session is closed with when no reason is given.
const DISCONNECTED: &str = "disconnected by the operator";

/// A session, as jobs see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedSession {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) gateway: GatewayId,
    pub(super) client_info: String,
    /// Unix seconds.
    pub(super) connected_at: i64,
}

impl Router {
    /// Delivers an event to every session on every gateway that answers: how many sessions took it, and how many gateways
    /// answered, this one included.
    pub(super) async fn broadcast(&self, delivery: Delivery) -> (i32, i32) {
        let here = self.broadcast_here(&delivery);
        let there = self.everywhere("a broadcast", |link| {
            let delivery = delivery.clone();
            async move { link.broadcast(delivery).await }
        });
        let there = there.await;
        (here + there.iter().sum::<i32>(), 1 + i32::try_from(there.len()).unwrap_or(i32::MAX - 1))
    }

    /// Delivers an event to every session of this gateway, and answers how many took it.
    pub(super) fn broadcast_here(&self, delivery: &Delivery) -> i32 {
        let frame = delivery.frame(self.now());
        let mail = Mail { frame: &frame, exclude: &delivery.exclude, is_signal: false };
        let sessions = self.registry().deliver_to_all(mail).delivered;
        self.count(delivery, sessions);
        sessions
    }

    /// Closes every session of these users, on every gateway that answers; answers how many there were.
    pub(super) async fn disconnect(&self, users: Vec<UserId>, reason: String) -> i32 {
        let here = self.disconnect_here(&users, &reason);
        let there = self.everywhere("a disconnection", |link| {
            let (users, reason) = (users.clone(), reason.clone());
            async move { link.disconnect(users, reason).await }
        });
        here + there.await.iter().sum::<i32>()
    }

    /// Closes the sessions of these users on this gateway.
    pub(super) fn disconnect_here(&self, users: &[UserId], reason: &str) -> i32 {
        let why = close_reason(reason);
        let sessions: Vec<_> = users.iter().flat_map(|user| self.registry().sessions_of(user)).collect();
        for session in &sessions {
            session.close(CloseCode::Policy, why.clone());
        }
        i32::try_from(sessions.len()).unwrap_or(i32::MAX)
    }

    /// A user's sessions on every gateway that answers, the oldest first.
    pub(super) async fn sessions(&self, user: &UserId) -> Vec<ListedSession> {
        let mut sessions = self.sessions_here(user);
        let there = self.everywhere("a look at sessions", |link| {
            let user = user.clone();
            async move { link.sessions(user).await }
        });
        sessions.extend(there.await.into_iter().flatten());
        sessions.sort_by(|one, other| (one.connected_at, &one.id).cmp(&(other.connected_at, &other.id)));
        sessions
    }

    /// A user's sessions on this gateway.
    pub(super) fn sessions_here(&self, user: &UserId) -> Vec<ListedSession> {
        let listed = self.registry().sessions_of(user).into_iter().map(|session| ListedSession {
            id: session.id().clone(),
            user: session.user().clone(),
            gateway: self.own().clone(),
            client_info: session.client_info().to_owned(),
            connected_at: session.connected_at(),
        });
        listed.collect()
    }

    /// Asks every other live gateway at once; one that does not answer is left out, and that is logged.
    async fn everywhere<T, R>(&self, what: &str, ask: impl Fn(PeerLink) -> R) -> Vec<T>
    where
        R: Future<Output = Result<T>>,
    {
        let answers = join_all(self.peers().links().into_iter().map(ask)).await;
        let answered = answers.into_iter().filter_map(|answer| {
            answer.inspect_err(|error| tracing::warn!(%error, "a gateway did not answer {what}")).ok()
        });
        answered.collect()
    }
}

/// A reason as a close frame can carry it.
fn close_reason(reason: &str) -> String {
    let reason = if reason.trim().is_empty() { DISCONNECTED } else { reason };
    reason[..reason.floor_char_boundary(REASON_MAX_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_a_close_frame() {
        assert_eq!(close_reason(" "), DISCONNECTED);
        assert_eq!(close_reason("spam"), "spam");
        let long = close_reason(&"é".repeat(100));
        assert_eq!((long.len(), long.chars().count()), (122, 61));
    }
}
