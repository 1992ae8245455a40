//! The streams that tell who is online.

use futures::stream::{self, BoxStream, StreamExt};
use protos::model::limits::WATCH_MAX_USERS;
use protos::pb::gateway::{LocalPresence, PresenceChange, WatchPresenceRequest};
use protos::{Error, Result};
use tonic::Status;

use super::convert;
use crate::presence::{Change, Roster};

/// Users in one part of a stream between gateways.
const USERS_IN_PART: usize = 4_096;

/// `WatchPresence`: the present state, then every change.
///
/// # Errors
/// `INVALID_PARAMETER` for too many users, and those of [`Roster::watch`].
pub(super) async fn presence(
    roster: &Roster,
    request: WatchPresenceRequest,
) -> Result<BoxStream<'static, Result<PresenceChange, Status>>> {
    if request.user_ids.len() > WATCH_MAX_USERS {
        return Err(Error::invalid(format!("at most {WATCH_MAX_USERS} users at once")));
    }
    let mut watch = roster.watch(request.user_ids.into_iter().map(Into::into).collect()).await?;
    let first = std::mem::take(&mut watch.first);
    let parts = stream::iter([Ok(first)]).chain(watch.changes());
    let changes = parts.flat_map(|part| {
        let (changes, error) = match part {
            Ok(changes) => (changes, None),
            Err(error) => (Vec::new(), Some(Err(error.into()))),
        };
        stream::iter(changes.into_iter().map(|change| Ok(convert::presence_change(change))).chain(error))
    });
    Ok(changes.boxed())
}

/// `WatchLocal`: everybody who is here, then who comes and goes.
///
/// # Errors
/// Those of [`Roster::watch_here`].
pub(super) fn local(roster: &Roster) -> Result<BoxStream<'static, Result<LocalPresence, Status>>> {
    let mut watch = roster.watch_here()?;
    let first = std::mem::take(&mut watch.first);
    let parts: Vec<Vec<Change>> = first.chunks(USERS_IN_PART).map(<[Change]>::to_vec).collect();
    let parts = parts.into_iter().map(|part| Ok(convert::local_presence(part)));
    let all = parts.chain([Ok(LocalPresence { complete: true, ..LocalPresence::default() })]);
    let changes = watch.changes().map(|part| part.map(convert::local_presence).map_err(Status::from));
    Ok(stream::iter(all.collect::<Vec<_>>()).chain(changes).boxed())
}
