//! Every error that a caller can see, and the only table from its reason to gRPC, HTTP and close codes.
//!
//! An [`Error`] crosses gRPC as a status with `google.rpc.ErrorInfo` in its details, and comes out as the same [`Error`].

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// `ErrorInfo.domain` of every error of ours.
pub const DOMAIN: &str = "gochat";

/// The metadata key under which `ErrorInfo` carries [`Error::retry_after`], in milliseconds.
const RETRY_AFTER_MS: &str = "retry_after_ms";

/// What most functions of GoChat return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// WebSocket close codes (RFC 6455 §7.4, the IANA registry, and our own above 4000).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The client said goodbye.
    Normal = 1000,
    /// The peer is going away.
    GoingAway = 1001,
    /// Logged out, kicked, or abusive.
    Policy = 1008,
    /// A frame over the announced maximum.
    TooBig = 1009,
    /// The gateway restarts: reconnect with jitter.
    Restart = 1012,
    /// The client reads too slowly: reconnect and `sync`.
    TooSlow = 1013,
    /// The token expired or was revoked: sign in again.
    SignInAgain = 4401,
}

macro_rules! reasons {
    ($( $name:ident $text:literal $code:ident $http:literal ),* $(,)?) => {
        /// Why a call was refused; the machine-readable half of an [`Error`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is its text in the contract's table")]
        pub enum Reason { $( $name ),* }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Reason] = &[ $( Reason::$name ),* ];

            /// The reason as `ErrorInfo.reason`, the HTTP `code` and the `error` frame's `code`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Reason::$name => $text ),* }
            }

            /// The gRPC status code.
            #[must_use]
            pub fn grpc_code(self) -> Code {
                match self { $( Reason::$name => Code::$code ),* }
            }

            /// The HTTP status code.
            #[must_use]
            pub fn http_status(self) -> u16 {
                match self { $( Reason::$name => $http ),* }
            }

            /// The reason of that name; `None` for a name of another age.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $( $text => Some(Reason::$name), )* _ => None }
            }
        }
    };
}

reasons! {
    InvalidParameter "INVALID_PARAMETER" InvalidArgument 400,
    InvalidUsername "INVALID_USERNAME" InvalidArgument 400,
    WeakPassword "WEAK_PASSWORD" InvalidArgument 400,
    MessageEmpty "MESSAGE_EMPTY" InvalidArgument 400,
    UnsupportedMessageType "UNSUPPORTED_MESSAGE_TYPE" InvalidArgument 400,
    MessageTooLarge "MESSAGE_TOO_LARGE" InvalidArgument 413,
    Unauthorized "UNAUTHORIZED" Unauthenticated 401,
    InvalidCredentials "INVALID_CREDENTIALS" Unauthenticated 401,
    InvalidToken "INVALID_TOKEN" Unauthenticated 401,
    TokenExpired "TOKEN_EXPIRED" Unauthenticated 401,
    Forbidden "FORBIDDEN" PermissionDenied 403,
    UserDisabled "USER_DISABLED" PermissionDenied 403,
    InsufficientPermission "INSUFFICIENT_PERMISSION" PermissionDenied 403,
    MemberMuted "MEMBER_MUTED" PermissionDenied 403,
    GuestNotAllowed "GUEST_NOT_ALLOWED" PermissionDenied 403,
    NotFound "NOT_FOUND" NotFound 404,
    UserNotFound "USER_NOT_FOUND" NotFound 404,
    MessageNotFound "MESSAGE_NOT_FOUND" NotFound 404,
    ConversationNotFound "CONVERSATION_NOT_FOUND" NotFound 404,
    FriendRequestNotFound "FRIEND_REQUEST_NOT_FOUND" NotFound 404,
    NotConversationMember "NOT_CONVERSATION_MEMBER" NotFound 404,
    UserAlreadyExists "USER_ALREADY_EXISTS" AlreadyExists 409,
    FriendRequestAlreadyExists "FRIEND_REQUEST_ALREADY_EXISTS" AlreadyExists 409,
    RecallTimeExceeded "RECALL_TIME_EXCEEDED" FailedPrecondition 409,
    ConversationFull "CONVERSATION_FULL" FailedPrecondition 409,
    CannotLeaveConversation "CANNOT_LEAVE_CONVERSATION" FailedPrecondition 409,
    RateLimited "RATE_LIMITED" ResourceExhausted 429,
    ServiceUnavailable "SERVICE_UNAVAILABLE" Unavailable 503,
    Timeout "TIMEOUT" DeadlineExceeded 504,
    InternalError "INTERNAL_ERROR" Internal 500,
}

