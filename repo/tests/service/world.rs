//! Who has joined WORLD, as it is told with every sign-in that is looked up.

use protos::pb::repo as pb;

use crate::support::{Api, TestDatabase, TestRepo};

crate::on_both_databases! {
    a_sign_in_tells_whether_its_user_has_joined_world,
}

async fn a_sign_in_tells_whether_its_user_has_joined_world(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let users = [api.user("ann").await, api.user("bob").await];
    for user in &users {
        let create = pb::CreateSignInRequest {
            sign_in_id: format!("of-{user}"),
            user_id: user.clone(),
            refresh_token_hash: "a".into(),
            expires_at: i64::from(i32::MAX),
            ..Default::default()
        };
        api.sign_ins.create_sign_in(create).await.unwrap();
    }
    let [ann, bob] = &users;
    let in_world = async |api: &mut Api, user: &str| {
        let request = pb::GetSignInRequest { sign_in_id: format!("of-{user}") };
        let found = api.sign_ins.get_sign_in(request).await.unwrap().into_inner();
        assert_eq!(found.user.unwrap().id, user);
        found.in_world
    };
    // A member of something else.
    api.group(ann, std::slice::from_ref(bob)).await;
    assert!(!in_world(&mut api, ann).await);
    let join = pb::JoinWorldRequest { user_id: ann.clone() };
    let world = api.conversations.join_world(join).await.unwrap().into_inner().conversation.unwrap().id;
    assert!(in_world(&mut api, ann).await);
    assert!(!in_world(&mut api, bob).await);
    let leave = pb::RemoveConversationMemberRequest { conversation_id: world, user_id: ann.clone() };
    api.conversations.remove_conversation_member(leave).await.unwrap();
    assert!(!in_world(&mut api, ann).await);
}
