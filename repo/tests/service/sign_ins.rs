//! Sign-ins, over both databases.

use std::sync::Arc;
use std::time::Duration;

use crate::support::api::reason;
use crate::support::{Api, TestDatabase, TestRepo};
use kit::ManualClock;
use protos::Reason;
use protos::pb::repo as pb;

crate::on_both_databases! {
    a_refresh_token_is_spent_once,
    a_sign_in_ends_once_and_only_by_its_owner,
    many_sign_ins_are_found_in_the_order_asked,
    living_sign_ins_are_listed,
    a_new_password_ends_every_other_sign_in,
}

const START_MS: i64 = 1_700_000_000_000;

async fn a_refresh_token_is_spent_once(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(START_MS));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let expires_at = START_MS / 1_000 + 1_000;
    let create = pb::CreateSignInRequest {
        sign_in_id: "sign-in".into(),
        user_id: ann.clone(),
        client_info: "x".repeat(300),
        refresh_token_hash: "a".into(),
        expires_at,
    };
    for _ in 0..2 {
        let created = api.sign_ins.create_sign_in(create.clone()).await.unwrap().into_inner();
        assert_eq!(created.sign_in.unwrap().client_info.len(), 256);
        assert_eq!(created.user.unwrap().id, ann);
    }
    let unknown = pb::CreateSignInRequest { user_id: "nobody".into(), ..create.clone() };
    assert_eq!(reason(api.sign_ins.create_sign_in(unknown).await), Reason::UserNotFound);
    let other = pb::CreateSignInRequest { refresh_token_hash: "z".into(), ..create };
    assert_eq!(reason(api.sign_ins.create_sign_in(other).await), Reason::InvalidParameter);
    let mut rotate = async |presented: &str, successor: &str| {
        let request = pb::RotateRefreshTokenRequest {
            sign_in_id: "sign-in".into(),
            presented_hash: presented.to_owned(),
            successor_hash: successor.to_owned(),
            successor_expires_at: expires_at + 500,
            grace_seconds: 30,
        };
        let rotated = api.sign_ins.rotate_refresh_token(request).await.unwrap().into_inner();
        assert_eq!(rotated.user.as_ref().unwrap().username, "ann");
        (rotated.outcome(), rotated.sign_in.unwrap())
    };
    use pb::RotationOutcome::{Ended, Reused, Rotated};
    clock.advance(Duration::from_secs(10));
    let (outcome, sign_in) = rotate("a", "b").await;
    assert_eq!((outcome, sign_in.expires_at), (Rotated, expires_at + 500));
    assert_eq!(sign_in.last_used_at, START_MS / 1_000 + 10);
    clock.advance(Duration::from_secs(30));
    assert_eq!(rotate("a", "c").await.0, Rotated, "its answer was lost");
    assert_eq!(rotate("c", "d").await.0, Rotated, "the new successor is good");
    let (outcome, sign_in) = rotate("a", "e").await;
    assert_eq!((outcome, sign_in.ended_at), (Reused, START_MS / 1_000 + 40));
    assert_eq!(rotate("d", "e").await.0, Ended);
    let unknown = pb::RotateRefreshTokenRequest {
        sign_in_id: "nothing".into(),
        presented_hash: "a".into(),
        successor_hash: "b".into(),
        ..Default::default()
    };
    let unknown = api.sign_ins.rotate_refresh_token(unknown).await.unwrap().into_inner();
    assert_eq!((unknown.outcome(), unknown.sign_in, unknown.user), (Ended, None, None));
}

async fn a_sign_in_ends_once_and_only_by_its_owner(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let create = pb::CreateSignInRequest {
        sign_in_id: "sign-in".into(),
        user_id: ann.clone(),
        refresh_token_hash: "a".into(),
        expires_at: i64::from(i32::MAX),
        ..Default::default()
    };
    api.sign_ins.create_sign_in(create).await.unwrap();
    let end = |user: &str| pb::EndSignInRequest { sign_in_id: "sign-in".into(), user_id: user.to_owned() };
    assert_eq!(reason(api.sign_ins.end_sign_in(end(&bob)).await), Reason::NotFound);
    let get = |id: &str| pb::GetSignInRequest { sign_in_id: id.to_owned() };
    let alive = api.sign_ins.get_sign_in(get("sign-in")).await.unwrap().into_inner();
    assert_eq!((alive.sign_in.unwrap().ended_at, alive.user.unwrap().id), (0, ann.clone()));
    assert!(api.sign_ins.end_sign_in(end(&ann)).await.unwrap().get_ref().ended);
    assert!(!api.sign_ins.end_sign_in(end(&ann)).await.unwrap().get_ref().ended);
    assert_ne!(
        api.sign_ins.get_sign_in(get("sign-in")).await.unwrap().into_inner().sign_in.unwrap().ended_at,
        0
    );
    assert_eq!(reason(api.sign_ins.get_sign_in(get("nothing")).await), Reason::NotFound);
}

