//! Between the domain and `im.repo.v1.PushService`.

use std::collections::HashMap;

use protos::ids::{PushId, UserId};
use protos::pb::repo as pb;
use serde_json::value::RawValue;

use super::{Found, Kept, KeptPush, PushToKeep, PushUsers, Received};

pub(super) fn pages_of(users: Vec<UserId>) -> pb::GetKeptPushesRequest {
    pb::GetKeptPushesRequest { user_ids: strings(users) }
}

pub(super) fn pages(answer: pb::GetKeptPushesResponse) -> HashMap<UserId, Vec<KeptPush>> {
    let page = |page: pb::KeptPushes| (page.user_id.into(), page.pushes.into_iter().map(kept_push).collect());
    answer.users.into_iter().map(page).collect()
}

fn kept_push(push: pb::KeptPush) -> KeptPush {
    KeptPush {
        number: push.number,
        id: push.push_id.into(),
        kind: push.r#type,
        // It was read whole when it was pushed; a row that somebody spoiled must not stand in the way of the others.
        data: RawValue::from_string(push.data).unwrap_or_default(),
    }
}

pub(super) fn to_keep(pushes: Vec<PushToKeep>) -> pb::KeepPushesRequest {
    let pushes = pushes.into_iter().map(|push| pb::PushToKeep {
        push_id: push.id.into(),
        r#type: push.kind,
        data: String::from(Box::<str>::from(push.data)),
        ttl_seconds: push.ttl_seconds,
        user_ids: strings(push.users),
    });
    pb::KeepPushesRequest { pushes: pushes.collect() }
}

pub(super) fn kept(answer: pb::KeepPushesResponse) -> Vec<Kept> {
    let kept = |kept: pb::KeptFor| Kept {
        number: kept.number,
        users: kept.user_ids.into_iter().map(Into::into).collect(),
    };
    answer.outcomes.into_iter().map(kept).collect()
}

pub(super) fn received(received: Vec<Received>) -> pb::DropKeptPushesRequest {
    let push = |(number, id): (i64, PushId)| pb::ReceivedPush { number, push_id: id.into() };
    let users = received.into_iter().map(|(user, pushes)| pb::ReceivedPushes {
        user_id: user.into(),
        pushes: pushes.into_iter().map(push).collect(),
    });
    pb::DropKeptPushesRequest { users: users.collect() }
}

pub(super) fn to_find(pushes: Vec<PushUsers>) -> pb::FindPushesRequest {
    pb::FindPushesRequest { pushes: push_users(pushes) }
}

pub(super) fn found(answer: pb::FindPushesResponse) -> Vec<Found> {
    let found = |found: pb::FoundPush| Found {
        had: found.had_user_ids.into_iter().map(Into::into).collect(),
        queued: found.queued_user_ids.into_iter().map(Into::into).collect(),
    };
    answer.pushes.into_iter().map(found).collect()
}

pub(super) fn to_note(pushes: Vec<PushUsers>) -> pb::NotePushesRequest {
    pb::NotePushesRequest { pushes: push_users(pushes) }
}

fn push_users(pushes: Vec<PushUsers>) -> Vec<pb::PushUsers> {
    let one = |(push, users): PushUsers| pb::PushUsers { push_id: push.into(), user_ids: strings(users) };
    pushes.into_iter().map(one).collect()
}

fn strings(users: Vec<UserId>) -> Vec<String> {
    users.into_iter().map(Into::into).collect()
}
