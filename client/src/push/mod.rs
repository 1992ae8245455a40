//! Pushing events to users from a backend job.

mod convert;

use std::collections::HashSet;
use std::time::Duration;

use kit::Secret;
use kit::grpc::{AuthorizedChannel, channel_to};
use protos::ids::{GatewayId, PushId, SessionId, UserId};
use protos::model::limits::PUSH_MAX_USERS;
use tokio::time::timeout;
use url::Url;

use crate::{Error, Result};

/// How long one call may take by default.
const DEADLINE: Duration = Duration::from_secs(10);

/// A gateway's internal side, for jobs. Cloning it shares its connection.
#[derive(Clone, Debug)]
pub struct Pusher {
    channel: AuthorizedChannel,
    deadline: Duration,
}

/// An event for every session of some users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The frame's type as clients see it: `[a-z0-9._-]{1,64}`.
    pub kind: String,
    /// JSON text of an object of at most 64 KiB, the frame's data.
    pub data: String,
    /// For whom. More than 10,000 are told in several calls.
    pub users: Vec<UserId>,
    /// The job's own key; clients see it beside the type. For 10 minutes, and while it waits, the same again comes to nobody who had it.
    pub push_id: Option<PushId>,
    /// Sessions that are left out.
    pub exclude: Vec<SessionId>,
    /// How long it waits for users who do not get it now, in seconds, at most 30 days; 0: not at all.
    pub ttl_seconds: u32,
}

/// What became of a push for one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushOutcome {
    /// At least one session took it.
    Delivered,
    /// The user has no session.
    Offline,
    /// Every session of the user was too slow and was closed.
    Overloaded,
    /// The gateway that holds the user's sessions did not answer: it may have been delivered.
    Unreachable,
    /// Kept until the user connects.
    Queued,
    /// A status of a later version.
    Unknown,
}

impl PushOutcome {
    /// Its name in the protocol.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVERED",
            Self::Offline => "OFFLINE",
            Self::Overloaded => "OVERLOADED",
            Self::Unreachable => "UNREACHABLE",
            Self::Queued => "QUEUED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// The result for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPush {
    /// Who.
    pub user: UserId,
    /// What became of it.
    pub outcome: PushOutcome,
    /// How many sessions took it.
    pub sessions: u32,
    /// Which gateways hold them.
    pub gateways: Vec<GatewayId>,
}

/// The result of a push: one entry for each distinct user, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushReport {
    /// User by user.
    pub results: Vec<UserPush>,
}

impl PushReport {
    /// How many users have this outcome.
    #[must_use]
    pub fn count(&self, outcome: PushOutcome) -> usize {
        self.results.iter().filter(|result| result.outcome == outcome).count()
    }

    /// How many sessions took it.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.results.iter().map(|result| u64::from(result.sessions)).sum()
    }
}

impl Push {
    /// An event for these users; `data` is JSON text of an object.
    #[must_use]
    pub fn new(kind: impl Into<String>, data: impl Into<String>, users: Vec<UserId>) -> Self {
        Self {
            kind: kind.into(),
            data: data.into(),
            users,
            push_id: None,
            exclude: Vec::new(),
            ttl_seconds: 0,
        }
    }

    /// The same under a key of the job's own.
    #[must_use]
    pub fn with_id(self, push_id: PushId) -> Self {
        Self { push_id: Some(push_id), ..self }
    }

    /// The same, which waits for so many seconds for users who are away.
    #[must_use]
    pub fn with_ttl(self, ttl_seconds: u32) -> Self {
        Self { ttl_seconds, ..self }
    }
}

impl Pusher {
    /// The gateway whose gRPC listener is at `url`, such as `http://127.0.0.1:9000`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Unusable`] when `url` is not `http://host:port`, or no header can carry the token.
    pub fn at(url: &str, token: &Secret) -> Result<Self> {
        let parsed = Url::parse(url).map_err(|why| Error::Unusable(format!("{url} is not a URL: {why}")))?;
        let channel = channel_to(&parsed, token).map_err(|why| Error::Unusable(why.to_string()))?;
        Ok(Self { channel, deadline: DEADLINE })
    }

    /// The same with another deadline for each call; 10 seconds by default.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Pushes, and tells what became of it, user by user.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for a wrong type or data; `UNAUTHORIZED` for a wrong token; `SERVICE_UNAVAILABLE` or `TIMEOUT`, after which it
    /// may have been delivered. When a call after the first fails, the users of the earlier ones have been pushed to.
    pub async fn push(&self, push: &Push) -> Result<PushReport> {
        let mut told = HashSet::new();
        let distinct: Vec<&UserId> = push.users.iter().filter(|user| told.insert(*user)).collect();
        let mut report = PushReport::default();
        // A push to nobody is made too: its type and data are checked all the same.
        let mut rest = distinct.as_slice();
        loop {
            let (now, later) = rest.split_at(rest.len().min(PUSH_MAX_USERS));
            report.results.extend(self.push_to(push, now).await?);
            if later.is_empty() {
                return Ok(report);
            }
            rest = later;
        }
    }

    async fn push_to(&self, push: &Push, users: &[&UserId]) -> Result<Vec<UserPush>> {
        let call = convert::call(self.channel.clone(), push, users);
        match timeout(self.deadline, call).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(protos::Error::new(protos::Reason::Timeout, "the gateway did not answer in time").into())
            }
        }
    }
}
