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
