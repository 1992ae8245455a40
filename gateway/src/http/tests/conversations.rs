//! `/conversations`.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use protos::pb::types::{ConversationMemberRole, ConversationType};
use serde_json::json;

use super::{Gateway, conversation, info, member, message};

fn single(id: &str, peer: &str) -> pb::OptimizedConversation {
    pb::OptimizedConversation {
        id: id.into(),
        r#type: ConversationType::Single.into(),
        name: "their name".into(),
        member_count: 2,
        last_message: Some(message(4)),
        unread_count: 2,
        my_membership: Some(member("u1", "ann", ConversationMemberRole::Member)),
        last_activity_at: 101,
        peer: Some(info(peer, "their name")),
        ..Default::default()
    }
}

fn view(kind: ConversationType) -> pb::GetConversationResponse {
    let bob = member("u2", "bob", ConversationMemberRole::Member);
    pb::GetConversationResponse {
        conversation: Some(conversation(kind)),
        members: vec![bob],
        my_membership: Some(member("u1", "ann", ConversationMemberRole::Member)),
        peer: (kind == ConversationType::Single).then(|| info("u2", "bob")),
    }
}

#[actix_web::test]
async fn the_list_names_last_message_unread_count_membership_and_who_is_online() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::GetConversationsOptimizedRequest| {
        assert_eq!((request.page, request.page_size, request.type_filter), (2, 5, 1));
        assert!(request.include_last_message && request.include_unread_count);
        Ok(pb::GetConversationsOptimizedResponse {
            conversations: vec![single("c1", "u2"), single("c2", "u3")],
            total: 7,
            page: 2,
            page_size: 5,
            has_more: true,
        })
    });
    let answer =
        gateway.send_signed_in(TestRequest::get().uri("/api/conversations?page=2&size=5&type=1")).await;
    let data = answer.data();
    assert_eq!((answer.status, &data["hasMore"]), (200, &json!(true)));
    let first = &data["conversations"][0];
    assert_eq!(first["lastMessage"]["seqId"], 4);
    assert_eq!((&first["unreadCount"], &first["lastActivityAt"]), (&json!(2), &json!(101)));
    assert_eq!(first["myMembership"]["lastReadSeqId"], 2);
    let peer = json!({"id": "u2", "username": "their name", "avatarUrl": "", "online": true});
    assert_eq!(first["peer"], peer);
    assert_eq!(data["conversations"][1]["peer"]["online"], false);
}

#[actix_web::test]
async fn one_conversation_adds_its_members() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::GetConversationRequest| {
        assert_eq!((&*request.conversation_id, request.include_members), ("c1", true));
        Ok(view(ConversationType::Single))
    });
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/conversations/c1")).await;
    let data = answer.data();
    assert_eq!((answer.status, &data["id"], &data["unreadCount"]), (200, &json!("c1"), &json!(3)));
    assert_eq!(data["members"][0]["user"]["username"], "bob");
    assert_eq!(data["peer"]["online"], true);
    assert_eq!(data["myMembership"]["user"]["id"], "u1");
    gateway.fail::<pb::GetConversationRequest>(Reason::ConversationNotFound);
    let refused = gateway.send_signed_in(TestRequest::get().uri("/api/conversations/c9")).await;
    assert_eq!((refused.status, refused.code()), (404, "CONVERSATION_NOT_FOUND"));
}

#[actix_web::test]
async fn a_new_group_is_201_and_asks_logic_once() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::CreateConversationRequest| {
        assert_eq!((request.r#type, &*request.name, &*request.description), (2, "team", "about"));
        assert_eq!(request.member_ids, ["u2", "u3"]);
        Ok(pb::CreateConversationResponse { conversation: Some(conversation(ConversationType::Group)) })
    });
    let body = json!({"type": 2, "name": "team", "members": ["u2", "u3"], "description": "about"});
    let answer = gateway.send_signed_in(TestRequest::post().uri("/api/conversations").set_json(body)).await;
    assert_eq!((answer.status, &answer.data()["type"]), (201, &json!(2)));
}

#[actix_web::test]
async fn a_new_single_is_201_with_its_peer() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|_: pb::CreateConversationRequest| {
        Ok(pb::CreateConversationResponse { conversation: Some(conversation(ConversationType::Single)) })
    });
    gateway.logic.on(|_: pb::GetConversationRequest| Ok(view(ConversationType::Single)));
    let body = json!({"type": 1, "members": ["u2"], "name": null});
    let answer = gateway.send_signed_in(TestRequest::post().uri("/api/conversations").set_json(body)).await;
    assert_eq!((answer.status, &answer.data()["peer"]["id"]), (201, &json!("u2")));
    assert_eq!(answer.data().get("members"), None);
}

#[actix_web::test]
async fn joining_the_world_answers_it_as_the_caller_sees_it() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|_: pb::JoinWorldChatRequest| {
        Ok(pb::JoinWorldChatResponse {
            success: true,
            conversation: Some(conversation(ConversationType::World)),
        })
    });
    gateway.logic.on(|_: pb::GetConversationRequest| Ok(view(ConversationType::World)));
    let answer = gateway.send_signed_in(TestRequest::post().uri("/api/conversations/world/join")).await;
    assert_eq!((answer.status, &answer.data()["unreadCount"]), (200, &json!(3)));
}
