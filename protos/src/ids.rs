//! A newtype for every kind of id, so that one cannot stand where another is meant.
//!
//! Ids are opaque strings on every wire; what they are made of is decided here and nowhere else.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The longest id that is looked up; a longer one cannot be ours.
pub const MAX_ID_BYTES: usize = 128;
/// The id of the one WORLD conversation.
const WORLD: &str = "world";

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new id, unlike every other and greater than those made before it (UUIDv7, RFC 9562).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7().simple().to_string())
            }

            /// Takes an id that came from outside; `field` names it in the error.
            ///
            /// # Errors
            /// `INVALID_PARAMETER` when it is empty, longer than [`MAX_ID_BYTES`] or holds a control character.
            pub fn parse(field: &str, value: impl Into<String>) -> Result<Self> {
                checked(field, value.into()).map(Self)
            }

            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

string_id!(
    /// A user, guests included.
    UserId
);
string_id!(
    /// A conversation of any type.
    ConversationId
);
string_id!(
    /// A message: its conversation and seq, see [`MessageId::new`].
    MessageId
);
string_id!(
    /// One WebSocket connection.
    SessionId
);
string_id!(
    /// One sign-in: the access and refresh tokens that descend from one login.
    SignInId
);
string_id!(
    /// A gateway process, the same over its restarts when it was given a name.
    GatewayId
);
string_id!(
    /// One start of a gateway process.
    Incarnation
);
string_id!(
    /// The sender's own key of a message: the same key again is the same message.
    ClientMsgId
);
string_id!(
    /// A friend request.
    FriendRequestId
);
string_id!(
    /// A backend job's own key of a push.
    PushId
);
string_id!(
    /// One start of a sender of deliveries, as the gateways that it sends to know it.
    LinkId
);

impl ConversationId {
    /// The one WORLD conversation.
    #[must_use]
    pub fn world() -> Self {
        Self::from(WORLD)
    }

    /// True for the one WORLD conversation.
    #[must_use]
    pub fn is_world(&self) -> bool {
        self.0 == WORLD
    }
}

impl MessageId {
    /// The id of the message at `seq` of a conversation: made from that pair, so that no second key is stored.
    #[must_use]
    pub fn new(conversation: &ConversationId, seq: Seq) -> Self {
        Self(format!("{conversation}.{seq}"))
    }

    /// The pair that the id was made from; `None` for an id that was never ours.
    #[must_use]
    pub fn parts(&self) -> Option<(ConversationId, Seq)> {
        let (conversation, seq) = self.0.rsplit_once('.')?;
        let number: i64 = seq.parse().ok().filter(|number| *number > 0)?;
        // "+7" and "007" also parse; only the form that `new` writes is ours.
        (number.to_string() == seq).then(|| (ConversationId::from(conversation), Seq(number)))
    }
}

/// A message's place in its conversation: 1, 2, 3 … without a gap. 0 is "before the first".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn checked(field: &str, value: String) -> Result<String> {
    if value.is_empty() {
        return Err(Error::invalid(format!("{field} is missing")));
    }
    if value.len() > MAX_ID_BYTES || value.chars().any(char::is_control) {
        return Err(Error::invalid(format!("{field} is not an id")));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_gives_back_its_conversation_and_seq() {
        let conversation = ConversationId::generate();
        let id = MessageId::new(&conversation, Seq(17));
        assert_eq!(id.parts(), Some((conversation, Seq(17))));
    }

    #[test]
    fn what_was_never_a_message_id_has_no_parts() {
        for id in ["", "a", "a.", "a.0", "a.-1", "a.x", "a.+7", "a.007", "a.99999999999999999999"] {
            assert_eq!(MessageId::from(id).parts(), None, "{id}");
        }
    }

    #[test]
    fn ids_from_outside_are_checked() {
        assert!(UserId::parse("user_id", "u1").is_ok());
        for bad in [String::new(), "a\0b".into(), "x".repeat(MAX_ID_BYTES + 1)] {
            let error = UserId::parse("user_id", bad).unwrap_err();
            assert_eq!(error.reason(), crate::Reason::InvalidParameter);
        }
    }
}
