//! The requests that are carried out one by one: recalling, syncing, and showing a fresh token.

use std::fmt;

use bytestring::ByteString;
use protos::ids::{ConversationId, MessageId};
use protos::model::{SyncPosition, SyncRequest};
use protos::{Error, Reason, Result};

use super::outgoing::{self, Head};
use super::requests::{Answers, Asker};
use super::synced;
use crate::logic::Authenticated;

/// A request that shares no call with others.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Take a message back.
    Recall { conversation: ConversationId, message: MessageId },
    /// Tell what this client lacks.
    Sync { positions: Vec<SyncPosition>, limit: i32, partial: bool },
    /// Go on under this token.
    Auth(AccessToken),
}

/// An access token as it was presented; it is never logged.
#[derive(PartialEq, Eq)]
pub(super) struct AccessToken(pub(super) String);

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// Asks logic, and gives the answer.
pub(super) async fn carry_out(asker: &Asker, id: Option<&str>, request: Alone) -> Answers {
    let outcome = match request {
        Alone::Recall { conversation, message } => recall(asker, id, &conversation, &message).await,
        Alone::Sync { positions, limit, partial } => sync(asker, id, positions, limit, partial).await,
        Alone::Auth(token) => auth(asker, id, &token).await,
    };
    outcome.unwrap_or_else(|error| vec![outgoing::error(asker.head(id), &error, None)].into())
}

async fn recall(
    asker: &Asker,
    id: Option<&str>,
    conversation: &ConversationId,
    message: &MessageId,
) -> Result<Answers> {
    let Asker { sessions, who, session } = asker;
    let logic = &sessions.logic;
    let left = logic.recall(&who.user.id, conversation, message, Some(session)).await?;
    Ok(vec![outgoing::recall_ack(asker.head(id), &left)].into())
}

async fn sync(
    asker: &Asker,
    id: Option<&str>,
    positions: Vec<SyncPosition>,
    limit: i32,
    partial: bool,
) -> Result<Answers> {
    let request = SyncRequest::new(asker.who.user.id.clone(), positions, limit, partial)?;
    let synced = asker.sessions.logic.sync(request).await?;
    Ok(synced::frames(asker.head(id), synced).into())
}

/// The token of another sign-in, be it the same user's, opens a socket of its own.
async fn auth(asker: &Asker, id: Option<&str>, token: &AccessToken) -> Result<Answers> {
    let fresh: Authenticated = asker.sessions.logic.validate_token(&token.0).await?;
    if (&fresh.sign_in, &fresh.user.id) != (&asker.who.sign_in, &asker.who.user.id) {
        return Err(Error::new(Reason::InvalidToken, "the token is of another sign-in"));
    }
    let head: Head<'_> = asker.head(id);
    let frames: Vec<ByteString> = vec![outgoing::auth_ack(head, fresh.expires_at)];
    Ok(Answers { frames, renewed: Some(fresh) })
}
