//! Pushes that wait for users who are away, over both databases.

use std::sync::Arc;
use std::time::Duration;

use kit::{ManualClock, SharedClock};
use protos::Reason;
use protos::pb::repo as pb;

use crate::support::api::{Api, reason};
use crate::support::{TestDatabase, TestRepo};

crate::on_both_databases! {
    pushes_wait_in_order_of_arrival_for_users_who_exist,
    a_page_is_bounded_by_count_and_by_bytes,
    of_a_full_queue_the_oldest_go,
    what_has_expired_is_told_to_nobody_and_gives_its_place,
    who_has_or_had_a_push_is_found,
    ten_thousand_users_wait_for_one_push,
    those_who_keep_at_once_keep_all,
    wrong_pushes_are_refused,
}

fn push(push_id: &str, data: &str, users: &[&String]) -> pb::PushToKeep {
    pb::PushToKeep {
        push_id: push_id.to_owned(),
        r#type: "notification".to_owned(),
        data: data.to_owned(),
        ttl_seconds: 60,
        user_ids: users.iter().map(|user| (*user).clone()).collect(),
    }
}

async fn keep(api: &mut Api, pushes: Vec<pb::PushToKeep>) -> Vec<pb::KeptFor> {
    api.pushes.keep_pushes(pb::KeepPushesRequest { pushes }).await.unwrap().into_inner().outcomes
}

/// The first page of one user's queue.
async fn page(api: &mut Api, user: &str) -> Vec<pb::KeptPush> {
    let request = pb::GetKeptPushesRequest { user_ids: vec![user.to_owned()] };
    let answer = api.pushes.get_kept_pushes(request).await.unwrap().into_inner();
    answer.users.into_iter().flat_map(|user| user.pushes).collect()
}

fn ids(pushes: &[pb::KeptPush]) -> Vec<&str> {
    pushes.iter().map(|push| push.push_id.as_str()).collect()
}

async fn take_out(api: &mut Api, user: &str, pushes: &[pb::KeptPush]) -> i32 {
    let received =
        |push: &pb::KeptPush| pb::ReceivedPush { number: push.number, push_id: push.push_id.clone() };
    let pushes = pushes.iter().map(received).collect();
    let users = vec![pb::ReceivedPushes { user_id: user.to_owned(), pushes }];
    api.pushes.drop_kept_pushes(pb::DropKeptPushesRequest { users }).await.unwrap().into_inner().dropped
}

async fn find(api: &mut Api, push_id: &str, users: &[&String]) -> pb::FoundPush {
    let user_ids = users.iter().map(|user| (*user).clone()).collect();
    let pushes = vec![pb::PushUsers { push_id: push_id.to_owned(), user_ids }];
    let answer = api.pushes.find_pushes(pb::FindPushesRequest { pushes }).await.unwrap();
    answer.into_inner().pushes.remove(0)
}

