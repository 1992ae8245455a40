//! Who is told when a user comes and goes, over both databases.

use std::sync::Arc;
use std::time::Duration;

use kit::{ManualClock, SharedClock};
use protos::Reason;
use protos::pb::repo as pb;

use crate::support::api::{Api, reason, text};
use crate::support::{TestDatabase, TestRepo};

crate::on_both_databases! {
    those_who_share_a_single_are_contacts_newest_first,
}

async fn contacts(api: &mut Api, user: &str) -> Vec<String> {
    let request = pb::GetContactsRequest { user_id: user.to_owned() };
    api.friends.get_contacts(request).await.unwrap().into_inner().user_ids
}

async fn those_who_share_a_single_are_contacts_newest_first(database: TestDatabase) {
    let clock = Arc::new(ManualClock::at_ms(1_800_000_000_000));
    let repo = TestRepo::start_with(&database, None, Arc::clone(&clock) as SharedClock).await;
    let mut api = repo.api();
    let (ann, bob, carl) = (api.user("ann").await, api.user("bob").await, api.user("carl").await);
    let stranger = api.user("eve").await;
    api.group(&ann, std::slice::from_ref(&stranger)).await;
    assert!(contacts(&mut api, &ann).await.is_empty(), "a group makes nobody a contact");
    let with_bob = api.single(&ann, &bob).await.conversation.unwrap().id;
    api.single(&carl, &ann).await;
    clock.advance(Duration::from_secs(5));
    api.send(text(&with_bob, &bob, "k1")).await.unwrap();
    assert_eq!(contacts(&mut api, &ann).await, [bob.clone(), carl.clone()]);
    assert_eq!(contacts(&mut api, &bob).await, std::slice::from_ref(&ann));
    assert_eq!(contacts(&mut api, &carl).await, std::slice::from_ref(&ann));
    assert!(contacts(&mut api, &stranger).await.is_empty());
    assert!(contacts(&mut api, "nobody").await.is_empty());
    assert_eq!(
        reason(api.friends.get_contacts(pb::GetContactsRequest::default()).await),
        Reason::InvalidParameter
    );

    let mut of_users = async |users: &[&str]| {
        let user_ids = users.iter().map(ToString::to_string).collect();
        let answer = api.friends.get_contacts_of_users(pb::GetContactsOfUsersRequest { user_ids }).await;
        answer.map(|answer| answer.map(|told| told.contacts.into_iter().map(|list| list.user_ids).collect()))
    };
    let told: Vec<Vec<String>> =
        of_users(&["nobody", &carl, &ann, &stranger, &bob]).await.unwrap().into_inner();
    let anns = vec![ann.clone()];
    assert_eq!(told, [vec![], anns.clone(), vec![bob.clone(), carl.clone()], vec![], anns]);
    assert!(of_users(&[]).await.unwrap().get_ref().is_empty());
    assert_eq!(reason(of_users(&[&ann, &bob, &ann]).await), Reason::InvalidParameter);
    assert_eq!(reason(of_users(&[&ann, ""]).await), Reason::InvalidParameter);
    assert_eq!(reason(of_users(&["u"; 1_001]).await), Reason::InvalidParameter);
}