async fn many_sign_ins_are_found_in_the_order_asked(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    for (id, user) in [("a", &ann), ("a'2", &ann), ("b", &bob)] {
        sign_in(&mut api, id, user, START_MS / 1_000 + 1_000).await;
    }
    let end = pb::EndSignInRequest { sign_in_id: "a'2".into(), user_id: ann.clone() };
    api.sign_ins.end_sign_in(end).await.unwrap();
    api.conversations.join_world(pb::JoinWorldRequest { user_id: bob.clone() }).await.unwrap();
    let mut find = async |ids: &[&str]| {
        let sign_in_ids = ids.iter().map(ToString::to_string).collect();
        api.sign_ins.find_sign_ins(pb::FindSignInsRequest { sign_in_ids }).await
    };
    let found = find(&["b", "nothing", "a'2", "a", "b"]).await.unwrap().into_inner().sign_ins;
    let shown = |found: &pb::SignInResponse| {
        let (sign_in, user) = (found.sign_in.as_ref()?, found.user.as_ref()?);
        assert_eq!(sign_in.user_id, user.id);
        Some((sign_in.id.clone(), user.id.clone(), sign_in.ended_at > 0, found.in_world))
    };
    let shown: Vec<_> = found.iter().map(shown).collect();
    let of = |id: &str, user: &String, ended, in_world| Some((id.to_owned(), user.clone(), ended, in_world));
    let bobs = of("b", &bob, false, true);
    assert_eq!(shown, [bobs.clone(), None, of("a'2", &ann, true, false), of("a", &ann, false, false), bobs]);
    assert!(find(&[]).await.unwrap().into_inner().sign_ins.is_empty());
    assert_eq!(reason(find(&["a", ""]).await), Reason::InvalidParameter);
    assert_eq!(reason(find(&["a"; 1_001]).await), Reason::InvalidParameter);
}

async fn sign_in(api: &mut Api, id: &str, user: &str, expires_at: i64) {
    let create = pb::CreateSignInRequest {
        sign_in_id: id.into(),
        user_id: user.into(),
        client_info: format!("client of {id}"),
        refresh_token_hash: format!("hash-of-{id}"),
        expires_at,
    };
    api.sign_ins.create_sign_in(create).await.unwrap();
}

async fn listed(api: &mut Api, user: &str) -> Vec<String> {
    let list = pb::ListSignInsRequest { user_id: user.to_owned() };
    let listed = api.sign_ins.list_sign_ins(list).await.unwrap().into_inner().sign_ins;
    listed.into_iter().map(|sign_in| sign_in.id).collect()
}

async fn living_sign_ins_are_listed(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(START_MS));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let expires_at = START_MS / 1_000 + 100;
    sign_in(&mut api, "first", &ann, expires_at).await;
    clock.advance(Duration::from_secs(1));
    sign_in(&mut api, "second", &ann, expires_at + 10).await;
    sign_in(&mut api, "ended", &ann, expires_at).await;
    sign_in(&mut api, "another's", &bob, expires_at).await;
    let end = pb::EndSignInRequest { sign_in_id: "ended".into(), user_id: ann.clone() };
    api.sign_ins.end_sign_in(end).await.unwrap();
    assert_eq!(listed(&mut api, &ann).await, ["second", "first"], "the last used first");
    let list = pb::ListSignInsRequest { user_id: ann.clone() };
    let second = api.sign_ins.list_sign_ins(list).await.unwrap().into_inner().sign_ins.remove(0);
    assert_eq!((second.client_info.as_str(), second.expires_at), ("client of second", expires_at + 10));
    assert_eq!((second.created_at, second.last_used_at), (START_MS / 1_000 + 1, START_MS / 1_000 + 1));
    clock.advance(Duration::from_secs(100));
    assert_eq!(listed(&mut api, &ann).await, ["second"]);
    assert!(listed(&mut api, "nobody").await.is_empty());
}

async fn a_new_password_ends_every_other_sign_in(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(START_MS));
    let repo = TestRepo::start_with(&database, None, clock.clone()).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    for (id, user) in [("old", &ann), ("kept", &ann), ("other", &ann), ("bob's", &bob)] {
        sign_in(&mut api, id, user, START_MS / 1_000 + 1_000).await;
    }
    let end = pb::EndSignInRequest { sign_in_id: "old".into(), user_id: ann.clone() };
    api.sign_ins.end_sign_in(end).await.unwrap();
    clock.advance(Duration::from_secs(61));
    let change = pb::ChangePasswordRequest {
        user_id: ann.clone(),
        password_hash: bcrypt::hash("battery staple", 4).unwrap(),
        keep_sign_in_id: "kept".into(),
    };
    for _ in 0..2 {
        let ended =
            api.sign_ins.change_password(change.clone()).await.unwrap().into_inner().ended_sign_in_ids;
        assert_eq!(ended, ["other"], "also when the first answer got lost");
    }
    assert_eq!(listed(&mut api, &ann).await, ["kept"]);
    assert_eq!(listed(&mut api, &bob).await, ["bob's"]);
    let verify = pb::VerifyPasswordRequest { user_id: ann.clone(), password: "battery staple".into() };
    assert!(api.users.verify_password(verify).await.unwrap().get_ref().valid);
    let none_kept = pb::ChangePasswordRequest { keep_sign_in_id: String::new(), ..change.clone() };
    api.sign_ins.change_password(none_kept).await.unwrap();
    assert!(listed(&mut api, &ann).await.is_empty());
    let unknown = pb::ChangePasswordRequest { user_id: "nobody".into(), ..change.clone() };
    assert_eq!(reason(api.sign_ins.change_password(unknown).await), Reason::UserNotFound);
    let nothing = pb::ChangePasswordRequest { password_hash: String::new(), ..change };
    assert_eq!(reason(api.sign_ins.change_password(nothing).await), Reason::InvalidParameter);
}