async fn pushes_wait_in_order_of_arrival_for_users_who_exist(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob, nobody) = (api.user("ann").await, api.user("bob").await, "nobody".to_owned());
    let batch = vec![
        push("p2", r#"{"n":2}"#, &[&bob, &nobody, &ann]),
        push("p1", r#"{"n":1}"#, &[&ann]),
        push("p2", "{}", &[&ann]),
        push("p3", "{}", &[&nobody]),
    ];
    let kept = keep(&mut api, batch.clone()).await;
    let mut users = kept[0].user_ids.clone();
    users.sort();
    let mut both = vec![ann.clone(), bob.clone()];
    both.sort();
    assert_eq!(users, both);
    let others: Vec<&[String]> = kept[1..].iter().map(|kept| kept.user_ids.as_slice()).collect();
    let only_ann = std::slice::from_ref(&ann);
    assert_eq!(others, [only_ann, only_ann, &[]], "an id stands once in a queue; nobody has none");
    assert!(kept.windows(2).all(|pair| pair[0].number < pair[1].number), "{kept:?}");

    // Kept again, as after an answer that was lost, it stands where it stood.
    let again = keep(&mut api, batch).await;
    assert_eq!(again[1].user_ids, std::slice::from_ref(&ann));
    keep(&mut api, vec![push("p0", "{}", &[&ann])]).await;
    let anns = page(&mut api, &ann).await;
    assert_eq!(ids(&anns), ["p2", "p1", "p0"]);
    let (kind, data) = (anns[0].r#type.as_str(), anns[0].data.as_str());
    assert_eq!((kind, data, anns[0].number), ("notification", r#"{"n":2}"#, kept[0].number));
    assert_eq!(ids(&page(&mut api, &bob).await), ["p2"]);

    // What one has got the other still waits for.
    assert_eq!(take_out(&mut api, &ann, &anns[..2]).await, 2);
    assert_eq!(take_out(&mut api, &ann, &anns[..2]).await, 0, "once");
    assert_eq!(ids(&page(&mut api, &ann).await), ["p0"]);
    assert_eq!(ids(&page(&mut api, &bob).await), ["p2"]);
    let request = pb::GetKeptPushesRequest { user_ids: vec![nobody, bob.clone(), ann.clone(), bob] };
    let pages = api.pushes.get_kept_pushes(request).await.unwrap().into_inner().users;
    assert_eq!(pages.len(), 2);
}

async fn a_page_is_bounded_by_count_and_by_bytes(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let many = (0..150).map(|number| push(&format!("p{number}"), "{}", &[&ann])).collect();
    keep(&mut api, many).await;
    let first = page(&mut api, &ann).await;
    assert_eq!((first.len(), first[0].push_id.as_str(), first[99].push_id.as_str()), (100, "p0", "p99"));
    assert_eq!(take_out(&mut api, &ann, &first).await, 100);
    assert_eq!(page(&mut api, &ann).await.len(), 50);

    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(40_000));
    let heavy = (0..5).map(|number| push(&format!("q{number}"), &large, &[&bob])).collect();
    keep(&mut api, heavy).await;
    for expected in [vec!["q0", "q1"], vec!["q2", "q3"], vec!["q4"], vec![]] {
        let page = page(&mut api, &bob).await;
        assert_eq!(ids(&page), expected);
        take_out(&mut api, &bob, &page).await;
    }
}

async fn of_a_full_queue_the_oldest_go(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    for batch in 0..5 {
        let pushes = (0..201).map(|number| push(&format!("p{}", batch * 201 + number), "{}", &[&ann]));
        keep(&mut api, pushes.chain([push(&format!("b{batch}"), "{}", &[&bob])]).collect()).await;
    }
    let first = page(&mut api, &ann).await;
    assert_eq!(first[0].push_id, "p5", "of 1,005 the last 1,000 are left");
    let mut left = 0;
    loop {
        let page = page(&mut api, &ann).await;
        if page.is_empty() {
            break;
        }
        left += take_out(&mut api, &ann, &page).await;
    }
    assert_eq!(left, 1_000);
    assert_eq!(page(&mut api, &bob).await.len(), 5);
}

async fn what_has_expired_is_told_to_nobody_and_gives_its_place(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_800_000_000_000));
    let repo = TestRepo::start_with(&database, None, Arc::clone(&clock) as SharedClock).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let long = pb::PushToKeep { ttl_seconds: 61, ..push("long", "{}", &[&ann]) };
    keep(&mut api, vec![push("short", r#"{"n":1}"#, &[&ann]), long]).await;
    clock.advance(Duration::from_secs(59));
    assert_eq!(ids(&page(&mut api, &ann).await), ["short", "long"]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(ids(&page(&mut api, &ann).await), ["long"]);
    assert!(find(&mut api, "short", &[&ann]).await.queued_user_ids.is_empty());
    // The same id may wait anew, behind what came before.
    keep(&mut api, vec![push("short", r#"{"n":2}"#, &[&ann]), push("long", "{}", &[&ann])]).await;
    let page = page(&mut api, &ann).await;
    assert_eq!(ids(&page), ["long", "short"]);
    assert_eq!(page[1].data, r#"{"n":2}"#);
}

async fn who_has_or_had_a_push_is_found(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_800_000_000_000));
    let repo = TestRepo::start_with(&database, None, Arc::clone(&clock) as SharedClock).await;
    let mut api = repo.api();
    let (ann, bob, carl) = (api.user("ann").await, api.user("bob").await, api.user("carl").await);
    let long = pb::PushToKeep { ttl_seconds: 3_600, ..push("p1", "{}", &[&ann, &bob]) };
    keep(&mut api, vec![long]).await;
    let noted = vec![pb::PushUsers { push_id: "p1".into(), user_ids: vec![carl.clone()] }];
    api.pushes.note_pushes(pb::NotePushesRequest { pushes: noted }).await.unwrap();
    let pushes = page(&mut api, &bob).await;
    take_out(&mut api, &bob, &pushes).await;
    let found = find(&mut api, "p1", &[&ann, &bob, &carl]).await;
    assert_eq!(found.queued_user_ids, std::slice::from_ref(&ann));
    assert_eq!(found.had_user_ids, [bob.clone(), carl.clone()], "what is taken out was received");
    assert_eq!(find(&mut api, "p2", &[&ann, &bob, &carl]).await, pb::FoundPush::default());
    clock.advance(Duration::from_secs(601));
    let found = find(&mut api, "p1", &[&ann, &bob, &carl]).await;
    assert_eq!((found.queued_user_ids, found.had_user_ids), (vec![ann], vec![]));
}

async fn ten_thousand_users_wait_for_one_push(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let rows: Vec<String> =
        (0..9_999).map(|n| format!("('u{n}', 'user-{n}', 'user-{n}', '', '', FALSE, 1, 0, 0)")).collect();
    database.execute(&format!(
        "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at,
             updated_at) VALUES {}",
        rows.join(", ")
    ));
    let users: Vec<String> = (0..10_000).map(|n| format!("u{n}")).collect();
    let data = format!(r#"{{"a":"{}"}}"#, "x".repeat(60_000));
    let everybody: Vec<&String> = users.iter().collect();
    let kept = keep(&mut api, vec![push("p", &data, &everybody)]).await;
    assert_eq!(kept[0].user_ids.len(), 9_999);
    assert!(!kept[0].user_ids.contains(&"u9999".to_owned()));
    let pages = pb::GetKeptPushesRequest { user_ids: users[..100].to_vec() };
    let pages = api.pushes.get_kept_pushes(pages).await.unwrap().into_inner().users;
    assert!(pages.len() == 100 && pages.iter().all(|page| page.pushes[0].data == data));
    assert_eq!(find(&mut api, "p", &everybody).await.queued_user_ids.len(), 9_999);
    let received = pb::ReceivedPush { number: kept[0].number, push_id: "p".into() };
    let all =
        users.iter().map(|user| pb::ReceivedPushes { user_id: user.clone(), pushes: vec![received.clone()] });
    let request = pb::DropKeptPushesRequest { users: all.collect() };
    assert_eq!(api.pushes.drop_kept_pushes(request).await.unwrap().into_inner().dropped, 9_999);
    assert_eq!(find(&mut api, "p", &everybody).await.had_user_ids.len(), 10_000);
}

async fn those_who_keep_at_once_keep_all(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = api.many_users("user", 20).await;
    let keepers = (0..10).map(|keeper| {
        let (mut api, mut users) = (repo.api(), users.clone());
        users.rotate_left(keeper);
        if keeper % 2 == 0 {
            users.reverse();
        }
        async move {
            let users: Vec<&String> = users.iter().collect();
            let pushes = (0..10).map(|number| push(&format!("p{number}"), "{}", &users)).collect();
            keep(&mut api, pushes).await
        }
    });
    for kept in futures::future::join_all(keepers).await {
        assert!(kept.iter().all(|kept| kept.user_ids.len() == 20), "{kept:?}");
    }
    for user in &users {
        let page = page(&mut api, user).await;
        let mut found = ids(&page);
        found.sort();
        assert_eq!(found, ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"]);
    }
}

async fn wrong_pushes_are_refused(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let good = push("p", "{}", &[&"u".to_owned()]);
    for bad in [
        pb::PushToKeep { ttl_seconds: 0, ..good.clone() },
        pb::PushToKeep { push_id: String::new(), ..good.clone() },
        pb::PushToKeep { user_ids: vec![String::new()], ..good.clone() },
        pb::PushToKeep { user_ids: vec!["u".into(); 10_001], ..good.clone() },
    ] {
        let request = pb::KeepPushesRequest { pushes: vec![bad] };
        assert_eq!(reason(api.pushes.keep_pushes(request).await), Reason::InvalidParameter);
    }
    let many = pb::KeepPushesRequest { pushes: vec![good; 257] };
    assert_eq!(reason(api.pushes.keep_pushes(many).await), Reason::InvalidParameter);
    let many = pb::GetKeptPushesRequest { user_ids: vec!["u".into(); 101] };
    assert_eq!(reason(api.pushes.get_kept_pushes(many).await), Reason::InvalidParameter);
    let nobodys = vec![pb::ReceivedPushes::default()];
    let dropped = api.pushes.drop_kept_pushes(pb::DropKeptPushesRequest { users: nobodys });
    assert_eq!(reason(dropped.await), Reason::InvalidParameter);
    let pushes = vec![pb::PushUsers::default()];
    let found = api.pushes.find_pushes(pb::FindPushesRequest { pushes: pushes.clone() });
    assert_eq!(reason(found.await), Reason::InvalidParameter);
    assert_eq!(
        reason(api.pushes.note_pushes(pb::NotePushesRequest { pushes }).await),
        Reason::InvalidParameter
    );
    assert!(keep(&mut api, Vec::new()).await.is_empty());
}
