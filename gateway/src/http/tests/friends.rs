//! `/friends` and blocks.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::{logic as pb, types};
use serde_json::json;

use super::{Gateway, info};

fn request(status: &str) -> types::FriendRequest {
    types::FriendRequest {
        id: "r1".into(),
        from: Some(info("u2", "bob")),
        to: Some(info("u1", "ann")),
        message: "hello".into(),
        status: status.into(),
        created_at: 5,
        updated_at: 6,
    }
}

fn request_json(status: &str) -> serde_json::Value {
    json!({
        "id": "r1", "message": "hello", "status": status, "createdAt": 5, "updatedAt": 6,
        "from": {"id": "u2", "username": "bob", "avatarUrl": ""},
        "to": {"id": "u1", "username": "ann", "avatarUrl": ""},
    })
}

#[actix_web::test]
async fn friends_are_listed_and_removed() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::GetFriendsRequest| {
        assert_eq!(request.user_id, "u1");
        Ok(pb::GetFriendsResponse { friends: vec![info("u2", "bob")] })
    });
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/friends")).await;
    let bob = json!({"id": "u2", "username": "bob", "avatarUrl": ""});
    assert_eq!((answer.status, answer.data()), (200, &json!({"friends": [bob]})));
    gateway.logic.on(|request: pb::RemoveFriendRequest| {
        assert_eq!((&*request.user_id, &*request.friend_id), ("u1", "u2"));
        Ok(pb::RemoveFriendResponse { success: true })
    });
    let answer = gateway.send_signed_in(TestRequest::delete().uri("/api/friends/u2")).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({})));
    gateway.fail::<pb::RemoveFriendRequest>(Reason::UserNotFound);
    let refused = gateway.send_signed_in(TestRequest::delete().uri("/api/friends/u9")).await;
    assert_eq!((refused.status, refused.code()), (404, "USER_NOT_FOUND"));
    assert_eq!(gateway.send(TestRequest::get().uri("/api/friends")).await.code(), "UNAUTHORIZED");
}

#[actix_web::test]
async fn requests_are_listed_by_their_direction() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|asked: pb::GetFriendRequestsRequest| {
        let id = asked.r#type;
        Ok(pb::GetFriendRequestsResponse {
            requests: vec![types::FriendRequest { id, ..request("pending") }],
        })
    });
    for (query, expected) in [("", "received"), ("?type=received", "received"), ("?type=sent", "sent")] {
        let uri = format!("/api/friends/requests{query}");
        let answer = gateway.send_signed_in(TestRequest::get().uri(&uri)).await;
        assert_eq!((answer.status, &answer.data()["requests"][0]["id"]), (200, &json!(expected)));
    }
}

#[actix_web::test]
async fn asking_is_201_with_the_request() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|asked: pb::SendFriendRequestRequest| {
        assert_eq!((&*asked.user_id, &*asked.target_user_id), ("u1", "u2"));
        assert!(asked.message.is_empty() || asked.message == "hello");
        Ok(pb::SendFriendRequestResponse { request: Some(request("pending")) })
    });
    for body in [json!({"targetUserId": "u2", "message": "hello"}), json!({"targetUserId": "u2"})] {
        let ask = TestRequest::post().uri("/api/friends/requests").set_json(body);
        let answer = gateway.send_signed_in(ask).await;
        assert_eq!((answer.status, answer.data()), (201, &request_json("pending")));
    }
    for (reason, status) in [
        (Reason::FriendRequestAlreadyExists, 409),
        (Reason::Forbidden, 403),
        (Reason::GuestNotAllowed, 403),
        (Reason::UserNotFound, 404),
    ] {
        gateway.fail::<pb::SendFriendRequestRequest>(reason);
        let ask = TestRequest::post().uri("/api/friends/requests").set_json(json!({"targetUserId": "u2"}));
        let refused = gateway.send_signed_in(ask).await;
        assert_eq!((refused.status, refused.code()), (status, reason.as_str()));
    }
    let nobody = TestRequest::post().uri("/api/friends/requests").set_json(json!({"message": "hello"}));
    assert_eq!(gateway.send_signed_in(nobody).await.code(), "INVALID_PARAMETER");
}

#[actix_web::test]
async fn an_answer_shows_the_request_and_the_single_it_opened() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|asked: pb::HandleFriendRequestRequest| {
        assert_eq!((&*asked.user_id, &*asked.request_id), ("u1", "r1"));
        let (status, conversation_id) =
            if asked.action == "accept" { ("accepted", "c1") } else { ("rejected", "") };
        let conversation_id = conversation_id.into();
        Ok(pb::HandleFriendRequestResponse { request: Some(request(status)), conversation_id })
    });
    let answer = |action: &str| {
        TestRequest::put().uri("/api/friends/requests/r1").set_json(json!({ "action": action }))
    };
    let mut accepted = request_json("accepted");
    accepted["conversationId"] = json!("c1");
    let shown = gateway.send_signed_in(answer("accept")).await;
    assert_eq!((shown.status, shown.data()), (200, &accepted));
    let shown = gateway.send_signed_in(answer("reject")).await;
    assert_eq!((shown.status, shown.data()), (200, &request_json("rejected")));
    gateway.fail::<pb::HandleFriendRequestRequest>(Reason::FriendRequestNotFound);
    let refused = gateway.send_signed_in(answer("accept")).await;
    assert_eq!((refused.status, refused.code()), (404, "FRIEND_REQUEST_NOT_FOUND"));
}

#[actix_web::test]
async fn users_are_blocked_listed_and_let_go() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|asked: pb::BlockUserRequest| {
        assert_eq!((&*asked.user_id, &*asked.target_user_id), ("u1", "u2"));
        Ok(pb::BlockUserResponse { success: true })
    });
    gateway.logic.on(|asked: pb::UnblockUserRequest| {
        assert_eq!((&*asked.user_id, &*asked.target_user_id), ("u1", "u2"));
        Ok(pb::UnblockUserResponse { success: true })
    });
    gateway
        .logic
        .on(|_: pb::GetBlockedRequest| Ok(pb::GetBlockedResponse { users: vec![info("u2", "bob")] }));
    for method in [TestRequest::put(), TestRequest::delete()] {
        let answer = gateway.send_signed_in(method.uri("/api/users/u2/block")).await;
        assert_eq!((answer.status, answer.data()), (200, &json!({})));
    }
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/users/blocked")).await;
    let bob = json!({"id": "u2", "username": "bob", "avatarUrl": ""});
    assert_eq!((answer.status, answer.data()), (200, &json!({"users": [bob]})));
}
