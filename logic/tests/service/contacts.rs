//! Who is told when a user comes and goes.

use futures::future::join_all;
use protos::pb::logic::{GetContactsOfUsersRequest, GetContactsRequest};
use protos::pb::repo;
use protos::{Error, Reason};

use crate::rig::{Rig, reason};

/// A repo that knows the contacts of "ann", and tells only two users' in an answer; it fails for "bad".
fn with_contacts(rig: &Rig) {
    rig.repo.on(|request: repo::GetContactsOfUsersRequest| async move {
        if request.user_ids.iter().any(|user| user == "bad") {
            return Err(Error::internal("as the test wants"));
        }
        let contacts = |user: &String| repo::GetContactsResponse {
            user_ids: if user == "ann" { vec!["bob".into(), "carl".into()] } else { Vec::new() },
        };
        let told = request.user_ids.iter().take(2).map(contacts).collect();
        Ok(repo::GetContactsOfUsersResponse { contacts: told })
    });
}

#[actix_rt::test]
async fn contacts_are_those_that_repo_knows() {
    let rig = Rig::start().await;
    with_contacts(&rig);
    let ask = |user: &str| {
        let (mut friends, request) = (rig.friends(), GetContactsRequest { user_id: user.into() });
        async move { friends.get_contacts(request).await }
    };
    assert_eq!(ask("ann").await.unwrap().into_inner().user_ids, ["bob", "carl"]);
    assert!(ask("bob").await.unwrap().into_inner().user_ids.is_empty());
    assert_eq!(reason(ask("").await.unwrap_err()), Reason::InvalidParameter);
    assert_eq!(reason(ask("bad").await.unwrap_err()), Reason::InternalError);
}

#[actix_rt::test]
async fn contacts_of_many_are_told_in_their_order_and_looked_up_together() {
    let rig = Rig::start().await;
    with_contacts(&rig);
    let ask = |users: &[&str]| {
        let user_ids = users.iter().map(ToString::to_string).collect();
        let (mut friends, request) = (rig.friends(), GetContactsOfUsersRequest { user_ids });
        async move {
            let told = friends.get_contacts_of_users(request).await.map_err(reason)?.into_inner().contacts;
            Ok(told.into_iter().map(|contacts| contacts.user_ids.join(" ")).collect::<Vec<_>>())
        }
    };
    // Repo leaves some out, and is asked again.
    let told = ask(&["zoe", "bob", "dan", "ann", "eve"]).await;
    assert_eq!(told.unwrap(), ["", "", "", "bob carl", ""]);
    assert_eq!(rig.repo.calls::<repo::GetContactsOfUsersRequest>(), 3);
    assert!(ask(&[]).await.unwrap().is_empty());
    assert_eq!(ask(&["ann", "bad"]).await, Err(Reason::InternalError));
    assert_eq!(ask(&["ann", "bob", "ann"]).await, Err(Reason::InvalidParameter));
    assert_eq!(ask(&["u"; 1_001]).await, Err(Reason::InvalidParameter));

    let before = rig.repo.calls::<repo::GetContactsOfUsersRequest>();
    for told in join_all((0..200).map(|_| ask(&["ann"]))).await {
        assert_eq!(told.unwrap(), ["bob carl"]);
    }
    let calls = rig.repo.calls::<repo::GetContactsOfUsersRequest>() - before;
    assert!(calls < 100, "{calls} calls for 200 questions");
}
