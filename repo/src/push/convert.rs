//! Between the wire and the queues.

use std::collections::HashMap;

use protos::convert::text;
use protos::ids::{PushId, UserId};
use protos::model::limits::{
    PUSH_MAX_DATA_BYTES, PUSH_MAX_TTL_SECONDS, PUSH_PAGE_USERS, PUSH_TYPE_MAX_CHARS, PUSHES_AT_ONCE,
};
use protos::pb::repo as pb;
use protos::{Error, Result};

use super::keep::Kept;
use super::{KeptPush, NewPush, Received};
use crate::user::user_ids;

/// Pushes to be kept from `now` on, Unix seconds.
pub(super) fn new_pushes(request: pb::KeepPushesRequest, now: i64) -> Result<Vec<NewPush>> {
    bounded("pushes", request.pushes.len(), PUSHES_AT_ONCE)?;
    request.pushes.into_iter().map(|push| new_push(push, now)).collect()
}

fn new_push(push: pb::PushToKeep, now: i64) -> Result<NewPush> {
    if !(1..=PUSH_MAX_TTL_SECONDS).contains(&push.ttl_seconds) {
        return Err(Error::invalid(format!("ttl_seconds must be between 1 and {PUSH_MAX_TTL_SECONDS}")));
    }
    if push.r#type.is_empty() || push.r#type.len() > PUSH_TYPE_MAX_CHARS {
        return Err(Error::invalid(format!("type has 1 to {PUSH_TYPE_MAX_CHARS} characters")));
    }
    if push.data.len() > PUSH_MAX_DATA_BYTES {
        return Err(Error::invalid(format!("data has at most {PUSH_MAX_DATA_BYTES} bytes")));
    }
    Ok(NewPush {
        id: PushId::parse("push_id", push.push_id)?,
        kind: text("type", push.r#type)?,
        data: text("data", push.data)?,
        expires_at: now.saturating_add(push.ttl_seconds.into()),
        users: user_ids("user_ids", push.user_ids)?,
    })
}

pub(super) fn kept(outcomes: Vec<Kept>) -> pb::KeepPushesResponse {
    let outcomes =
        outcomes.into_iter().map(|kept| pb::KeptFor { number: kept.number, user_ids: strings(kept.users) });
    pb::KeepPushesResponse { outcomes: outcomes.collect() }
}

pub(super) fn page_users(request: pb::GetKeptPushesRequest) -> Result<Vec<UserId>> {
    bounded("user_ids", request.user_ids.len(), PUSH_PAGE_USERS)?;
    user_ids("user_ids", request.user_ids)
}

pub(super) fn pages(pages: Vec<(UserId, Vec<KeptPush>)>) -> pb::GetKeptPushesResponse {
    let push = |push: KeptPush| pb::KeptPush {
        number: push.number,
        push_id: push.id.into(),
        r#type: push.kind,
        data: push.data,
    };
    let users = pages.into_iter().map(|(user, pushes)| pb::KeptPushes {
        user_id: user.into(),
        pushes: pushes.into_iter().map(push).collect(),
    });
    pb::GetKeptPushesResponse { users: users.collect() }
}

/// What users have got.
pub(super) fn received(request: pb::DropKeptPushesRequest) -> Result<Vec<Received>> {
    let mut received = Vec::new();
    for pb::ReceivedPushes { user_id, pushes } in request.users {
        let user = UserId::parse("user_id", user_id)?;
        for push in pushes {
            let id = PushId::parse("push_id", push.push_id)?;
            received.push(Received { user: user.clone(), number: push.number, id });
        }
    }
    Ok(received)
}

/// Pushes and some of their users.
pub(super) fn pushes(pushes: Vec<pb::PushUsers>) -> Result<Vec<(PushId, Vec<UserId>)>> {
    bounded("pushes", pushes.len(), PUSHES_AT_ONCE)?;
    let of = |push: pb::PushUsers| {
        Ok((PushId::parse("push_id", push.push_id)?, user_ids("user_ids", push.user_ids)?))
    };
    pushes.into_iter().map(of).collect()
}

/// Who had which push.
pub(super) fn by_push(received: &[Received]) -> Vec<(PushId, Vec<UserId>)> {
    let mut by_push: HashMap<PushId, Vec<UserId>> = HashMap::new();
    for push in received {
        by_push.entry(push.id.clone()).or_default().push(push.user.clone());
    }
    by_push.into_iter().collect()
}

pub(super) fn found(had: Vec<Vec<UserId>>, waiting: Vec<Vec<UserId>>) -> pb::FindPushesResponse {
    let pushes = had.into_iter().zip(waiting).map(|(had, waiting)| pb::FoundPush {
        had_user_ids: strings(had),
        queued_user_ids: strings(waiting),
    });
    pb::FindPushesResponse { pushes: pushes.collect() }
}

fn strings(users: Vec<UserId>) -> Vec<String> {
    users.into_iter().map(Into::into).collect()
}

fn bounded(field: &str, count: usize, most: usize) -> Result<()> {
    if count > most {
        return Err(Error::invalid(format!("at most {most} {field} in one call")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_that_cannot_be_kept_is_refused() {
        let good = pb::PushToKeep {
            push_id: "p".into(),
            r#type: "x".into(),
            data: "{}".into(),
            ttl_seconds: PUSH_MAX_TTL_SECONDS,
            user_ids: vec!["u".into(), "u".into()],
        };
        let kept = new_push(good.clone(), 100).unwrap();
        assert_eq!((kept.expires_at, kept.users), (100 + i64::from(PUSH_MAX_TTL_SECONDS), vec!["u".into()]));
        for bad in [
            pb::PushToKeep { ttl_seconds: 0, ..good.clone() },
            pb::PushToKeep { ttl_seconds: -1, ..good.clone() },
            pb::PushToKeep { ttl_seconds: PUSH_MAX_TTL_SECONDS + 1, ..good.clone() },
            pb::PushToKeep { push_id: String::new(), ..good.clone() },
            pb::PushToKeep { r#type: String::new(), ..good.clone() },
            pb::PushToKeep { data: "\0".into(), ..good.clone() },
            pb::PushToKeep { data: "x".repeat(PUSH_MAX_DATA_BYTES + 1), ..good },
        ] {
            assert!(new_push(bad.clone(), 0).is_err(), "{bad:?}");
        }
    }
}
