//! What goes wrong between a client and a server.

use protos::Reason;

/// What most functions of this library return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server said no, and why.
    #[error(transparent)]
    Refused(#[from] protos::Error),
    /// No answer came: the server is down, or something between here and there. What was asked may have been done all the same.
    #[error("the server does not answer: {0}")]
    Unreachable(String),
    /// What answered does not speak GoChat's protocol.
    #[error("this is not an answer of GoChat: {0}")]
    Malformed(String),
    /// A URL, a text or a size that cannot be used; nothing was sent.
    #[error("{0}")]
    Unusable(String),
    /// The session has ended, so no answer will come.
    #[error("the session has ended")]
    Ended,
}

impl Error {
    /// The server's reason, if it was the server that said no.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused(error) => Some(error.reason()),
            _ => None,
        }
    }

    /// True when nothing is wrong with what was asked, so that the same may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(error) => error.reason().is_transient(),
            Self::Unreachable(_) => true,
            Self::Malformed(_) | Self::Unusable(_) | Self::Ended => false,
        }
    }

    /// True when the access token is not, or no longer, valid.
    #[must_use]
    pub fn is_stale_token(&self) -> bool {
        matches!(self.reason(), Some(Reason::Unauthorized | Reason::InvalidToken | Reason::TokenExpired))
    }
}

/// An error with its causes, which reqwest's and tungstenite's own texts leave out.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_succeed_later_is_transient() {
        assert!(Error::Unreachable("x".into()).is_transient());
        assert!(Error::from(protos::Error::unavailable("x")).is_transient());
        assert!(!Error::from(protos::Error::invalid("x")).is_transient());
        assert!(!Error::Ended.is_transient());
    }

    #[test]
    fn wrong_credentials_are_not_a_stale_token() {
        let refused = |reason| Error::from(protos::Error::new(reason, "x"));
        assert!(refused(Reason::TokenExpired).is_stale_token());
        assert!(!refused(Reason::InvalidCredentials).is_stale_token());
    }
}
