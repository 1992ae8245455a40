//! Who is told when a user comes and goes.

use protos::pb::logic::GetContactsRequest;
use protos::pb::repo;
use protos::{Error, Reason};

use crate::rig::{Rig, reason};

#[actix_rt::test]
async fn contacts_are_those_that_repo_knows() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::GetContactsRequest| async move {
        match request.user_id.as_str() {
            "ann" => Ok(repo::GetContactsResponse { user_ids: vec!["bob".into(), "carl".into()] }),
            _ => Err(Error::internal("as the test wants")),
        }
    });
    let ask = |user: &str| {
        let (mut friends, request) = (rig.friends(), GetContactsRequest { user_id: user.into() });
        async move { friends.get_contacts(request).await }
    };
    assert_eq!(ask("ann").await.unwrap().into_inner().user_ids, ["bob", "carl"]);
    assert_eq!(reason(ask("").await.unwrap_err()), Reason::InvalidParameter);
    assert_eq!(reason(ask("bob").await.unwrap_err()), Reason::InternalError);
}