impl Reason {
    /// The code a socket is closed with when this reason ends it.
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self.grpc_code() {
            Code::Unauthenticated => CloseCode::SignInAgain,
            Code::Unavailable | Code::DeadlineExceeded | Code::Internal => CloseCode::Restart,
            _ if self == Reason::MessageTooLarge => CloseCode::TooBig,
            _ => CloseCode::Policy,
        }
    }

    /// True when the caller did nothing wrong and the same call may succeed later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Reason::ServiceUnavailable | Reason::Timeout)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: a reason for machines and a sentence for people. It holds nothing that a caller may not see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Error {
    reason: Reason,
    message: String,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error of this reason.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry_after: None }
    }

    /// `INVALID_PARAMETER`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Reason::InvalidParameter, message)
    }

    /// `SERVICE_UNAVAILABLE`.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Reason::ServiceUnavailable, message)
    }

    /// `INTERNAL_ERROR`. The cause belongs in the log, not in `message`.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Reason::InternalError, message)
    }

    /// `CONVERSATION_NOT_FOUND`: the same for a conversation that is not there and one the caller is not a member of.
    #[must_use]
    pub fn conversation_not_found() -> Self {
        Self::new(Reason::ConversationNotFound, "no such conversation")
    }

    /// `USER_NOT_FOUND`.
    #[must_use]
    pub fn user_not_found() -> Self {
        Self::new(Reason::UserNotFound, "no such user")
    }

    /// Says when another try may succeed (HTTP `Retry-After`).
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When another try may succeed, where that is known.
    #[must_use]
    pub fn retry_after_hint(&self) -> Option<Duration> {
        self.retry_after
    }

    /// From the two texts that a batch's outcome carries; an unknown reason is an internal error.
    #[must_use]
    pub fn from_wire(reason: &str, message: String) -> Self {
        Self::new(Reason::parse(reason).unwrap_or(Reason::InternalError), message)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let metadata = error
            .retry_after
            .map(|wait| HashMap::from([(RETRY_AFTER_MS.to_owned(), wait.as_millis().to_string())]))
            .unwrap_or_default();
        let details = ErrorDetails::with_error_info(error.reason.as_str(), DOMAIN, metadata);
        Status::with_error_details(error.reason.grpc_code(), error.message, details)
    }
}

impl From<Status> for Error {
    /// Our own errors come out as they went in; a transport's become `SERVICE_UNAVAILABLE`, `TIMEOUT` or `INTERNAL_ERROR`.
    fn from(status: Status) -> Self {
        let info = status.get_details_error_info().filter(|info| info.domain == DOMAIN);
        if let Some((reason, info)) = info.and_then(|info| Some((Reason::parse(&info.reason)?, info))) {
            let wait = info.metadata.get(RETRY_AFTER_MS).and_then(|ms| ms.parse().ok());
            return Self {
                reason,
                message: status.message().to_owned(),
                retry_after: wait.map(Duration::from_millis),
            };
        }
        match status.code() {
            Code::Unavailable => Self::unavailable("a service that this needs does not answer"),
            // tonic reports its own client-side deadline as Cancelled.
            Code::DeadlineExceeded | Code::Cancelled => Self::new(Reason::Timeout, "the deadline passed"),
            Code::InvalidArgument => Self::invalid(status.message()),
            Code::OutOfRange => Self::new(Reason::MessageTooLarge, "the message is too large"),
            Code::ResourceExhausted => Self::new(Reason::RateLimited, status.message()),
            _ => Self::internal("a service that this needs failed"),
        }
    }
}

/// The outcomes of a batch, or the first error when every item failed for the present: nothing was done then, and as the failure of
/// the whole call it has the caller try another process. In an answer that succeeds nobody would try again.
///
/// # Errors
/// The first item's, when that and all others are transient.
pub fn unless_all_failed_for_now<T>(outcomes: Vec<Result<T>>) -> Result<Vec<Result<T>>> {
    let failed_for_now =
        |outcome: &Result<T>| outcome.as_ref().is_err_and(|error| error.reason().is_transient());
    if !outcomes.iter().all(failed_for_now) {
        return Ok(outcomes);
    }
    match outcomes.into_iter().next() {
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_survives_the_way_through_grpc() {
        for reason in Reason::ALL {
            let error = Error::new(*reason, "why").retry_after(Duration::from_millis(1500));
            let status = Status::from(error.clone());
            assert_eq!(status.code(), reason.grpc_code());
            assert_eq!(Error::from(status), error);
        }
    }

    #[test]
    fn reasons_have_distinct_names_that_parse_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(Reason::parse("NO_SUCH_REASON"), None);
    }

    #[test]
    fn http_status_follows_grpc_code_but_for_a_message_too_large() {
        for reason in Reason::ALL {
            let expected = match reason.grpc_code() {
                _ if *reason == Reason::MessageTooLarge => 413,
                Code::InvalidArgument => 400,
                Code::Unauthenticated => 401,
                Code::PermissionDenied => 403,
                Code::NotFound => 404,
                Code::AlreadyExists | Code::FailedPrecondition => 409,
                Code::ResourceExhausted => 429,
                Code::Unavailable => 503,
                Code::DeadlineExceeded => 504,
                _ => 500,
            };
            assert_eq!(reason.http_status(), expected, "{reason}");
        }
    }

    #[test]
    fn a_transport_error_is_unavailable_and_an_unknown_one_internal() {
        assert_eq!(Error::from(Status::unavailable("x")).reason(), Reason::ServiceUnavailable);
        assert_eq!(Error::from(Status::cancelled("x")).reason(), Reason::Timeout);
        assert_eq!(Error::from(Status::unknown("x")).reason(), Reason::InternalError);
    }

    #[test]
    fn a_batch_fails_as_a_whole_when_all_of_it_failed_for_now() {
        let (down, muted) = (Error::unavailable("down"), Error::new(Reason::MemberMuted, "muted"));
        let all = vec![Err::<(), _>(down.clone()), Err(Error::new(Reason::Timeout, "late"))];
        assert_eq!(unless_all_failed_for_now(all), Err(down.clone()));
        for some in [vec![], vec![Ok(()), Err(down.clone())], vec![Err(down), Err(muted)]] {
            assert_eq!(unless_all_failed_for_now(some.clone()), Ok(some));
        }
    }
}
