//! What became of a delivery.

use protos::ids::GatewayId;

use crate::registry::Reached;

/// What became of an event for one user, or for all of WORLD, on all gateways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserOutcome {
    /// Sessions whose mailbox accepted it.
    pub(crate) delivered: i32,
    /// Sessions that were too slow and were closed.
    pub(crate) overloaded: i32,
    /// Sessions that were left out, as asked.
    pub(crate) excluded: i32,
    /// Gateways where it was delivered or a session was too slow, or that did not answer.
    pub(crate) gateways: Vec<GatewayId>,
    /// Gateways that may own sessions of theirs and did not answer.
    pub(crate) unreachable: Vec<GatewayId>,
}

/// The outcome in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// At least one session has it.
    Delivered,
    /// No session, anywhere.
    Offline,
    /// Every session was too slow.
    Overloaded,
    /// A gateway did not answer: it may have been delivered.
    Unreachable,
    /// It is kept until they connect.
    Queued,
}

/// What became of a job's push for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pushed {
    pub(crate) status: Status,
    pub(crate) outcome: UserOutcome,
}

impl UserOutcome {
    /// Adds what a gateway reports.
    pub(crate) fn add(&mut self, gateway: &GatewayId, reached: Reached) {
        self.excluded += reached.excluded;
        if reached.delivered + reached.overloaded > 0 {
            self.delivered += reached.delivered;
            self.overloaded += reached.overloaded;
            self.gateways.push(gateway.clone());
        }
    }

    /// Adds that a gateway did not answer.
    pub(crate) fn add_unreachable(&mut self, gateway: &GatewayId) {
        self.unreachable.push(gateway.clone());
        self.gateways.push(gateway.clone());
    }

    /// True when it has not reached the user and may wait for them: who is here by excluded sessions alone is left out on purpose.
    pub(crate) fn may_be_kept(&self) -> bool {
        match self.status() {
            Status::Delivered | Status::Queued => false,
            Status::Offline => self.excluded == 0,
            Status::Overloaded | Status::Unreachable => true,
        }
    }

    /// The outcome in a word. A gateway that did not answer leaves open whether *every* session was too slow.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self { delivered: 1.., .. } => Status::Delivered,
            Self { unreachable, .. } if !unreachable.is_empty() => Status::Unreachable,
            Self { overloaded: 1.., .. } => Status::Overloaded,
            _ => Status::Offline,
        }
    }
}

/// What a gateway reports of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// What the sessions there of each of the delivery's users got, in their order.
    pub(crate) users: Vec<Reached>,
    /// For a delivery to WORLD, which names no users: its sessions there.
    pub(crate) world: Reached,
}

impl Report {
    /// An empty one of a delivery to so many users.
    pub(super) fn with_capacity(users: usize) -> Self {
        Self { users: Vec::with_capacity(users), world: Reached::default() }
    }
}
