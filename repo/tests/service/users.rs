//! Users, over both databases.

use crate::support::api::reason;
use crate::support::{TestDatabase, TestRepo};
use protos::Reason;
use protos::pb::repo as pb;
use protos::pb::types::UserStatus;

crate::on_both_databases! {
    a_name_is_taken_letter_case_aside,
    users_are_found_by_id_and_in_the_order_asked,
    a_search_finds_prefixes_and_no_guests,
    an_update_writes_what_its_mask_names,
    a_password_is_checked_and_its_hash_stays_here,
}

fn new(username: &str) -> pb::CreateUserRequest {
    pb::CreateUserRequest { username: username.to_owned(), ..Default::default() }
}

async fn a_name_is_taken_letter_case_aside(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("Änn").await;
    assert_eq!(reason(api.users.create_user(new("änn")).await), Reason::UserAlreadyExists);
    let by_name = pb::GetUserByUsernameRequest { username: "ÄNN".into() };
    let found = api.users.get_user_by_username(by_name).await.unwrap().into_inner().user.unwrap();
    assert_eq!((found.id, found.username.as_str()), (ann, "Änn"));
    let unknown = pb::GetUserByUsernameRequest { username: "nobody".into() };
    assert_eq!(reason(api.users.get_user_by_username(unknown).await), Reason::UserNotFound);
    for wrong in ["an", "a b c", "an\0n", &"x".repeat(33)] {
        assert_eq!(reason(api.users.create_user(new(wrong)).await), Reason::InvalidUsername);
    }
}

async fn users_are_found_by_id_and_in_the_order_asked(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let (ann, bob) = (api.user("ann").await, api.user("bob").await);
    let user_ids = vec![bob.clone(), "nobody".into(), ann.clone(), bob.clone()];
    let found = api.users.get_users(pb::GetUsersRequest { user_ids }).await.unwrap().into_inner().users;
    assert_eq!(found.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), [bob.as_str(), ann.as_str()]);
    assert_eq!(found[1].status(), UserStatus::Normal);
    let one =
        api.users.get_user(pb::GetUserRequest { user_id: ann }).await.unwrap().into_inner().user.unwrap();
    assert_eq!(one, found[1]);
    let unknown = pb::GetUserRequest { user_id: "nobody".into() };
    assert_eq!(reason(api.users.get_user(unknown).await), Reason::UserNotFound);
    assert_eq!(reason(api.users.get_user(pb::GetUserRequest::default()).await), Reason::InvalidParameter);
}

async fn a_search_finds_prefixes_and_no_guests(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    for name in ["anna", "Annette", "bernard", "an%x", "an_x", "über"] {
        api.user(name).await;
    }
    api.users.create_user(pb::CreateUserRequest { is_guest: true, ..new("ann-guest") }).await.unwrap();
    let mut search = async |query: &str, limit| {
        let request = pb::SearchUsersRequest { query: query.to_owned(), limit };
        let users = api.users.search_users(request).await.unwrap().into_inner().users;
        users.into_iter().map(|user| user.username).collect::<Vec<_>>()
    };
    assert_eq!(search("ANN", 0).await, ["anna", "Annette"]);
    assert_eq!(search("an%", 0).await, ["an%x"]);
    assert_eq!(search("an_", 0).await, ["an_x"]);
    assert_eq!(search("nna", 0).await, [""; 0]);
    assert_eq!(search("Ü", 0).await, ["über"]);
    assert_eq!(search("an", 1).await, ["an%x"]);
    for (query, limit) in [("", 0), (" ", 0), ("a", -1)] {
        let request = pb::SearchUsersRequest { query: query.to_owned(), limit };
        assert_eq!(reason(api.users.search_users(request).await), Reason::InvalidParameter);
    }
}

async fn an_update_writes_what_its_mask_names(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let user_id = api.user("ann").await;
    let update = |mask: &[&str]| pb::UpdateUserRequest {
        user_id: user_id.clone(),
        avatar_url: "picture".into(),
        status: UserStatus::Disabled.into(),
        update_mask: mask.iter().map(|&field| field.to_owned()).collect(),
        ..Default::default()
    };
    let updated = api.users.update_user(update(&["avatar_url"])).await.unwrap().into_inner().user.unwrap();
    assert_eq!((updated.avatar_url.as_str(), updated.status()), ("picture", UserStatus::Normal));
    let updated = api.users.update_user(update(&["status"])).await.unwrap().into_inner().user.unwrap();
    assert_eq!(updated.status(), UserStatus::Disabled);
    assert_eq!(reason(api.users.update_user(update(&["id"])).await), Reason::InvalidParameter);
    let unknown = pb::UpdateUserRequest { user_id: "nobody".into(), ..update(&["status"]) };
    assert_eq!(reason(api.users.update_user(unknown).await), Reason::UserNotFound);
}

async fn a_password_is_checked_and_its_hash_stays_here(database: TestDatabase) {
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let password_hash = bcrypt::hash("correct horse", 4).unwrap();
    let with_password = pb::CreateUserRequest { password_hash: password_hash.clone(), ..new("ann") };
    let created = api.users.create_user(with_password).await.unwrap().into_inner();
    assert!(!format!("{created:?}").contains(&password_hash));
    let ann = created.user.unwrap().id;
    let guest =
        api.users.create_user(pb::CreateUserRequest { is_guest: true, ..new("guest-0") }).await.unwrap();
    let guest = guest.into_inner().user.unwrap().id;
    let mut verify = async |user: &str, password: &str| {
        let request = pb::VerifyPasswordRequest { user_id: user.to_owned(), password: password.to_owned() };
        api.users.verify_password(request).await.unwrap().get_ref().valid
    };
    assert!(verify(&ann, "correct horse").await);
    assert!(!verify(&ann, "wrong horse").await);
    assert!(!verify("nobody", "correct horse").await);
    assert!(!verify(&guest, "").await);
    database.execute("UPDATE users SET password_hash = '$2b$99$corrupt' WHERE username = 'ann'");
    assert!(!verify(&ann, "correct horse").await);
}
