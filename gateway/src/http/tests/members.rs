//! `/conversations/{id}/members`.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use protos::pb::types::ConversationMemberRole;
use serde_json::json;

use super::{Gateway, member};

fn failed(user: &str, reason: &str) -> Vec<pb::FailedUser> {
    vec![pb::FailedUser { user_id: user.into(), reason: reason.into() }]
}

#[actix_web::test]
async fn members_are_listed_in_pages() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::GetMembersRequest| {
        assert_eq!((request.page, request.page_size, request.role_filter), (3, 2, 3));
        let owner = member("u1", "ann", ConversationMemberRole::Owner);
        Ok(pb::GetMembersResponse { members: vec![owner], has_more: true, ..Default::default() })
    });
    let path = "/api/conversations/c1/members?page=3&size=2&role=3";
    let answer = gateway.send_signed_in(TestRequest::get().uri(path)).await;
    let owner = json!({
        "user": {"id": "u1", "username": "ann", "avatarUrl": ""},
        "role": 3, "muted": false, "joinedAt": 50, "lastReadSeqId": 2,
    });
    assert_eq!((answer.status, answer.data()), (200, &json!({"members": [owner], "hasMore": true})));
}

#[actix_web::test]
async fn adding_is_201_and_says_who_was_not_added() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::AddMembersRequest| {
        assert_eq!((request.user_ids, request.role), (vec!["u2".to_owned(), "u9".to_owned()], 0));
        Ok(pb::AddMembersResponse {
            success: true,
            added_user_ids: vec!["u2".into()],
            failed_users: failed("u9", "USER_NOT_FOUND"),
        })
    });
    let add = || {
        TestRequest::post().uri("/api/conversations/c1/members").set_json(json!({"members": ["u2", "u9"]}))
    };
    let answer = gateway.send_signed_in(add()).await;
    let expected = json!({
        "success": true, "addedUserIds": ["u2"], "failedUsers": [{"userId": "u9", "reason": "USER_NOT_FOUND"}],
    });
    assert_eq!((answer.status, answer.data()), (201, &expected));
    gateway.fail::<pb::AddMembersRequest>(Reason::InsufficientPermission);
    let refused = gateway.send_signed_in(add()).await;
    assert_eq!((refused.status, refused.code()), (403, "INSUFFICIENT_PERMISSION"));
}

#[actix_web::test]
async fn removing_one_user_succeeds_or_fails_as_a_whole() {
    let gateway = Gateway::start().await;
    let remove = || TestRequest::delete().uri("/api/conversations/c1/members/u2");
    gateway.logic.on(|request: pb::RemoveMembersRequest| {
        assert_eq!((&*request.conversation_id, request.user_ids), ("c1", vec!["u2".to_owned()]));
        Ok(pb::RemoveMembersResponse {
            success: true,
            removed_user_ids: vec!["u2".into()],
            failed_users: vec![],
        })
    });
    let answer = gateway.send_signed_in(remove()).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({})));
    gateway.logic.on(|_: pb::RemoveMembersRequest| {
        let failed_users = failed("u2", "NOT_CONVERSATION_MEMBER");
        Ok(pb::RemoveMembersResponse { success: false, removed_user_ids: vec![], failed_users })
    });
    let refused = gateway.send_signed_in(remove()).await;
    assert_eq!((refused.status, refused.code()), (404, "NOT_CONVERSATION_MEMBER"));
}
