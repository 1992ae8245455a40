//! Changing, deleting, leaving and searching conversations, and changing members.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use protos::pb::types::{ConversationMemberRole, ConversationType};
use serde_json::{Value, json};

use super::{Gateway, conversation, info, member};

fn put(body: Value) -> TestRequest {
    TestRequest::put().uri("/api/conversations/c1").set_json(body)
}

#[actix_web::test]
async fn a_change_names_what_was_given_and_answers_the_conversation() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::UpdateConversationRequest| {
        assert_eq!((&*request.user_id, &*request.conversation_id), ("u1", "c1"));
        assert_eq!(request.update_mask, ["name", "description"]);
        assert_eq!((&*request.name, &*request.description), ("new", ""));
        Ok(pb::UpdateConversationResponse { conversation: Some(conversation(ConversationType::Group)) })
    });
    gateway.logic.on(|_: pb::GetConversationRequest| {
        Ok(pb::GetConversationResponse {
            conversation: Some(conversation(ConversationType::Group)),
            my_membership: Some(member("u1", "ann", ConversationMemberRole::Admin)),
            ..Default::default()
        })
    });
    let body = json!({"name": "new", "description": "", "avatarUrl": null, "unknown": 1});
    let answer = gateway.send_signed_in(put(body)).await;
    let data = answer.data();
    assert_eq!((answer.status, &data["id"], &data["myMembership"]["role"]), (200, &json!("c1"), &json!(2)));
    gateway.fail::<pb::UpdateConversationRequest>(Reason::InsufficientPermission);
    let refused = gateway.send_signed_in(put(json!({"name": "new"}))).await;
    assert_eq!((refused.status, refused.code()), (403, "INSUFFICIENT_PERMISSION"));
}

#[actix_web::test]
async fn nothing_to_change_is_a_wrong_request() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::UpdateConversationRequest| {
        assert!(request.update_mask.is_empty());
        Err::<(), _>(protos::Error::invalid("nothing"))
    });
    let refused = gateway.send_signed_in(put(json!({}))).await;
    assert_eq!((refused.status, refused.code()), (400, "INVALID_PARAMETER"));
}

#[actix_web::test]
async fn deleting_and_leaving_answer_nothing() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::DeleteConversationRequest| {
        assert_eq!((&*request.user_id, &*request.conversation_id), ("u1", "c1"));
        Ok(pb::DeleteConversationResponse { success: true })
    });
    gateway.logic.on(|request: pb::LeaveConversationRequest| {
        assert_eq!((&*request.user_id, &*request.conversation_id), ("u1", "c1"));
        Ok(pb::LeaveConversationResponse { success: true })
    });
    let delete = || TestRequest::delete().uri("/api/conversations/c1");
    let leave = || TestRequest::post().uri("/api/conversations/c1/leave");
    for request in [delete(), leave()] {
        let answer = gateway.send_signed_in(request).await;
        assert_eq!((answer.status, answer.data()), (200, &json!({})));
    }
    gateway.fail::<pb::DeleteConversationRequest>(Reason::Forbidden);
    gateway.fail::<pb::LeaveConversationRequest>(Reason::CannotLeaveConversation);
    let refused = gateway.send_signed_in(delete()).await;
    assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
    let refused = gateway.send_signed_in(leave()).await;
    assert_eq!((refused.status, refused.code()), (409, "CANNOT_LEAVE_CONVERSATION"));
}

#[actix_web::test]
async fn a_search_lists_as_the_list_does() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::SearchConversationsRequest| {
        assert_eq!((&*request.query, request.type_filter, request.limit), ("a b%", 1, 7));
        let listing = pb::ConversationListing {
            my_membership: Some(member("u1", "ann", ConversationMemberRole::Member)),
            last_activity_at: 9,
            peer: Some(info("u2", "bob")),
        };
        Ok(pb::SearchConversationsResponse {
            conversations: vec![conversation(ConversationType::Single)],
            listings: vec![listing],
        })
    });
    let search = "/api/conversations/search";
    let asked = format!("{search}?q=a%20b%25&type=1&limit=7");
    let answer = gateway.send_signed_in(TestRequest::get().uri(&asked)).await;
    assert_eq!(answer.status, 200);
    let found = &answer.data()["conversations"][0];
    assert_eq!(
        (&found["id"], &found["unreadCount"], &found["lastActivityAt"]),
        (&json!("c1"), &json!(3), &json!(9))
    );
    assert_eq!((&found["peer"]["online"], &found["myMembership"]["role"]), (&json!(true), &json!(1)));
    let refused = gateway.send_signed_in(TestRequest::get().uri(search)).await;
    assert_eq!((refused.status, refused.code()), (400, "INVALID_PARAMETER"));
}

#[actix_web::test]
async fn a_member_gets_a_role_and_is_muted() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::UpdateMemberRoleRequest| {
        assert_eq!(
            (&*request.operator_id, &*request.conversation_id, &*request.target_user_id),
            ("u1", "c1", "u2")
        );
        assert!(request.new_role > 1);
        Ok(pb::UpdateMemberRoleResponse { success: true })
    });
    gateway.logic.on(|request: pb::MuteMemberRequest| {
        assert_eq!((&*request.operator_id, &*request.target_user_id, request.muted), ("u1", "u2", true));
        Ok(pb::MuteMemberResponse { success: true })
    });
    let put = |body: Value| TestRequest::put().uri("/api/conversations/c1/members/u2").set_json(body);
    let good = [
        json!({"role": 2}),
        json!({"muted": true}),
        json!({"role": 2, "muted": true}),
        json!({"role": 3, "muted": false}),
    ];
    for body in good {
        let answer = gateway.send_signed_in(put(body)).await;
        assert_eq!((answer.status, answer.data()), (200, &json!({})));
    }
    let bad = [
        json!({}),
        json!({"role": 0}),
        json!({"role": 9}),
        json!({"role": 3, "muted": true}),
        json!({"muted": 1}),
    ];
    for body in bad {
        let refused = gateway.send_signed_in(put(body.clone())).await;
        assert_eq!((refused.status, refused.code()), (400, "INVALID_PARAMETER"), "{body}");
    }
    gateway.fail::<pb::MuteMemberRequest>(Reason::NotConversationMember);
    let refused = gateway.send_signed_in(put(json!({"muted": true}))).await;
    assert_eq!((refused.status, refused.code()), (404, "NOT_CONVERSATION_MEMBER"));
}
