//! `/users`.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use serde_json::json;

use super::{Gateway, ann, info};

#[actix_web::test]
async fn the_profile_is_the_object_itself() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|_: pb::GetProfileRequest| Ok(pb::GetProfileResponse { user: Some(ann()) }));
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/users/profile")).await;
    assert_eq!((answer.status, &answer.data()["username"]), (200, &json!("ann")));
}

#[actix_web::test]
async fn a_search_lists_users() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::SearchUsersRequest| {
        assert_eq!((&*request.user_id, &*request.query, request.limit), ("u1", "b%o", 7));
        Ok(pb::SearchUsersResponse { users: vec![info("u2", "b%ob")] })
    });
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/users/search?q=b%25o&limit=7")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(*answer.data(), json!({"users": [{"id": "u2", "username": "b%ob", "avatarUrl": ""}]}));
    gateway.fail::<pb::SearchUsersRequest>(Reason::GuestNotAllowed);
    let refused = gateway.send_signed_in(TestRequest::get().uri("/api/users/search?q=b")).await;
    assert_eq!((refused.status, refused.code()), (403, "GUEST_NOT_ALLOWED"));
}

#[actix_web::test]
async fn a_changed_profile_is_the_object_itself() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::UpdateProfileRequest| {
        assert_eq!((&*request.user_id, &*request.avatar_url), ("u1", "https://example.org/b.png"));
        Ok(pb::UpdateProfileResponse { user: Some(ann()) })
    });
    let update = |body| TestRequest::put().uri("/api/users/profile").set_json(body);
    let picture = json!({"avatarUrl": "https://example.org/b.png", "unknown": 1});
    let answer = gateway.send_signed_in(update(picture.clone())).await;
    assert_eq!((answer.status, &answer.data()["id"]), (200, &json!("u1")));
    assert_eq!(gateway.send_signed_in(update(json!({}))).await.code(), "INVALID_PARAMETER");
    gateway.fail::<pb::UpdateProfileRequest>(Reason::GuestNotAllowed);
    assert_eq!(gateway.send_signed_in(update(picture)).await.code(), "GUEST_NOT_ALLOWED");
}

#[actix_web::test]
async fn presence_is_told_of_contacts_only() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::FilterContactsRequest| {
        assert_eq!((&*request.user_id, request.user_ids.len()), ("u1", 3));
        let is_contact = |id: &String| id != "stranger";
        Ok(pb::FilterContactsResponse { user_ids: request.user_ids.into_iter().filter(is_contact).collect() })
    });
    let ask = async |ids: &str| {
        let uri = format!("/api/users/online?ids={ids}");
        gateway.send_signed_in(TestRequest::get().uri(&uri)).await
    };
    let answer = ask("u2,stranger,u3,u2,").await;
    let expected = json!({"users": [{"userId": "u2", "online": true}, {"userId": "u3", "online": false}]});
    assert_eq!((answer.status, answer.data()), (200, &expected));
    assert_eq!(*ask("").await.data(), json!({"users": []}));
    let crowd: Vec<String> = (0..101).map(|number| format!("u{number}")).collect();
    assert_eq!(ask(&crowd.join(",")).await.code(), "INVALID_PARAMETER");
    let nothing = gateway.send_signed_in(TestRequest::get().uri("/api/users/online")).await;
    assert_eq!((nothing.status, nothing.code()), (400, "INVALID_PARAMETER"));
}
